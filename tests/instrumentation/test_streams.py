"""However a response ends, its span ends once, with what was known by then."""

from __future__ import annotations

import asyncio
import gc
import json
import zlib
from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import anthropic
import httpx
import httpx2
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spantally._decoding import decoder_for
from spantally._sse import EventSplitter
from support.replay import Answer

if TYPE_CHECKING:
    from support.replay import Replay

START = {
    "type": "message_start",
    "message": {
        "id": "msg_1",
        "model": "claude-sonnet-5",
        "usage": {"input_tokens": 20, "cache_read_input_tokens": 30, "output_tokens": 1},
    },
}
DELTA = {
    "type": "message_delta",
    "delta": {"stop_reason": "end_turn"},
    "usage": {"output_tokens": 9},
}


def events(*payloads: dict[str, Any]) -> bytes:
    lines = (f"event: {p['type']}\ndata: {json.dumps(p)}\n\n" for p in payloads)
    return "".join(lines).encode()


TEXT = {"type": "content_block_delta", "delta": {"text": "x" * 20}}
ANTHROPIC_STREAM = events(START, *[TEXT] * 50, DELTA, {"type": "message_stop"})
CHAT_CHUNK = {"id": "c1", "model": "gpt-4o", "choices": [{"index": 0, "finish_reason": None}]}
CHAT_STREAM = b"".join(b"data: %b\n\n" % json.dumps(CHAT_CHUNK).encode() for _ in range(50))
MESSAGES = {"model": "claude-sonnet-5", "max_tokens": 9, "messages": [], "stream": True}
CHAT = {"model": "gpt-4o", "messages": [], "stream": True}


def stream_answer(body: bytes, **how: Any) -> Answer:
    return Answer(body, content_type="text/event-stream; charset=utf-8", chunk=100, **how)


def read_some(url: str, body: dict[str, Any]) -> None:
    with httpx2.stream("POST", url, json=body) as response:
        next(response.iter_bytes(chunk_size=300))


def read_some_async(url: str, body: dict[str, Any]) -> None:
    async def read() -> None:
        async with (
            httpx2.AsyncClient() as client,
            client.stream("POST", url, json=body) as response,
        ):
            chunks = response.aiter_bytes(chunk_size=300)
            await anext(chunks)
            await chunks.aclose()

    asyncio.run(read())


def forget(url: str, body: dict[str, Any]) -> None:
    """Neither read nor closed: only garbage collection ends it."""
    client = httpx2.Client()
    client.send(client.build_request("POST", url, json=body), stream=True)
    client.close()
    gc.collect()


def fail_inside(url: str, body: dict[str, Any]) -> None:
    with suppress(KeyError), httpx2.stream("POST", url, json=body) as response:
        next(response.iter_bytes(chunk_size=300))
        raise KeyError("the app's own")


ABANDON = {
    "closed early": read_some,
    "closed early, async": read_some_async,
    "the app fails": fail_inside,
}


@pytest.mark.parametrize("abandon", ABANDON.values(), ids=ABANDON)
def test_an_abandoned_anthropic_stream_keeps_its_input_and_says_that_output_is_not_known(
    abandon: Any, spans: Any, provider: Replay
) -> None:
    provider.answer = stream_answer(ANTHROPIC_STREAM)
    abandon(provider.url + "/v1/messages", MESSAGES)
    span = spans.only()
    assert span["spantally.usage.source"] == "partial"
    assert span["gen_ai.usage.input_tokens"] == 50
    assert "gen_ai.usage.output_tokens" not in span
    assert "error.type" not in span


@pytest.mark.parametrize("abandon", [*ABANDON.values(), forget], ids=[*ABANDON, "forgotten"])
def test_an_abandoned_chat_stream_has_missing_usage_not_zero(
    abandon: Any, spans: Any, provider: Replay
) -> None:
    provider.answer = stream_answer(CHAT_STREAM)
    abandon(provider.url + "/v1/chat/completions", CHAT)
    span = spans.only()
    assert span["spantally.usage.source"] == "missing"
    assert not [name for name in span if name.startswith("gen_ai.usage.")]


@pytest.mark.parametrize("module", [httpx, httpx2])
def test_a_stream_cut_by_the_network_fails_with_what_was_known(
    module: Any, spans: Any, provider: Replay
) -> None:
    provider.answer = stream_answer(ANTHROPIC_STREAM, cut=700)
    with (
        pytest.raises(module.RemoteProtocolError),
        module.stream("POST", provider.url + "/v1/messages", json=MESSAGES) as response,
    ):
        response.read()
    span = spans.only()
    assert span["spantally.usage.source"] == "partial"
    assert span["gen_ai.usage.input_tokens"] == 50
    assert str(span["error.type"]).endswith("RemoteProtocolError")


def test_a_stream_broken_by_an_error_event_is_partial_and_names_the_error(
    spans: Any, provider: Replay
) -> None:
    overloaded = {"type": "error", "error": {"type": "overloaded_error", "message": "secret"}}
    provider.answer = stream_answer(events(START, TEXT, overloaded))
    client = anthropic.Anthropic(api_key="made-up", base_url=provider.url, max_retries=0)
    with pytest.raises(anthropic.APIStatusError):
        list(client.messages.create(model="m", max_tokens=9, messages=[], stream=True))
    span = spans.only()
    assert span["error.type"] == "overloaded_error"
    assert span["spantally.usage.source"] == "partial"
    assert "secret" not in str(span)


def test_a_chat_stream_without_include_usage_has_missing_usage(
    spans: Any, provider: Replay
) -> None:
    provider.answer = stream_answer(CHAT_STREAM + b"data: [DONE]\n\n")
    client = openai.OpenAI(api_key="made-up", base_url=provider.url + "/v1")
    list(client.chat.completions.create(model="gpt-4o", messages=[], stream=True))
    assert spans.only()["spantally.usage.source"] == "missing"


