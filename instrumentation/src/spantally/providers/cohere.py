"""Cohere: https://docs.cohere.com/reference (2026-11)."""

from __future__ import annotations

from spantally.apis import (
    cohere_chat,
    cohere_embed,
    cohere_jobs,
    openai_chat,
    openai_embeddings,
    openai_transcriptions,
)
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
        Endpoint("/v1/classify", cohere_embed.classify),
        Endpoint("/v1/summarize", cohere_embed.summarize),
        Endpoint("/v2/audio/transcriptions", openai_transcriptions.api),
        Endpoint("/v1/embed-jobs", cohere_jobs.api, retrieval=True),
        Endpoint("/v1/embed-jobs/{id}", cohere_jobs.api, "GET", retrieval=True),
        Endpoint("/v2/batches", cohere_jobs.api, retrieval=True),
        Endpoint("/v2/batches/{id}", cohere_jobs.api, "GET", retrieval=True),
        Endpoint("/compatibility/v1/chat/completions", openai_chat.api),
        Endpoint("/compatibility/v1/embeddings", openai_embeddings.api),
    ),
)
