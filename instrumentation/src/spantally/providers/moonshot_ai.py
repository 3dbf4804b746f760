"""Moonshot (Kimi): https://platform.moonshot.ai/docs (2026-11). Cached tokens stand in the usage itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, children
from spantally.apis import anthropic_messages
from spantally.apis._counts import fill_in
from spantally.apis.openai_chat import ChatCompletions
from spantally.providers import Endpoint, Provider

if TYPE_CHECKING:
    from spantally.apis import Attributes


class _Chat(ChatCompletions):
    def find_usage(self, body: JsonObject) -> JsonObject:
        """Streams have it in the choice that finishes."""
        inside = [child(choice, "usage") for choice in children(body, "choices")]
        return super().find_usage(body) or next(filter(None, inside), JsonObject())

    def read_usage(self, usage: JsonObject) -> Attributes:
        counts = super().read_usage(usage)
        fill_in(counts, _wire.CACHE_READ, usage, "cached_tokens")
        return counts


provider = Provider(
    name="moonshot_ai",
    hosts=(r"api\.moonshot\.(?:ai|cn)",),
    endpoints=(
        Endpoint("/v1/chat/completions", _Chat()),
        Endpoint("/anthropic/v1/messages", anthropic_messages.api),
    ),
)
