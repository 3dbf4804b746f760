"""Everything of a period, slice by slice: the counted calls, or the charges of each day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from string import Template
from typing import TYPE_CHECKING, Any

from spantally_processor.periods import Period
from spantally_processor.store.asking import NO_CONDITION, answers, ask, query
from spantally_processor.store.dimensions import TOTAL, conditions
from spantally_processor.store.spend import spend, total_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from spantally_processor.store.asking import Where
    from spantally_processor.store.engine import Engine

SLICE = 20_000
"""Calls that are in memory at once, about; a minute is never split."""


@dataclass(frozen=True, slots=True)
class Charge:
    """One meter's, one stated, or one unpriced charge of a day."""

    day: date
    tenant: str
    provider: str
    model: str
    operation: str
    service: str
    tags: str
    """JSON object; of everything but the user."""
    kind: str
    """`metered`, `stated` or `unpriced`."""
    meter: str
    rate_id: str
    list_rate_id: str
    unit_price: Decimal
    per: int
    factor: Decimal
    quantity: Decimal
    amount: Decimal | None
    """USD; None when unpriced."""
    list_amount: Decimal | None
    reason: str
    unpriced_tokens: int
    calls: int


def calls_in_slices(
    engine: Engine, period: Period, where: Where = NO_CONDITION
) -> Iterator[tuple[int, int, Any]]:
    """The counted calls by time: which slice, of how many, and its rows, a `pyarrow.Table`.

    Without calls it is one slice without rows, which has the columns.
    """
    condition = conditions(where)
    text = Template(query("export_calls")).substitute(condition=condition.sql)
    slices = ask(engine, "call_slices", {"size": SLICE} | period.parameters())
    slices = slices or [(period.start, period.end)]
    for number, (start, end) in enumerate(slices, 1):
        part = Period(start, end, period.zone)
        yield number, len(slices), engine.arrow(text, condition.parameters | part.parameters())


def charges_by_day(
    engine: Engine, period: Period, where: Where = NO_CONDITION
) -> Iterator[tuple[int, int, list[Charge]]]:
    """The charges by day of UTC: which day this is, of how many from the first call on, and them."""
    whole = total_of(spend(engine, period, [TOTAL], where=where))
    if whole is None:
        return
    condition = conditions(where)
    text = Template(query("focus_charges")).substitute(condition=condition.sql)
    first = whole.first_call.date()
    days = (whole.last_call.date() - first).days + 1
    for number in range(days):
        day = first + timedelta(days=number)
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        end = min(start + timedelta(days=1), period.end)
        part = Period(max(start, period.start), end, period.zone)
        rows = answers(engine, text, condition.parameters | part.parameters())
        yield number + 1, days, [Charge(day, *row) for row in rows]