def test_each_attempt_of_an_sdk_that_retries_is_a_span_and_the_refused_one_is_not_billed(
    spans: Any, provider: Replay
) -> None:
    limit = {"error": {"code": "rate_limit_exceeded", "message": "slow down"}}
    provider.answer = Answer(json.dumps(limit).encode(), status=429, headers={"retry-after": "0"})
    client = openai.OpenAI(api_key="made-up", base_url=provider.url + "/v1", max_retries=2)
    with pytest.raises(openai.RateLimitError):
        client.chat.completions.create(model="gpt-4o", messages=[])
    attempts = [dict(span.attributes) for span in spans.llm()]
    assert [a.get("http.request.resend_count", 0) for a in attempts] == [0, 1, 2]
    assert {a["spantally.usage.source"] for a in attempts} == {"not_billed"}
    assert {a["error.type"] for a in attempts} == {"rate_limit_exceeded"}
    assert {a["http.response.status_code"] for a in attempts} == {429}


def test_a_refused_connection_was_not_billed_but_a_timeout_is_unknown(
    spans: Any, provider: Replay
) -> None:
    with pytest.raises(httpx2.ConnectError):
        httpx2.post("http://127.0.0.1:9/v1/chat/completions", json=CHAT)
    assert spans.only()["spantally.usage.source"] == "not_billed"
    spans.clear()
    provider.answer = Answer(b"{}", delay_s=1)
    patience = httpx2.Timeout(10, read=0.1)
    with pytest.raises(httpx2.ReadTimeout):
        httpx2.post(provider.url + "/v1/messages", json=MESSAGES, timeout=patience)
    assert spans.only()["spantally.usage.source"] == "missing"


def test_time_to_first_chunk_is_recorded_for_streams_only(spans: Any, provider: Replay) -> None:
    provider.answer = stream_answer(ANTHROPIC_STREAM)
    httpx.post(provider.url + "/v1/messages", json=MESSAGES)
    first = spans.only()["gen_ai.response.time_to_first_chunk"]
    assert isinstance(first, float)
    assert 0 < first < 10
    spans.clear()
    provider.answer = Answer(b"{}")
    httpx.post(provider.url + "/v1/messages", json={**MESSAGES, "stream": False})
    assert "gen_ai.response.time_to_first_chunk" not in spans.only()


def test_the_stated_cost_keeps_its_digits(spans: Any, provider: Replay) -> None:
    body = {"usage": {"prompt_tokens": 1, "cost": 0.00007159}}
    provider.answer = Answer(json.dumps(body).encode())
    httpx.post(provider.url + "/v1/chat/completions", json=CHAT)
    assert spans.only()["spantally.stated_cost.usd"] == "0.00007159"
    assert spans.only()["spantally.stated_cost.source"] == "usage.cost"


def test_the_fee_beside_a_key_of_ones_own_is_told_apart(spans: Any, provider: Replay) -> None:
    body = {"usage": {"prompt_tokens": 1, "cost": 0, "is_byok": True}}
    provider.answer = Answer(json.dumps(body).encode())
    httpx.post(provider.url + "/v1/chat/completions", json=CHAT)
    assert spans.only()["spantally.stated_cost.source"] == "usage.cost;byok"


def test_embeddings_are_read_whatever_content_type_they_come_with(
    spans: Any, provider: Replay
) -> None:
    provider.answer = stream_answer(b'{"model": "m", "usage": {"prompt_tokens": 5}}')
    httpx.post(provider.url + "/v1/embeddings", json={"model": "m", "input": "hi"})
    assert spans.only()["gen_ai.usage.input_tokens"] == 5


LINES = st.lists(
    st.tuples(
        st.sampled_from(["", "message_start", "x"]),
        st.text(alphabet=st.characters(blacklist_characters="\r\n"), min_size=1).filter(str.strip),
    ),
    max_size=8,
)


@given(LINES, st.sampled_from(["\n", "\r\n", "\r"]), st.data())
def test_events_are_the_same_wherever_the_stream_is_cut(
    lines: list[tuple[str, str]], newline: str, data: st.DataObject
) -> None:
    parts = (
        (f"event: {name}{newline}" if name else "") + f"data: {text}{newline}{newline}"
        for name, text in lines
    )
    wire = "".join(parts).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=10)))
    edges = [0, *cuts, len(wire)]
    splitter = EventSplitter()
    pieces = [wire[a:b] for a, b in pairwise(edges)]
    found = [event for piece in pieces for event in splitter.feed(piece)]
    found += splitter.finish()
    assert [(e.name.decode(), e.data.decode()) for e in found] == lines


@given(
    st.binary(max_size=2000), st.sampled_from(["gzip", "deflate", "raw", ""]), st.integers(1, 99)
)
def test_content_encodings_are_undone_chunk_by_chunk(body: bytes, encoding: str, step: int) -> None:
    bits = {"gzip": 31, "deflate": 15, "raw": -15}.get(encoding)
    sent = body
    if bits is not None:
        compressor = zlib.compressobj(wbits=bits)
        sent = compressor.compress(body) + compressor.flush()
    decode = decoder_for("deflate" if encoding == "raw" else encoding)
    assert decode is not None
    size = 4096 if encoding == "raw" else step  # raw deflate is told by its first chunk
    chunks = [sent[i : i + size] for i in range(0, len(sent), size)]
    assert b"".join(decode(chunk) for chunk in chunks) == body


def test_an_encoding_that_needs_a_library_which_is_not_there_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("spantally._decoding._first", lambda *_: None)
    assert decoder_for("gzip, br") is None
