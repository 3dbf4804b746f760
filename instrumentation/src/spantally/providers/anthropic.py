"""Anthropic: https://platform.claude.com/docs/en/api (2026-11)."""

from __future__ import annotations

from spantally.apis import anthropic_messages
from spantally.providers import Endpoint, Provider

provider = Provider(
    name="anthropic",
    hosts=(r"api\.anthropic\.com",),
    endpoints=(Endpoint("/v1/messages", anthropic_messages.api, anywhere=True),),
)
