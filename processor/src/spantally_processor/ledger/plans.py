"""What spans of one form cost, as whole-number arithmetic that was learnt from the pricer.

The first span of a kind is priced in full. The next one with the same form, the same prices in force
and the same meters in use differs in its quantities only, so its lines are those quantities times the
same unit prices. A plan holds these products only if they come to the first span's amounts exactly;
where prices round or hang on how long a call took, there is no plan, and every span is priced in full.
The prices in force are found anew for each second and prompt size, as the pricer does.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from operator import mul
from typing import TYPE_CHECKING, NamedTuple

from spantally_pricing import Unpriced, UnpricedReason, Usage

from spantally_processor.ledger.prices import each_of, prices_of, sheet_in_force
from spantally_processor.ledger.rows import QUANTITY_SCALE, Lines
from spantally_processor.ledger.splits import Split, split_of
from spantally_processor.model import Role, UsageSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spantally_pricing.contract import BookedSheet
    from spantally_pricing.sheets import Sheet

    from spantally_processor.ledger.in_full import RowMaker
    from spantally_processor.ledger.prices import InForce
    from spantally_processor.ledger.rows import LineHead
    from spantally_processor.model import GenAiSpan, PricedSpan
    from spantally_processor.pricer import Pricer

_QUANTITY = 10**QUANTITY_SCALE
_NO_LINES = Lines((), (), (), ())
_REMEMBERED = 1 << 12
"""Plans of one form. A form has a few; the bound is for prices that are made anew for every call."""

_SECONDS = 300
"""Of calls, whose rates are remembered."""


class Charge(NamedTuple):
    """What a call costs, in whole 10**-18 USD."""

    like: PricedSpan
    """The span that says how such calls are priced."""
    cost: int | None
    list_cost: int | None
    lines: Lines


class _Plan(NamedTuple):
    like: PricedSpan
    places: tuple[int, ...]
    """Which portions the lines are for."""
    heads: tuple[LineHead, ...]
    each: tuple[int, ...]
    """10**-18 USD for one of each line's meter."""
    list_each: tuple[int | None, ...] | None
    """The same at list price; None where they are equal."""

    def charge(self, portions: Sequence[int]) -> Charge:
        if self.like.amount is None:
            return Charge(self.like, None, None, _NO_LINES)
        used = [portions[place] for place in self.places]
        amounts = tuple(map(mul, used, self.each))
        total = sum(amounts)
        quantities = tuple([count * _QUANTITY for count in used])
        if self.list_each is None:
            return Charge(self.like, total, total, Lines(self.heads, quantities, amounts, amounts))
        listed = tuple(
            [
                None if each is None else count * each
                for count, each in zip(used, self.list_each, strict=True)
            ]
        )
        known = [amount for amount in listed if amount is not None]
        list_total = sum(known) if len(known) == len(listed) else None
        return Charge(self.like, total, list_total, Lines(self.heads, quantities, amounts, listed))


class FormPlans:
    """The plans of one form under one rate table. For one thread."""

    def __init__(self, example: GenAiSpan, pricer: Pricer, make: RowMaker) -> None:
        self._example = example
        self._pricer = pricer
        self._make = make
        usage = example.usage
        self._meters = () if usage is None else tuple(usage)
        self._split = split_of(self._meters)
        self._provider = pricer.provider_of(example)
        self._model = example.response_model or example.request_model
        """As the pricer chooses them; a plan that did not fit its example would not be kept."""
        self._is_fixed = (
            (example.role is Role.AGGREGATE and example.usage is None)
            or example.usage_source is UsageSource.NOT_BILLED
            or self._provider is None
        )
        self._sheets: dict[int, Sheet | BookedSheet | UnpricedReason] = {}
        """By second: what is in force."""
        self._plans: dict[tuple[int, tuple[bool, ...]], tuple[object, _Plan | None]] = {}
        """By identity of the prices in force, which are kept here, and by which portions are not 0."""

    def charge(self, counts: Sequence[int], start_ns: int, end_ns: int) -> Charge | None:
        """Returns what such a call costs; None when it must be priced in full."""
        split = self._split
        portions = None if split is None else split.portions(counts)
        if split is None or portions is None:
            return None
        prices = self._prices(split, counts, start_ns)
        key = (id(prices), tuple(map(bool, portions)))
        known = self._plans.get(key)
        if known is None:
            if len(self._plans) >= _REMEMBERED:
                self._plans.clear()
            known = (prices, self._learn(split, counts, prices, (start_ns, end_ns)))
            self._plans[key] = known
        plan = known[1]
        return None if plan is None else plan.charge(portions)

    def _prices(self, split: Split, counts: Sequence[int], start_ns: int) -> InForce:
        if self._is_fixed:
            return UnpricedReason.NO_USAGE  # or anything else that is always the same
        second = start_ns // 10**9
        sheet = self._sheets.get(second)
        if sheet is None:
            if len(self._sheets) >= _SECONDS:
                self._sheets.clear()
            sheet = self._sheets[second] = self._sheet(datetime.fromtimestamp(second, UTC))
        if isinstance(sheet, UnpricedReason):
            return sheet
        return prices_of(sheet, None if split.prompt is None else counts[split.prompt])

    def _sheet(self, at: datetime) -> Sheet | BookedSheet | UnpricedReason:
        rates = self._pricer.table.lookup(self._provider or "", self._model, at)
        if isinstance(rates, Unpriced):
            return rates.reason
        return sheet_in_force(rates, at, self._example.context)

    def _learn(
        self, split: Split, counts: Sequence[int], prices: InForce, time_ns: tuple[int, int]
    ) -> _Plan | None:
        """Prices such a call in full; returns the plan if it comes to exactly the same."""
        usage = self._example.usage
        if usage is not None:
            usage = Usage(dict(zip(self._meters, counts, strict=True)))
        span = replace(self._example, usage=usage, start_ns=time_ns[0], end_ns=time_ns[1])
        priced = self._pricer.price(span)
        row = self._make.row(priced)
        plan = _plan(priced, row.lines.heads, split, prices)
        portions = split.portions(counts)
        if plan is None or portions is None:
            return None
        in_full = Charge(priced, row.cost, row.list_cost, row.lines)
        return plan if plan.charge(portions) == in_full else None


def _plan(
    priced: PricedSpan, heads: tuple[LineHead, ...], split: Split, prices: InForce
) -> _Plan | None:
    if isinstance(prices, UnpricedReason):
        return None if heads else _Plan(priced, (), (), (), None)
    places: list[int] = []
    booked: list[int] = []
    listed: list[int | None] = []
    for head in heads:
        each = each_of(prices, head.meter)
        if each is None or head.meter not in split.meters:
            return None
        places.append(split.meters.index(head.meter))
        booked.append(each[0])
        listed.append(each[1])
    is_list = booked == listed
    return _Plan(priced, tuple(places), heads, tuple(booked), None if is_list else tuple(listed))
