"""Pydantic AI Gateway: https://ai.pydantic.dev/gateway (2026-11).

It passes each vendor's own API through below `/proxy/{vendor}`, at the vendor's price, and states an estimate
of that; so the vendor is the provider, and Vertex AI's location is in the path as it is there. A gateway on a
host of one's own is configured by `SPANTALLY_HOSTS`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from spantally.providers import Provider
from spantally.providers._gateway import passed_on
from spantally.providers.anthropic import provider as anthropic
from spantally.providers.aws_bedrock import provider as bedrock
from spantally.providers.gcp_gemini import provider as gemini
from spantally.providers.gcp_vertex_ai import provider as vertex
from spantally.providers.groq import provider as groq
from spantally.providers.mistral_ai import provider as mistral
from spantally.providers.openai import provider as openai

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spantally.providers import Endpoint

_VENDORS = {
    "openai": openai,
    "openai-chat": openai,
    "openai-responses": openai,
    "chat": openai,
    "responses": openai,
    "anthropic": anthropic,
    "groq": groq,
    "mistral": mistral,
    "bedrock": bedrock,
    "converse": bedrock,
    "gemini": gemini,
    "google-vertex": vertex,
}


def _endpoints() -> Iterator[Endpoint]:
    for route, vendor in _VENDORS.items():
        base = f"/proxy/{route}"
        for endpoint in passed_on(vendor, base):
            yield endpoint
            if vendor is openai:  # whose client is given the base, and adds no `/v1`
                yield replace(endpoint, path=endpoint.path.replace(f"{base}/v1", base, 1))


provider = Provider(
    name="pydantic_gateway",
    hosts=(r"gateway(?:-[a-z]+)?\.pydantic\.dev",),
    passes_on=True,
    read_path=vertex.read_path,
    endpoints=tuple(_endpoints()),
)
