"""Vercel AI Gateway: https://vercel.com/docs/ai-gateway (2026-11).

It sells at its own list and states the charge, so it is the provider. `completion_tokens` leaves reasoning out,
although the total is prompt and completion only: in all five recordings the stated cost is that of completion
plus reasoning (gpt-5: 124 + 64 tokens at $10 per million; Gemini 3 Pro: 9 of 78). A generation that is looked
up afterwards (an aborted stream) says its charge as OpenRouter's does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import child, children, count, text
from spantally.apis import (
    anthropic_messages,
    openai_embeddings,
    openai_responses,
    openrouter_generation,
)
from spantally.apis._counts import fill_in, number_of
from spantally.apis.openai_chat import ChatCompletions
from spantally.providers import Endpoint, Provider

if TYPE_CHECKING:
    from spantally._json import JsonObject
    from spantally.apis import Attributes


class _Chat(ChatCompletions):
    def read_usage(self, usage: JsonObject) -> Attributes:
        counts = super().read_usage(usage)
        fill_in(counts, _wire.CACHE_WRITE, usage, "cache_creation_input_tokens")
        completion = count(usage, "completion_tokens")
        if completion is not None:
            counts[_wire.OUTPUT_TOKENS] = completion + number_of(counts, _wire.REASONING)
        return counts

    def read_identity(self, body: JsonObject) -> Attributes:
        attributes = super().read_identity(body)
        for choice in children(body, "choices"):
            said = child(choice, "message") or child(choice, "delta")
            gateway = child(child(said, "provider_metadata"), "gateway")
            if upstream := text(child(gateway, "routing"), "finalProvider"):
                attributes[_wire.UPSTREAM_PROVIDER] = upstream
            if searches := count(gateway, "billableWebSearchCalls"):
                attributes[_wire.WEB_SEARCHES] = searches
        return attributes


provider = Provider(
    name="vercel",
    hosts=(r"ai-gateway\.vercel\.sh",),
    passes_on=True,
    endpoints=(
        Endpoint("/v1/chat/completions", _Chat()),
        Endpoint("/v1/responses", openai_responses.api),
        Endpoint("/v1/messages", anthropic_messages.api),
        Endpoint("/v1/embeddings", openai_embeddings.api),
        Endpoint("/v1/generation", openrouter_generation.api, "GET", retrieval=True),
    ),
)
