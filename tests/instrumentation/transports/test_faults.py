"""Whatever breaks in a library's hooks, the app gets the bytes or the exception that it would have got."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from spantally import _call, _guard, _observe, internal_errors
from spantally.transports import (
    _requests,
    _urllib3_errors,
    _urllib3_response,
    aiohttp,
    botocore,
    requests,
    urllib3,
)
from support.reading import AIOBOTOCORE, AIOHTTP, BOTOCORE, REQUESTS, URLLIB3
from support.replay import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.replay import Replay

WAYS = {
    **{f"urllib3 {name}": way for name, way in URLLIB3.items()},
    **{f"requests {name}": way for name, way in REQUESTS.items()},
    # `read_nowait` waits for an end that never comes when the line is cut, with us or without.
    **{f"aiohttp {name}": way for name, way in AIOHTTP.items() if name != "read_nowait"},
    **{f"botocore {name}": way for name, way in BOTOCORE.items()},
    **{f"aiobotocore {name}": way for name, way in AIOBOTOCORE.items()},
}
PLACES: list[tuple[Any, str]] = [
    *((module, "begin") for module in (urllib3, requests, aiohttp, botocore)),
    (urllib3, "_argument"),
    (urllib3, "_where"),
    (urllib3, "tee"),
    (urllib3, "body_in_memory"),
    (requests, "where"),
    (aiohttp, "_headers"),
    (aiohttp, "_body_of"),
    (aiohttp, "StreamTee"),
    (aiohttp.StreamTee, "__init__"),
    (botocore, "where"),
    (_urllib3_response, "tee"),
    (_urllib3_response.OldResponseTee, "__init__"),
    (_requests.AnyCase, "__init__"),
    (_requests.AnyCase, "__getitem__"),
    (_observe, "recognise"),
    (_observe, "_attempts_before"),
    (_observe, "observed_call"),
    (_observe, "Call"),
    (_call, "calling_provider"),
    (_call.Call, "respond"),
]
SOME_WAYS = {
    name: way for i, (name, way) in enumerate(WAYS.items()) if i % 4 == 0 or "json" in name
}
DOCUMENT = (
    b'{"id": "c1", "model": "m", "choices": [], "usage": {"prompt_tokens": 3}}' + b" \n" * 200
)


def request(url: str) -> dict[str, Any]:
    content = json.dumps({"model": "m", "messages": []}).encode()
    headers = {"Content-Type": "application/json"}
    return {
        "method": "POST", "url": url + "/v1/chat/completions", "content": content, "headers": headers,
    }  # fmt: skip


def outcome(way: Callable[..., Any], url: str) -> Any:
    """What the app gets, the exception with all that it says included."""
    try:
        return way(request(url), None)
    except Exception as error:  # noqa: BLE001 - it is compared
        return type(error), str(error).replace(url.rsplit(":", 1)[1], "port")


ANSWERS = {
    "whole": Answer(DOCUMENT, chunk=60, compress=True),
    "cut": Answer(DOCUMENT, chunk=60, cut=100),
    "refused": Answer(b'{"error": {"code": "no"}}', 429, sized=True),
    "garbage": Answer(b"\x00\xff{", headers={"content-encoding": "gzip"}),
}


BARE: dict[tuple[str, str], Any] = {}
"""What the app gets without our hooks, by way and answer."""


def planted_in(place: tuple[Any, str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """An exception there; each time that it was raised is noted in the list."""
    raised: list[str] = []

    def planted(*_: object, **__: object) -> None:
        raised.append("here")
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(*place, planted)
    return raised


ignore_unclosed = pytest.mark.filterwarnings(
    "ignore:Unclosed:ResourceWarning", "ignore:unclosed:ResourceWarning"
)


@ignore_unclosed
@pytest.mark.parametrize("answer", ANSWERS)
def test_the_app_gets_the_same_with_and_without_our_hooks(
    answer: str, bare: Any, provider: Replay
) -> None:
    provider.answer = ANSWERS[answer]
    with bare():
        expected = {name: outcome(way, provider.url) for name, way in WAYS.items()}
    assert {name: outcome(way, provider.url) for name, way in WAYS.items()} == expected
    _guard._failures.clear()


@ignore_unclosed
@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place[0].__name__}.{place[1]}")
def test_the_app_gets_the_same_with_broken_hooks(
    place: Any, bare: Any, provider: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    _guard._failures.clear()
    raised = planted_in(place, monkeypatch)
    for answer in ("whole", "cut"):
        provider.answer = ANSWERS[answer]
        for name, way in SOME_WAYS.items():
            if (name, answer) not in BARE:
                with bare():
                    BARE[name, answer] = outcome(way, provider.url)
            assert outcome(way, provider.url) == BARE[name, answer], (name, answer)
    assert raised, "this place is not on any path: the test proves nothing about it"
    assert sum(internal_errors().values()) >= 1
    _guard._failures.clear()


@pytest.mark.parametrize("place", [(_urllib3_errors, "was_sent"), (_call.Call, "fail")])
def test_an_exception_keeps_its_kind_and_words_when_telling_of_it_fails(
    place: tuple[Any, str], exported: Any, bare: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "http://127.0.0.1:9"
    some = [URLLIB3["preloaded"], REQUESTS["whole"], AIOHTTP["iter_any"], BOTOCORE["whole"]]

    with bare():
        expected = [type_and_words(way, url) for way in some]
    with monkeypatch.context() as patch:
        planted_in(place, patch)
        assert [type_and_words(way, url) for way in some] == expected
    _guard._failures.clear()


def type_and_words(way: Callable[..., Any], url: str) -> tuple[type, str]:
    with suppress(ZeroDivisionError):
        kind, words = outcome(way, url)
        return kind, words.split(" at 0x")[0]
    raise AssertionError("our own exception came out")
