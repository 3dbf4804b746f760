"""Z.ai and its Chinese site: https://docs.z.ai/api-reference (2026-11).

`/api/coding/paas` is the coding plan: the same API, paid by a subscription and by no list price.
"""

from __future__ import annotations

from spantally.apis import anthropic_messages, openai_chat, openai_embeddings
from spantally.providers import Endpoint, Provider

provider = Provider(
    name="z_ai",
    hosts=(r"api\.z\.ai", r"open\.bigmodel\.cn"),
    endpoints=(
        Endpoint("/api/paas/v4/chat/completions", openai_chat.api),
        Endpoint(
            "/api/coding/paas/v4/chat/completions", openai_chat.api, provider="z_ai_coding_plan"
        ),
        Endpoint("/api/paas/v4/embeddings", openai_embeddings.api),
        Endpoint("/api/anthropic/v1/messages", anthropic_messages.api),
    ),
)
