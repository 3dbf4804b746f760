"""The charge that some providers and gateways state in a response, in USD.

It is kept digit for digit: the processor decides which of the two costs, stated or computed, is booked.
Where several are there the most exact wins: a gateway repeats its estimate, rounded, in a header.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally.apis import Attributes

_USD_PER_TICK = Decimal("1e-10")
"""xAI states `cost_in_usd_ticks`: https://docs.x.ai/developers/cost-tracking (2026-11)."""

_SAID = {"cost_in_usd_ticks", "cost", "pydantic_ai_gateway", "estimated_cost"}
_TOTALS = ("cost.total_cost", "pydantic_ai_gateway.cost_estimate", "estimated_cost")
"""Perplexity (chats: rounded to 1e-5), Pydantic AI Gateway, DeepInfra: https://docs.deepinfra.com (2026-11)."""
_HEADERS = ("x-litellm-response-cost", "pydantic-ai-gateway-price-estimate")
"""LiteLLM: `7.1e-05`, absent on streams. Pydantic AI Gateway: `0.0043USD`."""

_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]*)?(?:[eE]-?[0-9]+)?)(?:USD)?")


def read_stated_cost(usage: JsonObject, headers: Mapping[str, str]) -> Attributes:
    """What the usage block of a response states, or else its headers; empty when nothing does."""
    if _SAID.isdisjoint(usage):
        return _in_headers(headers)
    ticks = count(usage, "cost_in_usd_ticks")
    if ticks is not None:
        return stated(ticks * _USD_PER_TICK, "usage.cost_in_usd_ticks")
    cost = amount(usage, "cost")
    if cost is not None:
        return _charged_by_a_gateway(cost, usage)
    for path in _TOTALS:
        parent, _, field = path.rpartition(".")
        total = amount(child(usage, parent) if parent else usage, field)
        if total is not None:
            return stated(total, f"usage.{path}")
    return _in_headers(headers)


def amount(parent: JsonObject, key: str) -> Decimal | None:
    """The amount under `key`, not below 0; None when absent or no number."""
    value = parent.get(key)
    if isinstance(value, str) and (said := _AMOUNT.fullmatch(value)):
        return Decimal(said[1])
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0:
        # repr() is the shortest text that reads back as the same float: the digits that were sent.
        exact = Decimal(repr(value))
        return exact if exact.is_finite() else None
    return None


def stated(cost: Decimal, source: str) -> Attributes:
    """A stated cost, and where it was stated."""
    return {_wire.STATED_COST: format(cost, "f"), _wire.STATED_COST_SOURCE: source}


def _in_headers(headers: Mapping[str, str]) -> Attributes:
    for name in _HEADERS:
        value = headers.get(name)
        if value and (found := _AMOUNT.fullmatch(value)):
            return stated(Decimal(found[1]), name)
    return {}


def _charged_by_a_gateway(cost: Decimal, usage: JsonObject) -> Attributes:
    """OpenRouter, Vercel. With the customer's own key at the vendor, the cost is only the fee."""
    if usage.get("is_byok") is not True:
        return stated(cost, "usage.cost")
    attributes = stated(cost, "usage.cost;byok")
    upstream = amount(child(usage, "cost_details"), "upstream_inference_cost")
    if upstream is not None:
        attributes[_wire.UPSTREAM_COST] = format(upstream, "f")
    return attributes
