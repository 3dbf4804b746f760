"""A fault in any reader of any API stays inside: the app gets its bytes, and the fault is counted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from spantally import _guard, env, internal_errors
from spantally._recognise import place_of
from spantally.providers import PROVIDERS
from support.replay import Answer

if TYPE_CHECKING:
    from spantally.providers import Endpoint
    from support.replay import Replay

BODY = b'{"id": "r1", "model": "m", "usage": {"input_tokens": 1}}'
STREAM = b'data: {"id": "r1", "model": "m"}\n\ndata: [DONE]\n\n'

READERS = {
    f"{type(endpoint.api).__module__}.{type(endpoint.api).__name__}": (provider.name, endpoint)
    for provider in PROVIDERS
    for endpoint in provider.endpoints
    if endpoint.method in {"GET", "POST"} and not endpoint.free
}
"""Each reader once, with an endpoint that leads to it."""
METHODS = ("read_request", "read_response", "read_stream")


def path_of(endpoint: Endpoint) -> str:
    return re.sub(r"\{\w+(:path)?\}", "x", endpoint.path)


def ask(url: str, method: str) -> bytes:
    if method == "GET":
        return httpx.get(url).content
    return httpx.post(url, json={"model": "m", "stream": True}).content


@pytest.mark.parametrize("which", READERS)
def test_a_fault_in_a_reader_stays_inside(
    which: str, exported: Any, provider: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, endpoint = READERS[which]
    monkeypatch.setenv(env.SPANTALLY_HOSTS, f"127.0.0.1:{provider.port}={name}")
    env.forget()
    path = path_of(endpoint)
    place = place_of(endpoint.method, "127.0.0.1", provider.port, path)
    assert place is not None
    reader = type(place.endpoint.api)
    raised = 0

    def planted(*_: object, **__: object) -> None:
        nonlocal raised
        raised += 1
        raise ZeroDivisionError("planted")

    _guard._failures.clear()
    for faulty in METHODS:
        with monkeypatch.context() as patch:
            patch.setattr(reader, faulty, planted)
            for body, kind in ((BODY, "application/json"), (STREAM, "text/event-stream")):
                provider.answer = Answer(body, content_type=kind, chunk=9)
                assert ask(provider.url + path, endpoint.method) == body
    assert raised >= 2, "a reader that no request reaches proves nothing"
    assert sum(internal_errors().values()) == raised
    _guard._failures.clear()
