"""Cerebras: https://inference-docs.cerebras.ai (2026-11). `/v1/tcp_warming` of its SDK is no call."""

from __future__ import annotations

from spantally.apis import openai_chat, openai_completions
from spantally.providers import Endpoint, Provider

provider = Provider(
    name="cerebras",
    hosts=(r"api\.cerebras\.ai",),
    endpoints=(
        Endpoint("/v1/chat/completions", openai_chat.api),
        Endpoint("/v1/completions", openai_completions.api),
    ),
)
