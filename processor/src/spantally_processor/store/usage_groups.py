"""Past calls as what another model's rates are multiplied with, in bounded memory.

A long period is read slice by slice, so that neither this process nor the one that serves the ledger
holds a million calls; calls that would cost the same come as one group. Calls that arrive while the
slices are read may or may not be in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spantally_processor.store.reports import Period, ask

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from decimal import Decimal

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
    engine: Engine, period: Period, by: str, *, where: Mapping[str, str], at_each: bool
) -> Iterator[UsageGroup]:
    """The counted calls of a period in groups; refused attempts are none.

    Args:
        engine: The ledger.
        period: When the calls began.
        by: A column's name or a tag's key.
        where: Columns or tags to the value that a call must have.
        at_each: Whether the second of the call matters.
    """
    asked = {"by": by, "keys": list(where), "values": list(where.values()), "at_each": at_each}
    for part in _slices(engine, period):
        for row in ask(engine, "usage_groups", asked | part.parameters()):
            yield UsageGroup(*row)


def _slices(engine: Engine, period: Period) -> list[Period]:
    rows = ask(engine, "call_slices", {"size": SLICE} | period.parameters())
    return [Period(start, end) for start, end in rows]
