"""Real recorded exchanges, over a real socket, to real clients: the span says what the provider said."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import anthropic
import openai
import pytest
from spantally._retrievals import retrievals
from support import replay
from support.expected import KINDS, Expected, NoCall, decoded_parts, expected_of
from support.reading import BOTOCORE, DECODED
from support.recordings import FOLDER, Recording, all_recordings
from support.replay import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.reading import Way
    from support.replay import Replay

SDK_KINDS = {
    ("openai", "chat"), ("openai", "responses"), ("openai", "embeddings"), ("anthropic", "messages"),
}  # fmt: skip
RECORDINGS = [recording for recording in all_recordings() if recording.kind in KINDS]
SDK_RECORDINGS = [recording for recording in RECORDINGS if recording.kind in SDK_KINDS]
needs_recordings = pytest.mark.skipif(
    not RECORDINGS, reason=f"no recordings at {FOLDER} (SPANTALLY_RECORDINGS)"
)


@pytest.fixture
def proxy() -> Iterator[Replay]:
    """A stand-in that gets the requests for every host."""
    with replay.serve() as server:
        yield server


def answer_of(recording: Recording, **how: Any) -> Answer:
    """The recorded response, to be served again."""
    drop = {"content-type", "content-length", "content-encoding", "transfer-encoding", "connection"}
    headers = {n: v for n, v in recording.response_headers.items() if n not in drop}
    kind = recording.response_headers.get("content-type", "")
    return Answer(recording.response_body, recording.status, kind, headers, **how)


def request_of(recording: Recording) -> dict[str, Any]:
    kind, content = recording.request_content
    headers = {**recording.request_headers, **({"content-type": kind} if kind else {})}
    return {
        "method": recording.method,
        "url": recording.url,
        "content": content,
        "headers": headers,
    }


def clients_of(recording: Recording) -> list[tuple[str, Way, dict[str, Any]]]:
    """Every library once, in a way of its own and with the body cut and encoded so or so: they take turns."""
    turn = RECORDINGS.index(recording)
    small = max(7, len(recording.response_body) // 100)
    framings = [{"chunk": 65536}, {"chunk": small}, {"chunk": 1000, "compress": True}]
    clients = [
        (library, ways[turn % len(ways)], framings[(turn // len(ways) + place) % len(framings)])
        for place, (library, ways) in enumerate(DECODED.items())
    ]
    if "amazonaws.com" in recording.url:
        way = ("whole", "StreamingBody.read(70)", "raw.stream, as EventStream does")[turn % 3]
        clients.append(("botocore", BOTOCORE[way], {"chunk": small}))
    return clients


def usage_of(span: dict[str, Any]) -> dict[str, Any]:
    """Every count on a span, and nothing else."""
    prefixes = ("gen_ai.usage.", "spantally.usage.")
    return decoded_parts(
        {
            name: value
            for name, value in span.items()
            if name.startswith(prefixes) and name != "spantally.usage.source"
        }
    )


@needs_recordings
@pytest.mark.parametrize("recording", RECORDINGS, ids=str)
def test_the_span_says_what_the_recording_says(
    recording: Recording, spans: Any, proxy: Replay, record_property: Any
) -> None:
    expected = expected_of(recording)
    api = expected.api if isinstance(expected, Expected) else "no call"
    record_property("recording", (recording.name, api))
    for library, way, how in clients_of(recording):
        case = (library, how)
        spans.clear()
        retrievals.forget()
        proxy.answer = answer_of(recording, **how)
        read = way(request_of(recording), proxy.url)
        assert (read[0] if isinstance(read, tuple) else read) == recording.response_body, case
        if isinstance(expected, NoCall):
            assert spans.llm() == [], case
        else:
            assert len(spans.llm()) == expected.spans, case
            check(dict(spans.llm()[-1].attributes or {}), expected, case)


def check(span: dict[str, Any], expected: Expected, case: Any) -> None:
    assert usage_of(span) == expected.counts, case
    said = {
        "spantally.usage.source": expected.source,
        "spantally.api": expected.api,
        "gen_ai.provider.name": expected.provider,
        "gen_ai.response.model": expected.model,
        "gen_ai.response.id": expected.response_id,
        "spantally.service_tier": expected.tier,
        "error.type": expected.error,
        **expected.also,
    }
    assert {name: span.get(name) for name in said} == said, case
    if expected.finish_reasons is not None:
        assert list(span["gen_ai.response.finish_reasons"]) == expected.finish_reasons, case
    if expected.stated_cost is not None:
        assert Decimal(span["spantally.stated_cost.usd"]) == Decimal(expected.stated_cost), case


@needs_recordings
@pytest.mark.parametrize("recording", SDK_RECORDINGS, ids=str)
def test_the_sdks_get_what_they_would_have_got(
    recording: Recording, spans: Any, provider: Replay
) -> None:
    provider.answer = answer_of(recording)
    sync_result = call_sdk(recording, provider.url)
    async_result = asyncio.run(call_sdk_async(recording, provider.url))
    first, second = (dict(span.attributes or {}) for span in spans.llm())
    expected = expected_of(recording)
    assert isinstance(expected, Expected)
    assert usage_of(first) == usage_of(second) == expected.counts
    assert first["spantally.usage.source"] == second["spantally.usage.source"] == expected.source
    assert sync_result == async_result
    if recording.status >= 400:
        assert sync_result == f"{recording.status}"
        assert first["error.type"] == second["error.type"] == expected.error


def sdk_options(recording: Recording, url: str) -> dict[str, Any]:
    base = url if recording.kind[0] == "anthropic" else f"{url}/v1"
    return {"api_key": "made-up", "base_url": base, "max_retries": 0}


def sdk_path(recording: Recording) -> str:
    return (
        recording.target
        if recording.kind[0] == "anthropic"
        else recording.target.removeprefix("/v1")
    )


def call_sdk(recording: Recording, url: str) -> Any:
    """What the provider's own SDK makes of the response: its JSON, its events, or its error's status."""
    sdk = anthropic if recording.kind[0] == "anthropic" else openai
    make = anthropic.Anthropic if sdk is anthropic else openai.OpenAI
    with make(**sdk_options(recording, url)) as client:
        try:
            if recording.is_stream:
                stream = client.post(
                    sdk_path(recording), cast_to=object, body=recording.request_body,
                    stream=True, stream_cls=sdk.Stream[object],
                )  # fmt: skip
                return list(stream)
            return client.post(sdk_path(recording), cast_to=object, body=recording.request_body)
        except sdk.APIStatusError as error:
            return str(error.status_code)


async def call_sdk_async(recording: Recording, url: str) -> Any:
    sdk = anthropic if recording.kind[0] == "anthropic" else openai
    make = anthropic.AsyncAnthropic if sdk is anthropic else openai.AsyncOpenAI
    async with make(**sdk_options(recording, url)) as client:
        try:
            if recording.is_stream:
                stream = await client.post(
                    sdk_path(recording), cast_to=object, body=recording.request_body,
                    stream=True, stream_cls=sdk.AsyncStream[object],
                )  # fmt: skip
                return [event async for event in stream]
            return await client.post(
                sdk_path(recording), cast_to=object, body=recording.request_body
            )
        except sdk.APIStatusError as error:
            return str(error.status_code)
