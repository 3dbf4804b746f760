"""Anthropic: https://platform.claude.com/docs/en/api, hosts and paths of anthropic 2.12 (2026-11).

Its platform stands at Amazon's and Google's, too, at Anthropic's own prices; Claude on Bedrock and on
Vertex AI is theirs to sell, and so in their files. Counting tokens is free.
"""

from __future__ import annotations

from spantally.apis import (
    anthropic_batches,
    anthropic_complete,
    anthropic_messages,
    anthropic_sessions,
)
from spantally.providers import Endpoint, Provider

_AT_GOOGLE = "/{version}/projects/{project}/locations/{location}/workspaces/{workspace}/invoke"
_BATCHES = "/v1/messages/batches"
_SESSION = "/v1/sessions/{session}"
_THREAD = _SESSION + "/threads/{thread}"
_TOLD = (
    _SESSION, f"{_SESSION}/events", f"{_SESSION}/events/stream",
    _THREAD, f"{_THREAD}/events", f"{_THREAD}/stream",
)  # fmt: skip
"""Where sessions tell what they did."""


def _endpoints(base: str = "") -> tuple[Endpoint, ...]:
    batches, results = anthropic_batches.api, anthropic_batches.results
    return (
        Endpoint(f"{base}/v1/messages", anthropic_messages.of_claude),
        Endpoint(f"{base}/v1/messages", anthropic_messages.api, anywhere=not base),
        Endpoint(f"{base}{_BATCHES}", batches, retrieval=True),
        Endpoint(f"{base}{_BATCHES}/{{id}}/results", results, "GET", retrieval=True),
        Endpoint(f"{base}/v1/complete", anthropic_complete.api, anywhere=not base),
        Endpoint(f"{base}/v1/sessions", anthropic_sessions.api, retrieval=True),
        *(Endpoint(base + path, anthropic_sessions.api, "GET", retrieval=True) for path in _TOLD),
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
