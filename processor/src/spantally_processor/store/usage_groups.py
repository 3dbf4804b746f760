"""Past calls as what another model's rates are multiplied with, in bounded memory.

A long period is read slice by slice, so that neither this process nor the one that serves the ledger
holds a million calls; calls that would cost the same come as one group. Calls that arrive while the
slices are read may or may not be in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import Template
from typing import TYPE_CHECKING

from spantally_processor.periods import Period
from spantally_processor.store.asking import answers, ask, query
from spantally_processor.store.dimensions import conditions, key_expression, written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from decimal import Decimal

    from spantally_processor.store.asking import Where
    from spantally_processor.store.dimensions import Cut
    from spantally_processor.store.engine import Engine

SLICE = 50_000
"""Calls that are read at once, about; a minute is never split."""


@dataclass(frozen=True, slots=True)
class UsageGroup:
    """Calls of one value that used the same, in the same context, at the same second."""

    value: tuple[str, ...]
    """As in `Spend`."""
    meters: tuple[str, ...]
    quantities: tuple[int, ...]
    """Of each call, inclusive as in `Usage`."""
    context_keys: tuple[str, ...]
    context_values: tuple[str, ...]
    status: str
    """`priced`, `partially_priced` or `unpriced`, as booked."""
    reason: str
    has_several_models: bool
    """More than one model was billed inside each call."""
    at: datetime
    """The second of the calls; 1970 when it was not asked for."""
    calls: int
    tokens: int
    cost: Decimal | None
    """USD, booked for all of them together."""


def usage_groups(
    engine: Engine, period: Period, by: Cut, *, where: Where, at_each: bool
) -> Iterator[UsageGroup]:
    """The counted calls of a period in groups; refused attempts are none.

    Args:
        engine: The ledger.
        period: When the calls began.
        by: The keys to group by.
        where: Keys to the value that a call must have.
        at_each: Whether the second of the call matters.
    """
    condition = conditions(where)
    keys = [key_expression(key, f"key_{number}") for number, key in enumerate(by)]
    text = Template(query("usage_groups")).substitute(
        by=", ".join(written(key, each.sql) for key, each in zip(by, keys, strict=True)),
        condition=condition.sql,
    )
    bound: dict[str, object] = {"at_each": at_each}
    for each in (*keys, condition):
        bound |= each.parameters
    for part in _slices(engine, period):
        for row in answers(engine, text, bound | part.parameters()):
            yield UsageGroup(*row)


def _slices(engine: Engine, period: Period) -> list[Period]:
    rows = ask(engine, "call_slices", {"size": SLICE} | period.parameters())
    return [Period(start, end, period.zone) for start, end in rows]
