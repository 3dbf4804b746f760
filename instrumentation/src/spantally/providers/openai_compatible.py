"""Any server that speaks OpenAI's APIs, wherever it stands: known by path and body, never by price.

vLLM, llama.cpp, LM Studio, TGI, SGLang, gateways: the path may have anything before it.
"""

from __future__ import annotations

from spantally.apis import (
    any_chat,
    openai_completions,
    openai_embeddings,
    openai_images,
    openai_responses,
    openai_speech,
    openai_transcriptions,
    rerank,
)
from spantally.providers import Endpoint, Provider

provider = Provider(
    name="openai_compatible",
    hosts=(),
    endpoints=(
        Endpoint("/chat/completions", any_chat.anywhere, anywhere=True),
        Endpoint("/responses", openai_responses.api, anywhere=True),
        Endpoint("/responses/compact", openai_responses.api, anywhere=True),
        Endpoint("/embeddings", openai_embeddings.api, anywhere=True),
        Endpoint("/completions", openai_completions.api, anywhere=True),
        Endpoint("/rerank", rerank.api, anywhere=True),
        Endpoint("/reranking", rerank.api, anywhere=True),
        Endpoint("/images/generations", openai_images.api, anywhere=True),
        Endpoint("/images/edits", openai_images.api, anywhere=True),
        Endpoint("/audio/transcriptions", openai_transcriptions.api, anywhere=True),
        Endpoint("/audio/translations", openai_transcriptions.api, anywhere=True),
        Endpoint("/audio/speech", openai_speech.api, anywhere=True),
    ),
)
