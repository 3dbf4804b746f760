"""Pydantic AI Gateway: https://ai.pydantic.dev/gateway (2026-11).

It passes each vendor's own API through below `/proxy/{vendor}`, at the vendor's price, and states an
estimate of that; so the vendor is the provider. A gateway on a host of one's own is configured by
`SPANTALLY_HOSTS`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally.apis import (
    anthropic_messages,
    groq_chat,
    openai_chat,
    openai_embeddings,
    openai_responses,
)
from spantally.providers import Endpoint, Provider

if TYPE_CHECKING:
    from spantally.apis import Api

_VENDORS: tuple[tuple[str, str, tuple[tuple[str, Api], ...]], ...] = (
    (
        "openai",
        "openai",
        (
            ("/responses", openai_responses.api),
            ("/chat/completions", openai_chat.api),
            ("/embeddings", openai_embeddings.api),
            ("/v1/responses", openai_responses.api),
            ("/v1/chat/completions", openai_chat.api),
            ("/v1/embeddings", openai_embeddings.api),
        ),
    ),
    ("anthropic", "anthropic", (("/v1/messages", anthropic_messages.api),)),
    ("groq", "groq", (("/openai/v1/chat/completions", groq_chat.api),)),
)

provider = Provider(
    name="pydantic_gateway",
    hosts=(r"gateway(?:-[a-z]+)?\.pydantic\.dev",),
    endpoints=tuple(
        Endpoint(f"{prefix}/{vendor}{path}", api, provider=name)
        for prefix in ("/proxy", "")
        for vendor, name, apis in _VENDORS
        for path, api in apis
    ),
)
