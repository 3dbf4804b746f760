"""Calls priced by hand, and the check that our price is the same."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from spantally_pricing import Cost, Usage

if TYPE_CHECKING:
    from decimal import Decimal

    from spantally_pricing import RateTable

NOV = "2026-11-10T12:00:00Z"
LATE = "2026-11-28T12:00:00Z"

BATCH = {"processing": "batch"}
FLEX = {"service_tier": "flex"}
PRIORITY = {"service_tier": "priority"}


class Golden(NamedTuple):
    """A call, and what it costs by the vendor's page."""

    model: str
    at: str
    usage: dict[str, int]
    context: dict[str, str]
    usd: Decimal


def tokens(prompt: int, answer: int, **parts: int) -> dict[str, int]:
    """Counts without their `_tokens`: `tokens(10, 2, cache_read=4)`."""
    named = {name if name.endswith("es") else f"{name}_tokens": n for name, n in parts.items()}
    return {"input_tokens": prompt, "output_tokens": answer, **named}


def check(table: RateTable, provider: str, case: Golden) -> None:
    """Asserts that the call costs just that, and nothing of it is unknown."""
    cost = table.price(
        Usage(case.usage),
        provider=provider,
        model=case.model,
        at=datetime.fromisoformat(case.at),
        context=case.context,
    )
    assert isinstance(cost, Cost), cost
    assert (cost.amount, cost.missing) == (case.usd, ())
