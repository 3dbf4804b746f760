"""An app as somebody wrote it, run in each environment: it prints what it got from the providers.

The providers are asked by their own names, through a proxy that answers in their place.

`APP_SETS_UP` names what an app switches on by itself: `openlit`, `langfuse` or `mistral`, comma-separated.
"""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import nullcontext
from importlib import import_module
from typing import Any

from opentelemetry import trace

SETUP = [name for name in os.environ.get("APP_SETS_UP", "").split(",") if name]
OPENAI = {"api_key": "made-up", "base_url": "http://api.openai.com/v1", "max_retries": 0}
ANTHROPIC = {"api_key": "made-up", "base_url": "http://api.anthropic.com", "max_retries": 0}
MISTRAL = {"api_key": "made-up", "server_url": "http://api.mistral.ai"}
ASK: list[Any] = [{"role": "user", "content": "What is two and two?"}]
CHAT: dict[str, Any] = {"model": "gpt-5", "messages": ASK}
MESSAGE: dict[str, Any] = {"model": "claude-sonnet-4-5", "max_tokens": 200, "messages": ASK}
STREAM: dict[str, Any] = {"stream": True, "stream_options": {"include_usage": True}}


def plain(value: Any) -> Any:
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else value


def openai_calls(openai: Any) -> list[Any]:
    with openai.OpenAI(**OPENAI) as client:
        return [
            plain(client.chat.completions.create(**CHAT)),
            [plain(chunk) for chunk in client.chat.completions.create(**CHAT, **STREAM)],
            plain(client.responses.create(model="gpt-5", input="What is two and two?")),
            plain(client.embeddings.create(model="text-embedding-3-small", input="two and two")),
        ]


async def openai_async(openai: Any) -> list[Any]:
    async with openai.AsyncOpenAI(**OPENAI) as client:
        whole = await client.chat.completions.create(**CHAT)
        stream = await client.chat.completions.create(**CHAT, **STREAM)
        return [plain(whole), [plain(chunk) async for chunk in stream]]


def anthropic_calls(anthropic: Any) -> list[Any]:
    with anthropic.Anthropic(**ANTHROPIC) as client:
        return [
            plain(client.messages.create(**MESSAGE)),
            [plain(event) for event in client.messages.create(**MESSAGE, stream=True)],
        ]


async def anthropic_async(anthropic: Any) -> list[Any]:
    async with anthropic.AsyncAnthropic(**ANTHROPIC) as client:
        return [plain(await client.messages.create(**MESSAGE))]


def mistral_call() -> list[Any]:
    client = import_module("mistralai.client").Mistral(**MISTRAL)
    if "mistral" in SETUP:
        telemetry = import_module("mistralai.extra.observability.telemetry")
        telemetry.configure_telemetry(client, trace.get_tracer_provider())
    return [plain(client.chat.complete(model="mistral-small-latest", messages=ASK))]


def refused(openai: Any) -> list[Any]:
    """Nothing was billed."""
    kind = import_module("openai").RateLimitError
    with openai.OpenAI(**OPENAI) as client:
        try:
            client.chat.completions.create(**CHAT)
        except kind as error:
            return [type(error).__name__, error.status_code, str(error)]
        return ["no error"]


def tags() -> Any:
    if os.environ.get("APP_PLAIN"):
        return nullcontext()
    return import_module("spantally").attribute(team="guest-services", customer="acme")


def main() -> None:
    if "openlit" in SETUP:
        import_module("openlit").init(disable_metrics=True, disable_events=True)
    if "langfuse" in SETUP:
        import_module("langfuse").get_client()
        openai = import_module("langfuse.openai")
    else:
        openai = import_module("openai")
    anthropic = import_module("anthropic")
    with tags():
        got = [
            *openai_calls(openai),
            *asyncio.run(openai_async(openai)),
            *anthropic_calls(anthropic),
            *asyncio.run(anthropic_async(anthropic)),
            *mistral_call(),
            *refused(openai),
        ]
    print(json.dumps(got))


if __name__ == "__main__":
    main()
