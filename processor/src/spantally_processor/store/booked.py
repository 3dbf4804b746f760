"""What was booked for a call, line by line, and how much of each meter was."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from spantally_processor.store.asking import ask

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal

    from spantally_processor.periods import Period
    from spantally_processor.store.engine import Engine


@dataclass(frozen=True, slots=True)
class BookedLine:
    """One meter of a booked call: `amount = quantity * unit_price / per * factor`."""

    model: str
    meter: str
    quantity: Decimal
    unit_price: Decimal
    per: int
    factor: Decimal
    amount: Decimal
    rate_id: str
    list_amount: Decimal | None


@dataclass(frozen=True, slots=True)
class BookedCost:
    """A call and what its cost was made of."""

    trace_id: str
    span_id: str
    start: datetime
    name: str
    provider: str
    provider_source: str
    request_model: str
    response_model: str
    context: Mapping[str, str]
    usage: Mapping[str, int]
    status: str
    reason: str
    cost: Decimal | None
    list_cost: Decimal | None
    cost_source: str
    stated_cost: Decimal | None
    stated_cost_source: str
    table_version: str
    lines: tuple[BookedLine, ...]


def metered_usage(engine: Engine, period: Period) -> dict[tuple[str, str, str], Decimal]:
    """(provider, model as the calls name it, meter) to the quantity that was priced."""
    rows = ask(engine, "metered_usage", period.parameters())
    return {(provider, model, meter): used for provider, model, meter, used in rows}


def booked_costs(engine: Engine, prefix: str, limit: int) -> list[BookedCost]:
    """At most `limit` LLM spans whose id begins with `prefix`."""
    rows = ask(engine, "booked_costs", {"prefix": prefix, "limit": limit})
    own = len(fields(BookedCost)) - 1
    return [
        BookedCost(
            *row[:own], lines=tuple(BookedLine(*line) for line in zip(*row[own:], strict=True))
        )
        for row in rows
    ]
