"""OpenRouter's `GET /api/v1/generation?id=`: what a call was charged in the end, an aborted stream included.

`tokens_*` are counted by OpenRouter's own tokenizer, `native_tokens_*` by the vendor's, and those are billed.
Reasoning and cached tokens are parts. https://openrouter.ai/docs/api/api-reference/generations (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, text
from spantally.apis import EventReader, Report
from spantally.apis._counts import counts_of
from spantally.apis._stated_cost import amount, stated

if TYPE_CHECKING:
    from spantally.apis import Attributes, Head, Request

_COUNTS = {
    "native_tokens_prompt": _wire.INPUT_TOKENS,
    "native_tokens_cached": _wire.CACHE_READ,
    "native_tokens_completion": _wire.OUTPUT_TOKENS,
    "native_tokens_completion_images": _wire.IMAGE_OUTPUT,
    "native_tokens_reasoning": _wire.REASONING,
}


class Generation:
    """The shape."""

    name = "openrouter.generation"
    operation = "chat"

    def fits(self, request: JsonObject) -> bool:
        return False

    def read_request(self, request: Request) -> Attributes:
        return {}

    def read_response(self, response: JsonObject, head: Head) -> Report:
        data = child(response, "data")
        report = Report()
        attributes = report.attributes
        names = {
            "id": _wire.RESPONSE_ID,
            "model": _wire.RESPONSE_MODEL,
            "provider_name": _wire.UPSTREAM_PROVIDER,
            "service_tier": _wire.SERVICE_TIER,
        }
        attributes.update(
            {name: value for key, name in names.items() if (value := text(data, key))}
        )
        if reason := text(data, "finish_reason"):
            attributes[_wire.FINISH_REASONS] = (reason,)
        counts = counts_of(data, _COUNTS)
        attributes.update(counts)
        cost = amount(data, "total_cost")
        if cost is not None:
            byok = ";byok" if data.get("is_byok") is True else ""
            attributes.update(stated(cost, f"total_cost{byok}"))
            upstream = amount(data, "upstream_inference_cost") if byok else None
            if upstream is not None:
                attributes[_wire.UPSTREAM_COST] = format(upstream, "f")
        report.has_usage = bool(counts)
        return report

    def read_stream(self, head: Head) -> EventReader | None:
        return None


api = Generation()
