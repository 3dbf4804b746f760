"""Cohere: https://docs.cohere.com/reference (2026-11)."""

from __future__ import annotations

from spantally.apis import cohere_chat, cohere_embed, openai_chat, openai_embeddings
from spantally.providers import Endpoint, Provider

provider = Provider(
    name="cohere",
    hosts=(r"api\.cohere\.(?:com|ai)",),
    endpoints=(
        Endpoint("/v2/chat", cohere_chat.api),
        Endpoint("/v1/chat", cohere_chat.api),
        Endpoint("/v1/generate", cohere_chat.generate),
        Endpoint("/v2/embed", cohere_embed.embed),
        Endpoint("/v1/embed", cohere_embed.embed),
        Endpoint("/v2/rerank", cohere_embed.rerank),
        Endpoint("/v1/rerank", cohere_embed.rerank),
        Endpoint("/v2/parse", cohere_embed.parse),
        Endpoint("/compatibility/v1/chat/completions", openai_chat.api),
        Endpoint("/compatibility/v1/embeddings", openai_embeddings.api),
    ),
)
