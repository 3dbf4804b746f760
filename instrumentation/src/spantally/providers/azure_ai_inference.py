"""Azure AI Foundry: models of several vendors on one resource, each by the API that its vendor has.

`/models/…` is Azure's own common API, shaped like OpenAI's; `/anthropic/…` is Anthropic's, `/providers/…` is of
others, which a serverless deployment has at its root. OpenAI's
paths on the same hosts are `azure_openai.py`'s. https://learn.microsoft.com/azure/ai-foundry (2026-11)
"""

from __future__ import annotations

from spantally.apis import (
    anthropic_messages,
    cohere_chat,
    cohere_embed,
    mistral_ocr,
    openai_chat,
    openai_embeddings,
    openai_images,
    openai_realtime,
    rerank,
)
from spantally.providers import Endpoint, Provider
from spantally.providers._azure import OnAzure, read_host

provider = Provider(
    name="azure.ai.inference",
    hosts=(
        r"[a-z0-9-]+\.(?:services\.ai|cognitiveservices)\.azure\.(?:com|us|cn)",
        r"[a-z0-9-]+\.api\.cognitive\.microsoft\.(?:com|us|cn)",
        r"(?:[a-z0-9-]+\.)+inference\.ai\.azure\.(?:com|us|cn)",
        r"(?:[a-z0-9-]+\.)+models\.ai\.azure\.(?:com|us|cn)",
    ),
    read_host=read_host,
    endpoints=(
        Endpoint("/models/chat/completions", OnAzure(openai_chat.api)),
        Endpoint("/models/embeddings", OnAzure(openai_embeddings.api)),
        Endpoint("/models/images/embeddings", OnAzure(openai_embeddings.api)),
        Endpoint("/models/images/generations", OnAzure(openai_images.api)),
        Endpoint("/anthropic/v1/messages", OnAzure(anthropic_messages.api)),
        Endpoint("/chat/completions", OnAzure(openai_chat.api)),
        Endpoint("/v1/chat/completions", OnAzure(openai_chat.api)),
        Endpoint("/embeddings", OnAzure(openai_embeddings.api)),
        Endpoint("/v1/embeddings", OnAzure(openai_embeddings.api)),
        Endpoint("/v1/rerank", OnAzure(rerank.api)),
        Endpoint("/v2/rerank", OnAzure(rerank.api)),
        Endpoint("/providers/cohere/v2/rerank", OnAzure(rerank.api)),
        Endpoint("/v2/chat", OnAzure(cohere_chat.api)),
        Endpoint("/v2/embed", OnAzure(cohere_embed.embed)),
        Endpoint("/providers/cohere/v2/embed", OnAzure(cohere_embed.embed)),
        Endpoint("/providers/mistral/azure/ocr", OnAzure(mistral_ocr.api)),
        Endpoint("/voice-live/realtime", openai_realtime.api, "WEBSOCKET"),
    ),
)
