"""Everything that a report says, as data: one reading of the ledger for each question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spantally_processor.store import doubts
from spantally_processor.store.asking import NO_CONDITION
from spantally_processor.store.dimensions import MODEL, TOTAL, Cut, is_tag, tag_name
from spantally_processor.store.spend import spend, total_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spantally_processor.periods import Period
    from spantally_processor.store.asking import Where
    from spantally_processor.store.doubts import (
        IncompleteUsage,
        MissingTag,
        NotBilledAttempts,
        StatedCosts,
        SubscriptionCalls,
        UnpricedCalls,
    )
    from spantally_processor.store.engine import Engine
    from spantally_processor.store.spend import Spend

OVERVIEW: tuple[Cut, ...] = (("workflow",), ("team",), ("feature",), ("customer",), MODEL)
"""The cuts of a report that names none."""


@dataclass(frozen=True, slots=True)
class Doubts:
    """What is not in a period's total, or not certain."""

    unpriced: list[UnpricedCalls]
    subscription: list[SubscriptionCalls]
    not_billed: list[NotBilledAttempts]
    incomplete: list[IncompleteUsage]
    missing_tags: list[MissingTag]
    stated: list[StatedCosts]
    verdicts: dict[str, int]
    """LLM spans of each counting verdict; empty when only some calls are asked for."""


@dataclass(frozen=True, slots=True)
class Report:
    """The spend of a period, cut as asked, and how much of it is certain."""

    period: Period
    where: Where
    total: Spend | None
    """None when there are no calls."""
    by: dict[Cut, list[Spend]]
    """Costliest first; a calendar's in its order."""
    carried: list[str]
    """The tags that calls carry, by how many; only asked for when a key is carried by none."""
    doubts: Doubts
    waiting: int | None = None
    """Accepted spans that are not in the ledger yet; None when that is not known."""


def read_report(
    engine: Engine,
    period: Period,
    cuts: Sequence[Cut],
    *,
    where: Where = NO_CONDITION,
    waiting: int | None = None,
) -> Report:
    """Ask the ledger everything that the report says."""
    rows = spend(engine, period, [TOTAL, *cuts], where=where)
    by = {cut: [row for row in rows if row.cut == cut] for cut in cuts}
    return Report(
        period=period,
        where=where,
        total=total_of(rows),
        by=by,
        carried=doubts.carried_tags(engine, period, where) if _carried_by_none(by) else [],
        doubts=_doubts(engine, period, where),
        waiting=waiting,
    )


def carried_by_none(report: Report) -> list[str]:
    """The tags of the report that not one call carries."""
    return _carried_by_none(report.by)


def _carried_by_none(by: Mapping[Cut, Sequence[Spend]]) -> list[str]:
    return [
        tag_name(key)
        for cut, rows in by.items()
        for place, key in enumerate(cut)
        if is_tag(key) and not any(row.value[place] for row in rows)
    ]


def _doubts(engine: Engine, period: Period, where: Where) -> Doubts:
    return Doubts(
        unpriced=doubts.unpriced_calls(engine, period, where),
        subscription=doubts.subscription_calls(engine, period, where),
        not_billed=doubts.not_billed_attempts(engine, period, where),
        incomplete=doubts.incomplete_usage(engine, period, where),
        missing_tags=doubts.missing_tags(engine, period, where),
        stated=doubts.stated_costs(engine, period, where),
        verdicts={} if where else doubts.verdicts(engine, period),
    )
