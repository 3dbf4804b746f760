"""GitHub Copilot: several vendors' models under one subscription, so that no list price holds.

What a call takes from the subscription (`copilot_usage.total_nano_aiu`) is credits, not money, and not
recorded. Business and enterprise plans have hosts of their own: `api.business.githubcopilot.com`.
"""

from __future__ import annotations

from spantally.apis import anthropic_messages, openai_chat, openai_embeddings, openai_responses
from spantally.providers import Endpoint, Provider

provider = Provider(
    name="github_copilot",
    hosts=(r"(?:[a-z0-9-]+\.)*githubcopilot\.com",),
    endpoints=(
        Endpoint("/chat/completions", openai_chat.api),
        Endpoint("/v1/chat/completions", openai_chat.api),
        Endpoint("/responses", openai_responses.api),
        Endpoint("/v1/responses", openai_responses.api),
        Endpoint("/embeddings", openai_embeddings.api),
        Endpoint("/v1/embeddings", openai_embeddings.api),
        Endpoint("/v1/messages", anthropic_messages.api),
    ),
)
