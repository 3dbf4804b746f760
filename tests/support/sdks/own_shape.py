"""SDKs whose answers have a shape of their own."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from support.replay import Answer
from support.sdks.call import (
    MESSAGE,
    MODEL,
    SAY,
    SdkCall,
    all_of,
    events_answer,
    four_ways,
    json_answer,
    plain,
)

MESSAGE_EVENTS = events_answer(
    {"type": "message_start", "message": {**MESSAGE, "content": [], "stop_reason": None}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "hi"}},
    {"type": "content_block_stop", "index": 0},
    {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": None},
        "usage": {"output_tokens": 5},
    },
    {"type": "message_stop"},
    named=True,
)


def anthropic_sdk() -> dict[str, SdkCall]:
    def client(name: str, url: str) -> Any:
        make = getattr(pytest.importorskip("anthropic"), name)
        return make(api_key="made-up", base_url=url, max_retries=0)

    ask = {"model": MODEL, "max_tokens": 9, "messages": SAY}

    def whole(url: str) -> Any:
        return plain(client("Anthropic", url).messages.create(**ask))

    def stream(url: str) -> Any:
        with client("Anthropic", url).messages.stream(**ask) as events:
            return plain(list(events)), plain(events.get_final_message())

    async def whole_async(url: str) -> Any:
        async with client("AsyncAnthropic", url) as sdk:
            return plain(await sdk.messages.create(**ask))

    async def stream_async(url: str) -> Any:
        async with client("AsyncAnthropic", url) as sdk:
            return plain(await all_of(await sdk.messages.create(**ask, stream=True)))

    return {
        "anthropic": SdkCall("anthropic", json_answer(MESSAGE), whole),
        "anthropic stream": SdkCall("anthropic", MESSAGE_EVENTS, stream),
        "anthropic async": SdkCall(
            "anthropic", json_answer(MESSAGE), lambda u: asyncio.run(whole_async(u))
        ),
        "anthropic async stream": SdkCall(
            "anthropic", MESSAGE_EVENTS, lambda u: asyncio.run(stream_async(u))
        ),
    }


GEMINI = {
    "candidates": [
        {"content": {"parts": [{"text": "hi"}], "role": "model"}, "finishReason": "STOP", "index": 0}
    ],
    "usageMetadata": {"promptTokenCount": 11, "candidatesTokenCount": 5, "totalTokenCount": 16},
    "modelVersion": MODEL, "responseId": "r1",
}  # fmt: skip


def google_sdk() -> dict[str, SdkCall]:
    ask = {"model": "gemini-3-flash", "contents": "hello"}

    def client(url: str) -> Any:
        genai = pytest.importorskip("google.genai")
        return genai.Client(api_key="made-up", http_options={"base_url": url})

    def whole(url: str) -> Any:
        with client(url) as sdk:
            return sdk.models.generate_content(**ask).text

    def stream(url: str) -> Any:
        with client(url) as sdk:
            return [part.text for part in sdk.models.generate_content_stream(**ask)]

    async def whole_async(url: str) -> Any:
        async with client(url).aio as sdk:
            return (await sdk.models.generate_content(**ask)).text

    async def stream_async(url: str) -> Any:
        async with client(url).aio as sdk:
            parts = await sdk.models.generate_content_stream(**ask)
            return [part.text async for part in parts]

    name, events = "gcp.gemini", events_answer(GEMINI)
    return {
        "google-genai": SdkCall(name, json_answer(GEMINI), whole),
        "google-genai stream": SdkCall(name, events, stream),
        "google-genai async": SdkCall(
            name, json_answer(GEMINI), lambda u: asyncio.run(whole_async(u))
        ),
        "google-genai async stream": SdkCall(name, events, lambda u: asyncio.run(stream_async(u))),
    }


COHERE = {
    "id": "c1", "finish_reason": "COMPLETE",
    "message": {"role": "assistant", "content": [{"type": "text", "text": "hi"}]},
    "usage": {
        "billed_units": {"input_tokens": 11, "output_tokens": 5},
        "tokens": {"input_tokens": 11, "output_tokens": 5},
    },
}  # fmt: skip
COHERE_EVENTS = events_answer(
    {"type": "message-start", "id": "c1", "delta": {"message": {"role": "assistant"}}},
    {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "hi"}}}},
    {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": COHERE["usage"]}},
    named=True,
)


def cohere_sdk() -> dict[str, SdkCall]:
    ask = {"model": MODEL, "messages": SAY}

    def client(name: str, url: str) -> Any:
        return getattr(pytest.importorskip("cohere"), name)(api_key="made-up", base_url=url)

    def whole(url: str) -> Any:
        return plain(client("ClientV2", url).chat(**ask))

    def stream(url: str) -> Any:
        return plain(list(client("ClientV2", url).chat_stream(**ask)))

    async def whole_async(url: str) -> Any:
        return plain(await client("AsyncClientV2", url).chat(**ask))

    async def stream_async(url: str) -> Any:
        return plain(await all_of(client("AsyncClientV2", url).chat_stream(**ask)))

    return four_ways(
        "cohere", "cohere", COHERE_EVENTS, whole, stream, whole_async, stream_async, said=COHERE
    )  # fmt: skip


OLLAMA = {
    "model": MODEL, "created_at": "2026-01-01T00:00:00Z", "done": True, "done_reason": "stop",
    "message": {"role": "assistant", "content": "hi"}, "prompt_eval_count": 11, "eval_count": 5,
}  # fmt: skip
OLLAMA_LINES = Answer(
    b"".join(
        json.dumps(line).encode() + b"\n"
        for line in (
            {**OLLAMA, "done": False, "prompt_eval_count": None, "eval_count": None},
            OLLAMA,
        )
    ),
    content_type="application/x-ndjson",
    chunk=50,
)


def ollama_sdk() -> dict[str, SdkCall]:
    ask = {"model": MODEL, "messages": SAY}

    def client(name: str, url: str) -> Any:
        return getattr(pytest.importorskip("ollama"), name)(host=url)

    def whole(url: str) -> Any:
        return plain(client("Client", url).chat(**ask))

    def stream(url: str) -> Any:
        return plain(list(client("Client", url).chat(**ask, stream=True)))

    async def whole_async(url: str) -> Any:
        return plain(await client("AsyncClient", url).chat(**ask))

    async def stream_async(url: str) -> Any:
        return plain(await all_of(await client("AsyncClient", url).chat(**ask, stream=True)))

    return four_ways(
        "ollama", "ollama", OLLAMA_LINES, whole, stream, whole_async, stream_async, said=OLLAMA
    )  # fmt: skip
