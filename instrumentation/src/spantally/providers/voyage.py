"""Voyage, at its own host and at MongoDB's: https://docs.voyageai.com/reference (2026-11).

Every call reports one total, which is the input; pixels of multimodal calls have no price of their own here.
"""

from __future__ import annotations

from spantally.apis import openai_embeddings, rerank
from spantally.providers import Endpoint, Provider

provider = Provider(
    name="voyage",
    hosts=(r"api\.voyageai\.com", r"ai\.mongodb\.com"),
    endpoints=(
        Endpoint("/v1/embeddings", openai_embeddings.api),
        Endpoint("/v1/multimodalembeddings", openai_embeddings.api),
        Endpoint("/v1/contextualizedembeddings", openai_embeddings.api),
        Endpoint("/v1/rerank", rerank.api),
    ),
)
