"""Ollama: its cloud, and its native API wherever it stands (price of one's own machine: a rate file).

https://github.com/ollama/ollama/blob/main/docs/api.md (2026-11)
"""

from __future__ import annotations

from spantally.apis import (
    anthropic_messages,
    ollama,
    openai_chat,
    openai_completions,
    openai_embeddings,
    openai_responses,
)
from spantally.providers import Endpoint, Provider

provider = Provider(
    name="ollama",
    hosts=(r"(?:api\.)?ollama\.com",),
    endpoints=(
        Endpoint("/api/chat", ollama.chat, anywhere=True),
        Endpoint("/api/generate", ollama.generate, anywhere=True),
        Endpoint("/api/embed", ollama.embed, anywhere=True),
        Endpoint("/api/embeddings", ollama.embeddings, anywhere=True),
        Endpoint("/v1/chat/completions", openai_chat.api),
        Endpoint("/v1/completions", openai_completions.api),
        Endpoint("/v1/responses", openai_responses.api),
        Endpoint("/v1/embeddings", openai_embeddings.api),
        Endpoint("/v1/messages", anthropic_messages.api),
    ),
)
