"""LiteLLM's proxy, on a host of the organisation's own: `SPANTALLY_HOSTS=llm.corp:4000=litellm`.

On an internal host it is a service like others: trace and tags go there, and its own spans join the trace.
A model there has whatever name the proxy's configuration gives it, so the price is the vendor's only if
a header tells which vendor answered (`x-litellm-model-api-base`); the proxy's own arithmetic comes
beside it as stated cost. Streams have neither header.
https://docs.litellm.ai/docs/proxy/response_headers (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from spantally import providers
from spantally.apis import anthropic_messages
from spantally.apis._routed import Routed
from spantally.providers import Endpoint, Provider
from spantally.providers._gateway import OPENAIS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally.apis import Api, Request


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
    endpoints=(
        Endpoint("/v1/messages", _routed(anthropic_messages.api)),
        *(Endpoint(path, _routed(api)) for path, api in OPENAIS.items()),
    ),
)
