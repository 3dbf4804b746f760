"""What was spent, cut by whatever keys are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from string import Template
from typing import TYPE_CHECKING

from spantally_processor.store.asking import NO_CONDITION, Where, answers, query
from spantally_processor.store.dimensions import (
    CALENDAR,
    TOTAL,
    Cut,
    condition_keys,
    conditions,
    key_expression,
    written,
)
from spantally_processor.store.spend_sources import source

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from decimal import Decimal

    from spantally_processor.periods import Period
    from spantally_processor.store.engine import Engine


@dataclass(frozen=True, slots=True)
class Spend:
    """What one value of one cut cost, and how much of that is known."""

    cut: Cut
    value: tuple[str, ...]
    """One for each key of the cut; empty where the call has none."""
    cost: Decimal | None
    """USD; the sum of the known costs, None when not one is known."""
    attributed_cost: Decimal | None
    """USD; of calls with a team, project, feature, workflow or customer."""
    calls: int
    """Without the attempts that were not billed."""
    not_billed: int
    unpriced: int
    partially_priced: int
    reported: int
    """Calls whose usage the provider reported in full."""
    input_tokens: int
    output_tokens: int
    tokens: int
    priced_tokens: int
    first_call: datetime
    last_call: datetime

    @property
    def is_lower_bound(self) -> bool:
        """Whether some call's cost is unknown in whole or in part."""
        return self.unpriced + self.partially_priced > 0


def spend(
    engine: Engine, period: Period, cuts: Sequence[Cut], *, where: Where = NO_CONDITION
) -> list[Spend]:
    """Spend by each cut, of one reading of the ledger; costliest first, a calendar's in its order.

    Args:
        engine: The ledger.
        period: When the calls began; its time zone is that of the calendar.
        cuts: Sets of keys.
        where: Key to the value that a call must have.
    """
    places = {
        key: f"key_{number}"
        for number, key in enumerate(dict.fromkeys(key for cut in cuts for key in cut))
    }
    keys = {key: key_expression(key, place) for key, place in places.items()}
    sets = {TOTAL, *cuts}  # `grouping` wants every key in some set
    condition = conditions(where)
    every = ["whole", *places.values()]
    calls = source(engine, period, places.keys() | condition_keys(where))
    text = Template(query("spend")).substitute(
        source=calls.sql,
        keys="".join(f"{keys[key].sql} as {place},\n        " for key, place in places.items()),
        condition=condition.sql,
        written=", ".join(["''", *(written(key, place) for key, place in places.items())]),
        every=", ".join(every),
        cuts=", ".join(f"({', '.join(places[key] for key in cut) or 'whole'})" for cut in sets),
        order=", ".join(places[key] for key in places if key in CALENDAR) or "1",
    )
    bound = period.parameters()
    for each in (calls, *keys.values(), condition):
        bound |= each.parameters
    by_left_out = {_left_out([places[key] for key in cut], every): cut for cut in sets}
    found: list[Spend] = []
    for left_out, values, *numbers in answers(engine, text, bound):
        cut = by_left_out[left_out]
        value = dict(zip(every, values, strict=True))
        found.append(Spend(cut, tuple(value[places[key]] for key in cut), *numbers))
    return [row for row in found if row.cut in cuts]


def total_of(rows: Sequence[Spend]) -> Spend | None:
    """The row of the total; None when there was no call."""
    return next((row for row in rows if row.cut == TOTAL), None)


def _left_out(used: Sequence[str], every: Sequence[str]) -> int:
    """What `grouping` answers for a cut: a bit for each expression that is not in it."""
    used = used or ["whole"]
    return sum(1 << bit for bit, name in enumerate(reversed(every)) if name not in used)
