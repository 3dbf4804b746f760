"""Anthropic: https://platform.claude.com/docs/en/api, hosts and paths of anthropic 2.12 (2026-11).

Its platform stands at Amazon's and Google's, too, at Anthropic's own prices; Claude on Bedrock and on
Vertex AI is theirs to sell, and so in their files. Counting tokens is free.
"""

from __future__ import annotations

from spantally.apis import anthropic_batches, anthropic_complete, anthropic_messages
from spantally.providers import Endpoint, Provider

_AT_GOOGLE = "/{version}/projects/{project}/locations/{location}/workspaces/{workspace}/invoke"
_BATCHES = "/v1/messages/batches"


def _endpoints(base: str = "") -> tuple[Endpoint, ...]:
    batches, results = anthropic_batches.api, anthropic_batches.results
    return (
        Endpoint(f"{base}/v1/messages", anthropic_messages.api, anywhere=not base),
        Endpoint(f"{base}{_BATCHES}", batches, retrieval=True),
        Endpoint(f"{base}{_BATCHES}/{{id}}/results", results, "GET", retrieval=True),
        Endpoint(f"{base}/v1/complete", anthropic_complete.api, anywhere=not base),
    )


provider = Provider(
    name="anthropic",
    hosts=(
        r"api\.anthropic\.com",
        r"aws-external-anthropic\.[a-z0-9-]+\.api\.aws",
        r"claude\.googleapis\.com",
    ),
    endpoints=(*_endpoints(), *_endpoints(_AT_GOOGLE)),
)
