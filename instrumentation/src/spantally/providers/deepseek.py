"""DeepSeek: https://api-docs.deepseek.com (2026-11). Cache hits and misses make up the prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally.apis import anthropic_messages, openai_completions, openai_responses
from spantally.apis._counts import fill_in
from spantally.apis.openai_chat import ChatCompletions
from spantally.providers import Endpoint, Provider

if TYPE_CHECKING:
    from spantally._json import JsonObject
    from spantally.apis import Attributes


class _Chat(ChatCompletions):
    def read_usage(self, usage: JsonObject) -> Attributes:
        counts = super().read_usage(usage)
        fill_in(counts, _wire.CACHE_READ, usage, "prompt_cache_hit_tokens")
        return counts


class _Completions(openai_completions.Completions, _Chat):
    pass


_chat = _Chat()

provider = Provider(
    name="deepseek",
    hosts=(r"api\.deepseek\.com",),
    endpoints=(
        Endpoint("/chat/completions", _chat),
        Endpoint("/v1/chat/completions", _chat),
        Endpoint("/beta/chat/completions", _chat),
        Endpoint("/beta/completions", _Completions()),
        Endpoint("/responses", openai_responses.api),
        Endpoint("/v1/responses", openai_responses.api),
        Endpoint("/anthropic/v1/messages", anthropic_messages.api),
    ),
)
