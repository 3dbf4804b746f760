"""Jina: https://api.jina.ai/docs (2026-11). Input tokens only."""

from __future__ import annotations

from spantally.apis import openai_embeddings, rerank
from spantally.providers import Endpoint, Provider

provider = Provider(
    name="jina",
    hosts=(r"api\.jina\.ai",),
    endpoints=(
        Endpoint("/v1/embeddings", openai_embeddings.api),
        Endpoint("/v1/rerank", rerank.api),
    ),
)
