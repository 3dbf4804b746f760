"""Past calls at another model's rates: data in, data out.

Only calls whose cost is known both ways are compared. Whatever cannot be re-priced is a gap with its
reason, its calls and what they cost now; it is never in a sum as 0. Sums are exact.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from spantally_pricing import Cost, InvalidUsage, Unpriced, UnpricedReason, Usage, price

from spantally_processor.reporting.numbers import EXACT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from spantally_pricing import RateTable

    from spantally_processor.store.usage_groups import UsageGroup


@dataclass(frozen=True, slots=True)
class Target:
    """The model that calls are re-priced with."""

    table: RateTable
    provider: str
    model: str
    at: datetime | None
    """When the rates are in force; None: at each call's own time."""
    as_standard: bool
    """Take the standard rate where the model has none for a call's batch, tier or region."""


@dataclass(slots=True)
class Row:
    """The calls of one value of the dimension that could be re-priced."""

    value: tuple[str, ...]
    now: Decimal = Decimal(0)
    """USD, as booked."""
    then: Decimal = Decimal(0)
    """USD, re-priced."""
    calls: int = 0
    tokens: int = 0

    @property
    def difference(self) -> Decimal:
        """USD, exact; below 0 when the other model is cheaper."""
        return EXACT.subtract(self.then, self.now)

    @property
    def change_percent(self) -> Decimal | None:
        """The difference in percent of now, to one decimal, half to even; None from nothing."""
        if not self.now:
            return None
        part = EXACT.divide(EXACT.multiply(self.difference, Decimal(100)), self.now)
        return EXACT.quantize(part, Decimal("0.1"))


@dataclass(slots=True)
class Gap:
    """Calls that could not be compared, and why."""

    reason: str
    """A word for programs."""
    detail: str
    """A sentence for people."""
    calls: int = 0
    unknown_calls: int = 0
    """Those of them whose cost now is not known."""
    now: Decimal = Decimal(0)
    """USD, of the others."""


@dataclass(slots=True)
class Repriced:
    """A period's calls, now and then."""

    rows: dict[tuple[str, ...], Row] = field(default_factory=dict[tuple[str, ...], Row])
    gaps: dict[tuple[str, str], Gap] = field(default_factory=dict[tuple[str, str], Gap])
    as_standard: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))
    """Context to the calls that were re-priced without it."""

    @property
    def total(self) -> Row:
        """All rows together."""
        whole = Row(())
        for row in self.rows.values():
            _add(whole, row.now, row.then, row.calls, row.tokens)
        return whole

    @property
    def by_now(self) -> list[Row]:
        """The rows, costliest first."""
        return sorted(self.rows.values(), key=lambda row: (-row.now, row.value))

    @property
    def calls(self) -> int:
        """Every call that was read."""
        return self.total.calls + sum(gap.calls for gap in self.gaps.values())


def reprice(groups: Iterable[UsageGroup], target: Target) -> Repriced:
    """Price each group with the target."""
    result = Repriced()
    for group in groups:
        outcome = _outcome(group, target, result)
        if isinstance(outcome, Decimal) and group.cost is not None:
            row = result.rows.setdefault(group.value, Row(group.value))
            then = EXACT.multiply(outcome, Decimal(group.calls))
            _add(row, group.cost, then, group.calls, group.tokens)
        elif isinstance(outcome, tuple):
            gap = result.gaps.setdefault(outcome, Gap(*outcome))
            gap.calls += group.calls
            if group.cost is None:
                gap.unknown_calls += group.calls
            else:
                gap.now = EXACT.add(gap.now, group.cost)
    return result


def _add(row: Row, now: Decimal, then: Decimal, calls: int, tokens: int) -> None:
    row.now = EXACT.add(row.now, now)
    row.then = EXACT.add(row.then, then)
    row.calls += calls
    row.tokens += tokens


def _not_comparable(group: UsageGroup) -> tuple[str, str] | None:
    """The reason and detail of a gap that does not depend on the target; None when there is none."""
    if not group.meters:
        return "no_usage", "no usage was reported"
    if group.status == "subscription":
        return "subscription", "a subscription pays for them"
    if group.status == "unpriced":
        return "unknown_now", f"what they cost now is not known: {group.reason}"
    if group.status != "priced":
        return "lower_bound_now", f"what they cost now is only a lower bound: {group.reason}"
    if group.has_several_models:
        return "several_models", "several models were billed inside one call"
    return None


def _outcome(group: UsageGroup, target: Target, result: Repriced) -> Decimal | tuple[str, str]:
    """What one call of the group costs then, or the reason and detail of a gap."""
    if gap := _not_comparable(group):
        return gap
    try:
        usage = Usage(dict(zip(group.meters, group.quantities, strict=True)))
    except InvalidUsage:
        return "invalid_usage", "the counts contradict themselves"
    context = dict(zip(group.context_keys, group.context_values, strict=True))
    outcome = _price(usage, group.at, context, target)
    if _is_of_context(outcome) and target.as_standard:
        outcome = _price(usage, group.at, {}, target)
        if isinstance(outcome, Cost):
            said = ", ".join(f"{key}={value}" for key, value in sorted(context.items()))
            result.as_standard[said] += group.calls
    if isinstance(outcome, Unpriced):
        return outcome.reason.value, outcome.detail
    if outcome.missing:
        return "no_rate", f"no rate for {', '.join(outcome.missing)}"
    return outcome.amount


def _price(
    usage: Usage, at: datetime, context: Mapping[str, str], target: Target
) -> Cost | Unpriced:
    at = target.at or at
    rates = target.table.lookup(target.provider, target.model, at)
    if isinstance(rates, Unpriced):
        return rates
    if rates.time_meters:
        detail = "it is billed by the time that a call takes, and how long it would is not known"
        return Unpriced(UnpricedReason.NO_RATE, detail)
    if rates.per_request:
        usage = Usage({"requests": 1} | dict(usage))
    return price(usage, rates, at, context)


def _is_of_context(outcome: Cost | Unpriced) -> bool:
    return isinstance(outcome, Unpriced) and outcome.reason is UnpricedReason.UNKNOWN_CONTEXT
