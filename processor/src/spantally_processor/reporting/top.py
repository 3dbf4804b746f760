"""The top contributors of a period, and how they stood in the period before it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from spantally_processor.reporting.lines import lines_of, value_names
from spantally_processor.store.asking import NO_CONDITION
from spantally_processor.store.dimensions import TOTAL
from spantally_processor.store.spend import spend, total_of

if TYPE_CHECKING:
    from datetime import datetime

    from spantally_processor.periods import Period
    from spantally_processor.reporting.lines import Line
    from spantally_processor.store.asking import Where
    from spantally_processor.store.dimensions import Cut
    from spantally_processor.store.engine import Engine
    from spantally_processor.store.spend import Spend


@dataclass(frozen=True, slots=True)
class Standing:
    """One value's spend in a period, and its place by cost; the unattributed has none."""

    line: Line
    rank: int | None


@dataclass(frozen=True, slots=True)
class Contributor:
    """One value in both periods; absent where it had no calls."""

    names: tuple[str, ...]
    value: tuple[str, ...]
    now: Standing | None
    before: Standing | None

    @property
    def change(self) -> Decimal | None:
        """USD more than before; no calls cost nothing, and None is an unknown cost on either side."""
        now = self.now.line.cost if self.now else Decimal(0)
        before = self.before.line.cost if self.before else Decimal(0)
        return None if now is None or before is None else now - before


@dataclass(frozen=True, slots=True)
class Contributors:
    """Two periods side by side, the costliest now first."""

    cut: Cut
    period: Period
    period_before: Period
    total: Spend | None
    total_before: Spend | None
    rows: list[Contributor]

    @property
    def change(self) -> Decimal | None:
        """USD more than before; None where the cost of a period is not known at all."""
        now = self.total.cost if self.total else Decimal(0)
        before = self.total_before.cost if self.total_before else Decimal(0)
        return None if now is None or before is None else now - before


def read_contributors(
    engine: Engine, period: Period, cut: Cut, *, now: datetime, where: Where = NO_CONDITION
) -> Contributors:
    """Ask the ledger about a period and the one before it.

    Raises:
        ValueError: The period has no start, so that nothing is before it.
    """
    before = period.before(now)
    rows = spend(engine, period, [TOTAL, cut], where=where)
    rows_before = spend(engine, before, [TOTAL, cut], where=where)
    standings, old = _standings(cut, rows), _standings(cut, rows_before)
    return Contributors(
        cut=cut,
        period=period,
        period_before=before,
        total=total_of(rows),
        total_before=total_of(rows_before),
        rows=[
            Contributor(value_names(cut, value), value, standings.get(value), old.get(value))
            for value in dict.fromkeys([*standings, *old])
        ],
    )


def _standings(cut: Cut, rows: list[Spend]) -> dict[tuple[str, ...], Standing]:
    """By value; the named ones ranked by their known cost."""
    found = [row for row in rows if row.cut == cut and row.calls]
    by_names = {value_names(cut, row.value): row.value for row in found}
    standings: dict[tuple[str, ...], Standing] = {}
    rank = 0
    for line in lines_of(cut, found):
        ranked = not line.is_unattributed and line.cost is not None
        rank += ranked
        standings[by_names[line.names]] = Standing(line, rank if ranked else None)
    return standings
