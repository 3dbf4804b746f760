"""GitHub Copilot: several vendors' models under one subscription, so that no list price holds.

What a call takes from the subscription (`copilot_usage.total_nano_aiu`) is credits, not money, and not
recorded. Business and enterprise plans have hosts of their own: `api.business.githubcopilot.com`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally.apis import anthropic_messages, openai_embeddings, openai_responses
from spantally.apis._counts import fill_in
from spantally.apis.openai_chat import ChatCompletions
from spantally.providers import Endpoint, Provider

if TYPE_CHECKING:
    from spantally._json import JsonObject
    from spantally.apis import Attributes


class _Chat(ChatCompletions):
    """`reasoning_tokens` stands beside the two sides here; it is part of the completion all the same."""

    def read_usage(self, usage: JsonObject) -> Attributes:
        counts = super().read_usage(usage)
        fill_in(counts, _wire.REASONING, usage, "reasoning_tokens")
        return counts


_CHAT = _Chat()

provider = Provider(
    name="github_copilot",
    hosts=(r"(?:[a-z0-9-]+\.)*githubcopilot\.com",),
    endpoints=(
        Endpoint("/chat/completions", _CHAT),
        Endpoint("/v1/chat/completions", _CHAT),
        Endpoint("/responses", openai_responses.api),
        Endpoint("/v1/responses", openai_responses.api),
        Endpoint("/embeddings", openai_embeddings.api),
        Endpoint("/v1/embeddings", openai_embeddings.api),
        Endpoint("/v1/messages", anthropic_messages.api),
    ),
)
