"""Real recorded exchanges, over a real socket, to real clients: the span says what the provider said."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from itertools import cycle
from typing import TYPE_CHECKING, Any

import anthropic
import httpx
import httpx2
import openai
import pytest
from spantally._retrievals import retrievals
from support import replay
from support.expected import KINDS, Expected, NoCall, decoded_parts, expected_of
from support.recordings import FOLDER, Recording, all_recordings
from support.replay import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


def whole(module: Any, recording: Recording, proxy: str) -> bytes:
    with module.Client(proxy=proxy) as client:
        return client.request(**request_of(recording)).content


def streamed(module: Any, recording: Recording, proxy: str) -> bytes:
    with (
        module.Client(proxy=proxy) as client,
        client.stream(**request_of(recording)) as response,
    ):
        return b"".join(response.iter_bytes())


def asynchronous(module: Any, recording: Recording, proxy: str) -> bytes:
    async def read() -> bytes:
        async with (
            module.AsyncClient(proxy=proxy) as client,
            client.stream(**request_of(recording)) as response,
        ):
            return b"".join([chunk async for chunk in response.aiter_bytes()])

    return asyncio.run(read())


CLIENTS: list[tuple[Any, Callable[[Any, Recording, str], bytes]]] = [
    (module, way) for module in (httpx, httpx2) for way in (whole, streamed, asynchronous)
]


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
    small = max(7, len(recording.response_body) // 100)
    ways = cycle(({"chunk": 65536}, {"chunk": small}, {"chunk": 1000, "compress": True}))
    for (module, way), how in zip(CLIENTS, ways, strict=False):
        case = (module.__name__, way.__name__, how)
        spans.clear()
        retrievals.forget()
        proxy.answer = answer_of(recording, **how)
        assert way(module, recording, proxy.url) == recording.response_body, case
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
