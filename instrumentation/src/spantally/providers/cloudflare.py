"""Cloudflare's AI Gateway: https://developers.cloudflare.com/ai-gateway/usage/providers (2026-11).

It passes each vendor's own API through below the vendor's name, often without the beginning of the vendor's
paths, with the customer's key or for credits at the vendor's price; so the vendor is the provider. Its one
path for all of them has the vendor in front of the model. Models on Cloudflare's own machines are Cloudflare's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import text
from spantally.apis import any_chat
from spantally.apis._routed import Routed
from spantally.providers import Endpoint, Provider
from spantally.providers._gateway import passed_on
from spantally.providers.anthropic import provider as anthropic
from spantally.providers.aws_bedrock import provider as bedrock
from spantally.providers.azure_openai import provider as azure
from spantally.providers.cerebras import provider as cerebras
from spantally.providers.cohere import provider as cohere
from spantally.providers.deepseek import provider as deepseek
from spantally.providers.gcp_gemini import provider as gemini
from spantally.providers.gcp_vertex_ai import provider as vertex
from spantally.providers.groq import provider as groq
from spantally.providers.mistral_ai import provider as mistral
from spantally.providers.openai import provider as openai
from spantally.providers.openrouter import provider as openrouter
from spantally.providers.perplexity import provider as perplexity
from spantally.providers.x_ai import provider as xai

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spantally.apis import Attributes, Request

_GATEWAY = "/v1/{account}/{gateway}"
_ROUTES: dict[str, tuple[Provider, tuple[str, ...]]] = {
    "anthropic": (anthropic, ("",)),
    "aws-bedrock/bedrock-runtime/{region}": (bedrock, ("",)),
    "azure-openai/{resource}": (azure, ("/openai/deployments",)),
    "cerebras": (cerebras, ("/v1",)),
    "cohere": (cohere, ("",)),
    "deepseek": (deepseek, ("",)),
    "google-ai-studio": (gemini, ("",)),
    "google-vertex-ai": (vertex, ("",)),
    "grok": (xai, ("", "/v1")),
    "groq": (groq, ("/openai/v1",)),
    "mistral": (mistral, ("",)),
    "openai": (openai, ("/v1",)),
    "openrouter": (openrouter, ("/api", "/api/v1")),
    "perplexity-ai": (perplexity, ("",)),
}
"""Whose API is where, and how the vendor's own paths begin that are there without that beginning."""
_NAMES = {route: vendor.name for route, (vendor, _) in _ROUTES.items()} | {
    "perplexity": perplexity.name
}


def _endpoints() -> Iterator[Endpoint]:
    for route, (vendor, beginnings) in _ROUTES.items():
        for beginning in beginnings:
            for endpoint in passed_on(vendor, ""):
                if endpoint.path.startswith(f"{beginning}/"):
                    path = endpoint.path.removeprefix(beginning)
                    yield replace(endpoint, path=f"{_GATEWAY}/{route}{path}")


def _upstream(request: Request, headers: Mapping[str, str]) -> str | None:
    vendor, slash, _ = (text(request.body, "model") or "").partition("/")
    return vendor if slash else None


def _read_path(variables: Mapping[str, str]) -> Attributes:
    region = variables.get("region")
    return {_wire.REGION: region} if region else vertex.read_path(variables)


provider = Provider(
    name="cloudflare",
    hosts=(r"gateway\.ai\.cloudflare\.com",),
    passes_on=True,
    read_path=_read_path,
    endpoints=(
        *_endpoints(),
        Endpoint(
            f"{_GATEWAY}/compat/chat/completions", Routed(any_chat.api, _upstream, _NAMES.get)
        ),
    ),
)
