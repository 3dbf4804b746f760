"""Usage of a stream that the app did not ask for: recorded, and not to be seen. Only if it is switched on."""

from __future__ import annotations

import asyncio
import io
import json
import time
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import aiohttp
import httpx
import httpx2
import openai
import pytest
import requests
import urllib3
from hypothesis import given
from hypothesis import strategies as st
from spantally import _guard, _observe, _stream_usage, env
from spantally._stream_usage import UsageRemover
from spantally.transports import httpx as httpx_transport
from spantally.transports import requests as requests_transport
from support.reading import (
    AIOHTTP,
    DECODED,
    HTTPX,
    HTTPX2,
    REQUESTS,
    URLLIB3,
    URLLIB3_CHUNKED,
)
from support.replay import Answer

if TYPE_CHECKING:
    from support.replay import Replay

SSE = "text/event-stream"
USAGE = {"prompt_tokens": 9, "completion_tokens": 2}
ASKED = {"model": "gpt-5", "messages": [], "stream": True}


def chunk(**fields: Any) -> bytes:
    whole = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-5-mini"}
    return b"data: " + json.dumps({**whole, **fields}).encode() + b"\n\n"


def delta(text: str, reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": reason}
    return chunk(choices=[choice], usage=None)


FILTERS = chunk(choices=[], prompt_filter_results=[], usage=None)
"""Azure's first chunk has no choices either."""
DELTA = delta("word")
SHOWN = [FILTERS, delta('he said "usage": {}, "choices": []'), delta("!", "stop")]
ADDED = chunk(choices=[], usage=USAGE)
STREAM = b"".join([*SHOWN, ADDED, b"data: [DONE]\n\n"])
LEFT = STREAM.replace(ADDED, b"")


@pytest.fixture
def switched_on(monkeypatch: pytest.MonkeyPatch, provider: Replay) -> Replay:
    monkeypatch.setenv(env.SPANTALLY_REQUEST_STREAM_USAGE, "true")
    provider.answer = Answer(STREAM, content_type=SSE, chunk=11)
    return provider


def whole(module: Any, url: str, body: Any) -> bytes:
    return module.post(url, json=body).content


def streamed(module: Any, url: str, body: Any) -> bytes:
    with module.stream("POST", url, json=body) as response:
        return b"".join(response.iter_raw())


def asynchronous(module: Any, url: str, body: Any) -> bytes:
    async def read() -> bytes:
        async with (
            module.AsyncClient() as client,
            client.stream("POST", url, json=body) as response,
        ):
            return b"".join([part async for part in response.aiter_bytes()])

    return asyncio.run(read())


WAYS = [whole, streamed, asynchronous]


@pytest.mark.parametrize("module", [httpx, httpx2])
@pytest.mark.parametrize("way", WAYS)
def test_usage_is_recorded_and_the_app_gets_every_other_byte(
    way: Any, module: Any, switched_on: Replay, spans: Any
) -> None:
    url = switched_on.url + "/v1/chat/completions"
    assert way(module, url, ASKED) == LEFT
    assert spans.only()["gen_ai.usage.input_tokens"] == 9
    assert json.loads(switched_on.bodies[0]) == {**ASKED, "stream_options": {"include_usage": True}}
    assert switched_on.seen[0]["accept-encoding"] == "identity"


WAYS_TO_READ = {
    f"{library}: {name}": way
    for library, ways in {
        "httpx": HTTPX,
        "httpx2": HTTPX2,
        "urllib3": {**URLLIB3, **URLLIB3_CHUNKED},
        "requests": REQUESTS,
        "aiohttp": AIOHTTP,
    }.items()
    for name, way in ways.items()
    if name != "json"  # a stream is none
}
FRAMINGS = {
    "chunked": Answer(STREAM, content_type=SSE, chunk=11),
    "an event a chunk": Answer(STREAM, content_type=SSE, chunk=len(SHOWN[0])),
    "content-length": Answer(STREAM, content_type=SSE, chunk=50, sized=True),
}


def request_to(url: str) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    url += "/v1/chat/completions"
    return {"method": "POST", "url": url, "content": json.dumps(ASKED).encode(), "headers": headers}


@pytest.mark.parametrize("way", WAYS_TO_READ)
def test_whatever_way_the_app_reads_it_gets_every_byte_but_those_of_the_added_chunk(
    way: str, switched_on: Replay, spans: Any, bare: Any
) -> None:
    pieces = "decoded to text" in way  # they may be cut elsewhere

    def read(url: str) -> Any:
        observed = WAYS_TO_READ[way](request_to(url), None)
        return "".join(observed) if pieces else observed

    for framing, answer in FRAMINGS.items():
        if answer.sized and "read_chunked" in way:
            continue
        spans.clear()
        switched_on.answer = answer
        observed = read(switched_on.url)
        assert spans.only()["gen_ai.usage.output_tokens"] == 2
        assert json.loads(switched_on.bodies[-1])["stream_options"] == {"include_usage": True}
        assert switched_on.seen[-1]["accept-encoding"] == "identity"
        switched_on.answer = replace(answer, body=LEFT)
        with bare():
            assert observed == read(switched_on.url), framing


DECODED_WAYS = [(library, way) for library, ways in DECODED.items() for way in ways]


@pytest.mark.parametrize(("library", "way"), DECODED_WAYS)
def test_a_server_that_compresses_all_the_same_is_read_as_well(
    library: str, way: Any, switched_on: Replay, spans: Any, bare: Any
) -> None:
    switched_on.answer = Answer(STREAM, content_type=SSE, chunk=30, compress=True)
    observed = way(request_to(switched_on.url), None)
    assert spans.only()["gen_ai.usage.output_tokens"] == 2
    switched_on.answer = replace(switched_on.answer, body=LEFT)
    with bare():
        assert observed == way(request_to(switched_on.url), None)


SOME_WAYS = [way for _, way in DECODED_WAYS]


@pytest.mark.parametrize(
    "place",
    [
        (_observe, "body_asking_for_usage"),
        (_stream_usage, "parse_object"),
        (_stream_usage, "forget_length"),
        (httpx_transport, "_replace_body"),
        (requests_transport, "_replace_body"),
    ],
    ids=lambda place: place[1],
)
def test_the_app_gets_every_event_of_its_own_with_broken_hooks(
    place: Any, switched_on: Replay, exported: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def planted(*_: object, **__: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(*place, planted)
    for way in SOME_WAYS:
        observed = way(request_to(switched_on.url), None)
        whole = observed[0] if isinstance(observed, tuple) else observed
        content = whole if isinstance(whole, bytes) else whole.encode()
        assert content.replace(ADDED, b"") == LEFT
    _guard._failures.clear()


@pytest.mark.parametrize("library", ["requests", "urllib3", "aiohttp"])
def test_events_are_shown_when_they_come(library: str, switched_on: Replay) -> None:
    """Not when the stream ends: each event is a chunk of its own, a moment after the one before."""
    switched_on.answer = Answer(DELTA * 4, content_type=SSE, chunk=len(DELTA), pause_s=0.1)
    begun = time.monotonic()
    first = FIRST_PIECE[library](switched_on.url + "/v1/chat/completions")
    assert first == DELTA
    assert time.monotonic() - begun < 0.3


def first_of_requests(url: str) -> bytes:
    with requests.post(url, json=ASKED, stream=True, timeout=5) as response:
        return next(response.iter_content(512))


def first_of_urllib3(url: str) -> bytes:
    response = urllib3.request("POST", url, json=ASKED, preload_content=False)
    with response:
        return next(response.stream(512))


def first_of_aiohttp(url: str) -> bytes:
    async def read() -> bytes:
        async with aiohttp.ClientSession() as session, session.post(url, json=ASKED) as response:
            return await response.content.readany()

    return asyncio.run(read())


FIRST_PIECE = {
    "requests": first_of_requests,
    "urllib3": first_of_urllib3,
    "aiohttp": first_of_aiohttp,
}


def test_a_prepared_request_of_requests_is_the_apps_own_again_afterwards(
    switched_on: Replay, spans: Any
) -> None:
    url = switched_on.url + "/v1/chat/completions"
    with requests.Session() as session:
        request = session.prepare_request(requests.Request("POST", url, json=ASKED))
        before = (request.body, dict(request.headers))
        for _ in range(2):
            response = session.send(request, stream=True)
            assert "content-length" not in response.headers
            assert b"\n".join([*response.iter_lines(), b""]) == LEFT
            assert (request.body, dict(request.headers)) == before
    assert len(spans.llm()) == 2


def test_an_adapter_that_gives_a_file_is_read_as_well(switched_on: Replay, spans: Any) -> None:
    class Adapter(requests.adapters.BaseAdapter):
        def send(self, request: Any, **how: Any) -> Any:
            response = requests.Response()
            response.status_code = 200
            response.headers["content-type"] = SSE
            response.raw = io.BytesIO(STREAM)
            response.url = request.url
            return response

        def close(self) -> None:
            pass

    with requests.Session() as session:
        session.mount("http://", Adapter())
        url = switched_on.url + "/v1/chat/completions"
        assert session.post(url, json=ASKED, stream=True).content == LEFT
        assert session.post(url, json=ASKED).content == LEFT
    assert len(spans.llm()) == 2


def test_the_request_is_the_apps_own_again_afterwards(switched_on: Replay, spans: Any) -> None:
    with httpx.Client() as client:
        request = client.build_request("POST", switched_on.url + "/v1/chat/completions", json=ASKED)
        before = (request.content, dict(request.headers))
        for _ in range(2):
            assert client.send(request).content == LEFT
            assert (request.content, dict(request.headers)) == before
    assert len(spans.llm()) == 2


def test_the_sdk_sees_no_usage(switched_on: Replay, spans: Any) -> None:
    with openai.OpenAI(api_key="made-up", base_url=f"{switched_on.url}/v1") as client:
        stream = client.chat.completions.create(**ASKED)
        assert [event.usage for event in stream] == [None, None, None]
    assert spans.only()["gen_ai.usage.output_tokens"] == 2


NOT_TOUCHED = {
    "asked for by the app": {**ASKED, "stream_options": {"include_usage": True}},
    "no stream": {**ASKED, "stream": False},
    "a form of its own": {"model": "m", "input": "hi", "stream": True},
}


@pytest.mark.parametrize("body", NOT_TOUCHED.values(), ids=NOT_TOUCHED)
def test_other_requests_and_their_streams_are_left_alone(
    body: dict[str, Any], switched_on: Replay
) -> None:
    path = "/v1/responses" if "input" in body else "/v1/chat/completions"
    assert streamed(httpx, switched_on.url + path, body) == STREAM
    assert json.loads(switched_on.bodies[0]) == body


def test_other_options_of_the_stream_are_kept(switched_on: Replay) -> None:
    options = {"include_obfuscation": False, "include_usage": False}
    url = switched_on.url + "/v1/chat/completions"
    assert streamed(httpx, url, {**ASKED, "stream_options": options}) == LEFT
    sent = json.loads(switched_on.bodies[0])["stream_options"]
    assert sent == {"include_obfuscation": False, "include_usage": True}


def test_it_is_off_by_default(provider: Replay, spans: Any) -> None:
    provider.answer = Answer(STREAM, content_type=SSE)
    assert streamed(httpx, provider.url + "/v1/chat/completions", ASKED) == STREAM
    assert json.loads(provider.bodies[0]) == ASKED


def test_a_refusal_is_passed_on(switched_on: Replay, spans: Any) -> None:
    refusal = b'{"error": {"code": "unknown_parameter"}}'
    switched_on.answer = Answer(refusal, 400)
    assert streamed(httpx, switched_on.url + "/v1/chat/completions", ASKED) == refusal
    assert spans.only()["error.type"] == "unknown_parameter"


def test_a_stream_that_breaks_fails_as_it_would_have(switched_on: Replay, spans: Any) -> None:
    switched_on.answer = Answer(STREAM, content_type=SSE, cut=len(STREAM) - 60)
    url = switched_on.url + "/v1/chat/completions"
    seen: list[bytes] = []
    with (
        httpx.stream("POST", url, json=ASKED) as response,
        pytest.raises(httpx.RemoteProtocolError),
    ):
        seen.extend(response.iter_raw())
    assert b"".join(seen) == b"".join(SHOWN)


@given(st.lists(st.integers(0, len(STREAM)), max_size=6), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_wherever_a_stream_is_cut_exactly_the_added_chunk_is_taken_out(
    cuts: list[int], line_end: bytes
) -> None:
    stream, left = STREAM.replace(b"\n", line_end), LEFT.replace(b"\n", line_end)
    places = sorted({0, len(stream), *cuts})
    remover = UsageRemover()
    seen = [remover.feed(stream[a:b]) for a, b in pairwise(places)]
    assert b"".join(seen) + remover.finish() == left


@given(st.binary(max_size=200))
def test_what_is_no_stream_comes_through_as_it_is(body: bytes) -> None:
    remover = UsageRemover()
    assert remover.feed(body) + remover.finish() == body
