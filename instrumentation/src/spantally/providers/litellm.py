"""LiteLLM's proxy, on a host of the organisation's own: `SPANTALLY_HOSTS=llm.corp:4000=litellm`.

On an internal host it is a service like others: trace and tags go there, and its own spans join the trace.
A model there has whatever name the proxy's configuration gives it, so the price is the vendor's only if
a header tells which vendor answered (`x-litellm-model-api-base`); the proxy's own arithmetic comes
beside it as stated cost. Streams have neither header. What it passes through below a vendor's name is that
vendor's own API, with its names of models; `/openai` is none of those, since part of it is the proxy's own.
https://docs.litellm.ai/docs/proxy/response_headers, https://docs.litellm.ai/docs/pass_through/intro (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from spantally import providers
from spantally.apis import anthropic_messages, gemini_generate
from spantally.apis._routed import Routed
from spantally.providers import Endpoint, Provider
from spantally.providers._gateway import OPENAIS, passed_on
from spantally.providers.anthropic import provider as anthropic
from spantally.providers.aws_bedrock import provider as bedrock
from spantally.providers.cohere import provider as cohere
from spantally.providers.gcp_gemini import provider as gemini
from spantally.providers.gcp_vertex_ai import provider as vertex
from spantally.providers.mistral_ai import provider as mistral
from spantally.providers.openai import provider as openai
from spantally.providers.openrouter import provider as openrouter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally.apis import Api, Request

_PASSED_ON = {
    "anthropic": anthropic,
    "bedrock": bedrock,
    "cohere": cohere,
    "gemini": gemini,
    "mistral": mistral,
    "openai_passthrough": openai,
    "openrouter": openrouter,
    "vertex_ai": vertex,
    "vertex-ai": vertex,
}
"""The routes of `llm_passthrough_endpoints.py` of litellm 1.110 whose vendors have a file here."""
_GEMINI = "/v1beta/models/{model:path}:"


def _upstream(request: Request, headers: Mapping[str, str]) -> str | None:
    """The host that the proxy called."""
    return urlsplit(headers.get("x-litellm-model-api-base") or "").hostname


def _vendor(host: str) -> str | None:
    """Who owns that host; of the clouds, it is not told which part of the price the region makes."""
    owners = [vendor.name for vendor in providers.PROVIDERS if vendor.owns_host(host)]
    return owners[0] if len(owners) == 1 else None


def _routed(api: Api) -> Routed:
    return Routed(api, _upstream, _vendor)


provider = Provider(
    name="litellm",
    hosts=(),
    runs_here=True,
    read_path=vertex.read_path,
    endpoints=(
        *(each for name, vendor in _PASSED_ON.items() for each in passed_on(vendor, f"/{name}")),
        Endpoint("/v1/messages", _routed(anthropic_messages.api)),
        Endpoint(_GEMINI + "generateContent", _routed(gemini_generate.api)),
        Endpoint(_GEMINI + "streamGenerateContent", _routed(gemini_generate.streaming)),
        *(Endpoint(path, _routed(api)) for path, api in OPENAIS.items()),
    ),
)
