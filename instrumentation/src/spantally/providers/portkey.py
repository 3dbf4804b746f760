"""Portkey: https://portkey.ai/docs (2026-11).

It forwards to the vendor that the request names, with the customer's own key there, so the vendor is the
provider: by the header `x-portkey-provider` of the response, since a configuration may route and fall back, or
of the request, or by the model (`@openai-prod/gpt-5` names a key, whose vendor only Portkey knows, unless it is
called like one). Otherwise the call is Portkey's and has no list price.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally._json import text
from spantally.apis import anthropic_messages
from spantally.apis._routed import Routed
from spantally.providers import Endpoint, Provider
from spantally.providers._gateway import OPENAIS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally.apis import Api, Request

_NAMES = {
    "anthropic": "anthropic",
    "azure-openai": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "cerebras": "cerebras",
    "cohere": "cohere",
    "deepseek": "deepseek",
    "fireworks-ai": "fireworks",
    "google": "gcp.gemini",
    "groq": "groq",
    "mistral-ai": "mistral_ai",
    "moonshot": "moonshot_ai",
    "openai": "openai",
    "openrouter": "openrouter",
    "perplexity-ai": "perplexity",
    "together-ai": "together",
    "vertex-ai": "gcp.vertex_ai",
    "x-ai": "x_ai",
}


def _upstream(request: Request, headers: Mapping[str, str]) -> str | None:
    named = headers.get("x-portkey-provider") or request.headers.get("x-portkey-provider") or ""
    model = text(request.body, "model") or ""
    key = model.removeprefix("@").partition("/")[0] if model.startswith("@") else ""
    return named.removeprefix("@") or (key if key in _NAMES else None)


def _routed(api: Api) -> Routed:
    return Routed(api, _upstream, _NAMES.get)


provider = Provider(
    name="portkey",
    hosts=(r"api\.portkey\.ai",),
    passes_on=True,
    endpoints=(
        Endpoint("/v1/messages", _routed(anthropic_messages.api)),
        *(Endpoint(f"/v1{path}", _routed(api)) for path, api in OPENAIS.items()),
    ),
)
