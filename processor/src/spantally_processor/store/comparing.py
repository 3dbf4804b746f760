"""What a call cost before and after a moment, with an interval for the difference."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from math import isfinite
from string import Template
from typing import TYPE_CHECKING, cast

from spantally_processor.store.asking import NO_CONDITION, answers, query
from spantally_processor.store.dimensions import TOTAL, conditions, key_expression, written

if TYPE_CHECKING:
    from datetime import datetime

    from spantally_processor.periods import Period
    from spantally_processor.store.asking import Where
    from spantally_processor.store.dimensions import Cut
    from spantally_processor.store.engine import Engine

FEW_TRACES = 30
"""Fewer on a side, and an interval says little: a heavy tail may not have been seen yet."""

_DIGITS = 30


@dataclass(frozen=True, slots=True)
class Side:
    """The fully priced calls of one side."""

    traces: int
    calls: int
    cost: Decimal | None
    """USD, exact; None without calls."""
    left_out: int
    """Calls without a full price: not among the others."""
    input_tokens: int
    cached_tokens: int
    output_tokens: int

    @property
    def cost_a_call(self) -> Decimal | None:
        """USD, to 30 digits; None without calls."""
        if self.cost is None:
            return None
        with localcontext(prec=_DIGITS):
            return self.cost / self.calls


@dataclass(frozen=True, slots=True)
class Comparison:
    """One value before and after."""

    value: tuple[str, ...]
    before: Side
    after: Side
    interval: tuple[float, float] | None
    """USD a call, of the difference at 95 %; None where a side has fewer than two traces."""

    @property
    def change(self) -> Decimal | None:
        """USD a call more than before; None where a side has no calls."""
        before, after = self.before.cost_a_call, self.after.cost_a_call
        return None if before is None or after is None else after - before

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out 0: the difference is more than chance."""
        return self.interval is not None and (self.interval[0] > 0 or self.interval[1] < 0)

    @property
    def has_few_traces(self) -> bool:
        """Whether a side has so few that the interval says little."""
        return min(self.before.traces, self.after.traces) < FEW_TRACES


def compare(
    engine: Engine, period: Period, at: datetime, cut: Cut = TOTAL, *, where: Where = NO_CONDITION
) -> list[Comparison]:
    """Each value of a cut before and after a moment of the period, the largest effect first."""
    condition = conditions(where)
    keys = [key_expression(key, f"key_{number}") for number, key in enumerate(cut)]
    text = Template(query("compare")).substitute(
        written=", ".join(written(key, each.sql) for key, each in zip(cut, keys, strict=True))
        or "''",
        condition=condition.sql,
    )
    bound = period.parameters() | {"at": at}
    for each in (*keys, condition):
        bound |= each.parameters
    return [_comparison(row) for row in answers(engine, text, bound)]


def _comparison(row: list[object]) -> Comparison:
    value, *numbers, _, low, high = row
    before, after = numbers[0::2], numbers[1::2]
    bounds = (float(str(low)), float(str(high)))
    return Comparison(
        value=cast("tuple[str, ...]", value),
        before=_side(before),
        after=_side(after),
        interval=bounds if all(map(isfinite, bounds)) else None,
    )


def _side(numbers: list[object]) -> Side:
    traces, calls, cost, *tokens = numbers
    known = None if cost is None else Decimal(str(cost))
    return Side(int(str(traces)), int(str(calls)), known, *(int(str(each)) for each in tokens))
