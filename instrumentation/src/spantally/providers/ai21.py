"""AI21: https://docs.ai21.com/reference (2026-11)."""

from __future__ import annotations

from spantally.apis import openai_chat
from spantally.providers import Endpoint, Provider

provider = Provider(
    name="ai21",
    hosts=(r"api\.ai21\.com",),
    endpoints=(Endpoint("/studio/v1/chat/completions", openai_chat.api),),
)
