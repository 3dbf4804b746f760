"""Venice: https://docs.venice.ai/api-reference (2026-11). The charge stands beside the usage, in `cost`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally._json import child
from spantally.apis import openai_embeddings, openai_responses
from spantally.apis._stated_cost import amount, stated
from spantally.apis.any_chat import AnyChat
from spantally.providers import Endpoint, Provider

if TYPE_CHECKING:
    from spantally._json import JsonObject
    from spantally.apis import Attributes


class _Chat(AnyChat):
    def read_identity(self, body: JsonObject) -> Attributes:
        cost = amount(child(body, "cost"), "usd")
        charge = {} if cost is None else stated(cost, "cost.usd")
        return super().read_identity(body) | charge


provider = Provider(
    name="venice",
    hosts=(r"api\.venice\.ai",),
    endpoints=(
        Endpoint("/api/v1/chat/completions", _Chat()),
        Endpoint("/api/v1/responses", openai_responses.api),
        Endpoint("/api/v1/embeddings", openai_embeddings.api),
    ),
)
