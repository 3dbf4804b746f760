"""Whatever breaks inside our hooks, the app gets the bytes or the exception that it would have got."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import httpx2
import pytest
from spantally import (
    _body,
    _call,
    _decoding,
    _guard,
    _observe,
    _recognise,
    _signals,
    _span_processor,
    _sse,
    _tags,
    internal_errors,
    propagation,
)
from spantally._retrievals import retrievals
from spantally.apis import anthropic_messages, openai_chat
from spantally.transports import httpx as transport
from support.expected import KINDS
from support.recordings import FOLDER, Recording, all_recordings
from support.replay import Answer

if TYPE_CHECKING:
    from support.replay import Replay

PLACES: list[tuple[Any, str]] = [
    (transport, "begin"),
    (transport, "_body_of"),
    (_observe, "recognise"),
    (_observe, "_take_off"),
    (_observe, "observed_call"),
    (transport, "SyncTee"),
    (transport, "AsyncTee"),
    (_recognise, "place_of"),
    (_recognise, "parse_object"),
    (_call, "start_attributes"),
    (_call, "calling_provider"),
    (_call, "body_reader"),
    (_call, "decoder_for"),
    (_call.Call, "respond"),
    (_call.Call, "_final_attributes"),
    (_signals, "_system_messages"),
    (_call, "read_whole"),
    (_call, "put"),
    (_body, "parse_object"),
    (_body.JsonBody, "feed"),
    (_body.JsonBody, "report"),
    (_body.EventBody, "feed"),
    (_body.EventBody, "report"),
    (_sse.EventSplitter, "_line"),
    (_decoding._Parts, "__call__"),
    (_span_processor, "tag_attributes"),
    (_tags, "_process_tags"),
    (type(openai_chat.api), "read_request"),
    (type(openai_chat.api), "read_response"),
    (type(anthropic_messages.api), "read_response"),
    (propagation, "observed_call"),
]

RECORDINGS = [recording for recording in all_recordings() if recording.kind in KINDS]

BODY = {"model": "gpt-4o", "messages": [], "max_tokens": 4}
JSON = b'{"id": "c1", "model": "gpt-4o", "choices": [], "usage": {"prompt_tokens": 3}}'
STREAM = b'event: ping\ndata: {"id":"c1"}\n\ndata: {"id":"c1","model":"gpt-4o"}\n\ndata: [DONE]\n\n'


def receive(url: str) -> list[tuple[int, bytes]]:
    """What an app sees, by each client and way of reading."""

    async def with_async(module: Any) -> tuple[int, bytes]:
        async with (
            module.AsyncClient() as client,
            client.stream("POST", url, json=BODY) as response,
        ):
            return response.status_code, b"".join([chunk async for chunk in response.aiter_bytes()])

    received: list[tuple[int, bytes]] = []
    for module in (httpx, httpx2):
        whole = module.post(url, json=BODY)
        received.append((whole.status_code, whole.content))
        with module.stream("POST", url, json=BODY) as response:
            received.append((response.status_code, b"".join(response.iter_bytes())))
        received.append(asyncio.run(with_async(module)))
    return received


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place[0].__name__}.{place[1]}")
def test_an_exception_inside_a_hook_is_counted_and_does_not_reach_the_app(
    place: tuple[Any, str], exported: Any, provider: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    _guard._failures.clear()
    raised = 0

    def planted(*_: object, **__: object) -> None:
        nonlocal raised
        raised += 1
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(*place, planted)
    for body, kind in ((JSON, "application/json"), (STREAM, "text/event-stream")):
        for path in ("/v1/chat/completions", "/v1/messages"):
            provider.answer = Answer(body, content_type=kind, chunk=10, compress=True)
            assert receive(provider.url + path) == [(200, body)] * 6
    for span in exported.get_finished_spans():
        assert span.attributes  # which is when a call is read

    assert raised > 0, "this place is not on any path: the test proves nothing about it"
    assert sum(internal_errors().values()) == raised
    _guard._failures.clear()


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ((_body, "_read_document"), "missing"),
        ((_call, "is_from_cache"), None),
        ((_call, "put"), None),
        ((retrievals, "reported"), "provider"),
    ],
)
def test_a_call_whose_response_cannot_be_read_still_ends_its_span(
    place: tuple[Any, str],
    source: str | None,
    exported: Any,
    provider: Replay,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    provider.answer = Answer(JSON)
    exported.clear()

    def planted(*_: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(*place, planted)
    httpx.post(provider.url + "/v1/chat/completions", json=BODY)
    (span,) = [s for s in exported.get_finished_spans() if s.name == "chat gpt-4o"]
    assert span.attributes.get("spantally.usage.source") == source
    _guard._failures.clear()


@pytest.mark.skipif(not RECORDINGS, reason=f"no recordings at {FOLDER} (SPANTALLY_RECORDINGS)")
@pytest.mark.parametrize("recording", RECORDINGS, ids=str)
def test_a_recording_is_received_byte_for_byte_with_a_fault_and_without_instrumentation(
    recording: Recording, exported: Any, provider: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = recording.response_headers.get("content-type", "application/json")
    provider.answer = Answer(recording.response_body, recording.status, kind, chunk=4000)
    url = provider.url + recording.target

    def read() -> tuple[int, list[tuple[str, str]], bytes]:
        with httpx2.stream("POST", url, json=recording.request_body) as response:
            headers = [(n, v) for n, v in response.headers.items() if n != "date"]
            return response.status_code, headers, b"".join(response.iter_raw())

    observed = read()
    assert len(exported.get_finished_spans()) > 0

    def planted(*_: object) -> None:
        raise ZeroDivisionError("planted")

    with monkeypatch.context() as patch:
        patch.setattr(_call, "body_reader", planted)
        faulty = read()
    transport.Httpx2Instrumentor().uninstrument()
    try:
        bare = read()
    finally:
        transport.Httpx2Instrumentor().instrument()
    assert observed == faulty == bare
    _guard._failures.clear()
