"""Which bars a cut of spend is drawn as."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from spantally_processor.periods import stretches
from spantally_processor.reporting.lines import UNATTRIBUTED, columns_of, title_of, value_names
from spantally_processor.reporting.numbers import total
from spantally_processor.reporting.page import Chart
from spantally_processor.reporting.visible import visible
from spantally_processor.store.dimensions import CALENDAR

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from spantally_processor.store.dimensions import Cut
    from spantally_processor.store.spend import Spend

MOST_BARS = 25
MOST_PARTS = 8
"""Colours that an eye tells apart; what is beyond is one part."""
MOST_STRETCHES = 400
"""Bars over time that still can be told apart; beyond, there is no chart."""

OTHERS = "all others"


def chart_of(cut: Cut, rows: Sequence[Spend], zone: tzinfo) -> list[Chart]:
    """Bars by the first key, or by that of the calendar, in parts by the other keys.

    One chart, or none: where no cost is known, or the bars are too many to be told apart.
    """
    columns = columns_of(cut)
    place = next((n for n, key in enumerate(columns) if key in CALENDAR), 0)
    known: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for row in rows:
        if row.cost:
            names = tuple(
                map(visible, value_names(cut, row.value))
            )  # SVG holds no control character
            known[names[place], " · ".join(names[:place] + names[place + 1 :])].append(row.cost)
    amounts = {key: total(costs) or Decimal(0) for key, costs in known.items()}
    if not amounts:
        return []
    is_over_time = columns[place] in CALENDAR
    if is_over_time:
        seen = [row.value[cut.index(columns[place])] for row in rows]
        bars = stretches(columns[place], seen[0], seen[-1], zone)
        if len(bars) > MOST_STRETCHES:
            return []
    else:
        bars, amounts = _largest(amounts, 0, MOST_BARS)
    parts, amounts = _largest(amounts, 1, MOST_PARTS)
    return [Chart(f"Spend by {title_of(cut)}", bars, parts, amounts, is_over_time)]


def _largest(
    amounts: Mapping[tuple[str, str], Decimal], side: int, most: int
) -> tuple[list[str], dict[tuple[str, str], Decimal]]:
    """The names on one side of the keys, largest first and at most so many, and the amounts by them.

    What nobody is named for comes last, and before it all that is beyond, as one.
    """
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for key, amount in amounts.items():
        sums[key[side]] += amount
    ranked = sorted(sums, key=lambda name: (name == UNATTRIBUTED, -sums[name], name))
    if len(ranked) <= most:
        return ranked, dict(amounts)
    last = [UNATTRIBUTED] if UNATTRIBUTED in sums else []
    kept = [*ranked[: most - 1 - len(last)], OTHERS, *last]
    renamed: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for (bar, part), amount in amounts.items():
        names = [bar, part]
        if names[side] not in kept:
            names[side] = OTHERS
        renamed[names[0], names[1]] += amount
    return kept, dict(renamed)
