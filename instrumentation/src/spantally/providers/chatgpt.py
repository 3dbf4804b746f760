"""ChatGPT's own backend, which Codex talks to: Responses, paid by a subscription and by no list price."""

from __future__ import annotations

from spantally.apis import openai_responses
from spantally.providers import Endpoint, Provider

provider = Provider(
    name="chatgpt",
    hosts=(r"chatgpt\.com",),
    endpoints=(
        Endpoint("/backend-api/codex/responses", openai_responses.api),
        Endpoint("/backend-api/codex/responses/compact", openai_responses.api),
    ),
)
