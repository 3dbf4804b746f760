"""MiniMax: https://platform.minimax.io/docs (2026-11)."""

from __future__ import annotations

from spantally.apis import anthropic_messages, openai_chat
from spantally.providers import Endpoint, Provider

provider = Provider(
    name="minimax",
    hosts=(r"api\.minimaxi?\.(?:io|com|chat)",),
    endpoints=(
        Endpoint("/v1/chat/completions", openai_chat.api),
        Endpoint("/v1/text/chatcompletion_v2", openai_chat.api),
        Endpoint("/anthropic/v1/messages", anthropic_messages.api),
    ),
)
