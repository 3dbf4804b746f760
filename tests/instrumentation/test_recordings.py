"""Real recorded exchanges, over a real socket, to real clients: the span says what the provider said."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import anthropic
import httpx
import httpx2
import openai
import pytest
from support.expected_usage import decoded_parts, expected_usage
from support.recordings import COVERED, FOLDER, Recording, covered
from support.replay import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.replay import Replay

RECORDINGS = covered()
needs_recordings = pytest.mark.skipif(
    not RECORDINGS, reason=f"no recordings at {FOLDER} (SPANTALLY_RECORDINGS)"
)


def answer_of(recording: Recording, **how: Any) -> Answer:
    """The recorded response, to be served again."""
    keep = {"x-request-id", "request-id", "x-litellm-response-cost"}
    headers = {n: v for n, v in recording.response_headers.items() if n in keep}
    kind = recording.response_headers.get("content-type", "application/json")
    return Answer(recording.response_body, recording.status, kind, headers, **how)


def with_httpx(module: Any, url: str, body: dict[str, Any]) -> bytes:
    with module.Client() as client, client.stream("POST", url, json=body) as response:
        return b"".join(response.iter_bytes())


def with_httpx_whole(module: Any, url: str, body: dict[str, Any]) -> bytes:
    return module.post(url, json=body).content


def with_httpx_async(module: Any, url: str, body: dict[str, Any]) -> bytes:
    async def read() -> bytes:
        async with (
            module.AsyncClient() as client,
            client.stream("POST", url, json=body) as response,
        ):
            return b"".join([chunk async for chunk in response.aiter_bytes()])

    return asyncio.run(read())


CLIENTS: dict[str, Callable[[str, dict[str, Any]], bytes]] = {
    "httpx-stream": lambda url, body: with_httpx(httpx, url, body),
    "httpx-whole": lambda url, body: with_httpx_whole(httpx, url, body),
    "httpx-async": lambda url, body: with_httpx_async(httpx, url, body),
    "httpx2-stream": lambda url, body: with_httpx(httpx2, url, body),
    "httpx2-whole": lambda url, body: with_httpx_whole(httpx2, url, body),
    "httpx2-async": lambda url, body: with_httpx_async(httpx2, url, body),
}


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
def test_the_span_has_the_counts_of_the_recording(
    recording: Recording, spans: Any, provider: Replay, record_property: Any
) -> None:
    record_property("recording", (recording.name, COVERED[recording.kind]))
    expected = expected_usage(recording)
    for client, send in CLIENTS.items():
        small = max(7, len(recording.response_body) // 150)
        for how in ({"chunk": 65536}, {"chunk": small}, {"chunk": 1000, "compress": True}):
            spans.clear()
            provider.answer = answer_of(recording, **how)
            received = send(provider.url + recording.target, recording.request_body)
            span = spans.only()
            assert received == recording.response_body, (client, how)
            assert usage_of(span) == expected.counts, (client, how)
            assert span["spantally.usage.source"] == expected.source, (client, how)
            assert span["spantally.api"] == COVERED[recording.kind]
            assert span.get("gen_ai.response.model") == expected.model
            assert span.get("gen_ai.response.id") == expected.response_id
            assert span.get("spantally.service_tier") == expected.tier


@needs_recordings
@pytest.mark.parametrize("recording", RECORDINGS, ids=str)
def test_the_sdks_get_what_they_would_have_got(
    recording: Recording, spans: Any, provider: Replay
) -> None:
    provider.answer = answer_of(recording)
    sync_result = call_sdk(recording, provider.url)
    async_result = asyncio.run(call_sdk_async(recording, provider.url))
    first, second = (dict(span.attributes or {}) for span in spans.llm())
    expected = expected_usage(recording)
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
