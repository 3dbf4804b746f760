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
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np
from spantally_pricing import Unpriced, UnpricedReason, Usage

from spantally_processor.ledger.charging import Charge, Plan
from spantally_processor.ledger.prices import each_of, prices_of, sheet_in_force
from spantally_processor.ledger.splits import Split, split_of
from spantally_processor.model import Role, UsageSource
from spantally_processor.pricer import billed_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from spantally_pricing.contract import BookedSheet
    from spantally_pricing.sheets import Sheet

    from spantally_processor.ledger.charging import Charges
    from spantally_processor.ledger.in_full import RowMaker
    from spantally_processor.ledger.prices import InForce
    from spantally_processor.ledger.rows import LineHead
    from spantally_processor.model import GenAiSpan, PricedSpan
    from spantally_processor.pricer import Pricer

_REMEMBERED = 1 << 12
"""Plans of one form. A form has a few; the bound is for prices that are made anew for every call."""

_SECONDS = 300
"""Of calls, whose rates are remembered."""


class FormPlans:
    """The plans of one form under one rate table. For one thread."""

    def __init__(self, example: GenAiSpan, pricer: Pricer, make: RowMaker) -> None:
        self._example = example
        self._pricer = pricer
        self._make = make
        usage = example.usage
        self._meters = () if usage is None else tuple(usage)
        self._split = split_of(self._meters)
        self._bits = 1 << np.arange(len(self._meters))
        self._provider = pricer.provider_of(example)
        self._model = billed_model(
            self._provider or "", example.request_model, example.response_model
        )
        """As the pricer chooses them; a plan that did not fit its example would not be kept."""
        self._is_fixed = (
            (example.role is Role.AGGREGATE and example.usage is None)
            or example.usage_source is UsageSource.NOT_BILLED
            or self._provider is None
        )
        self._sheets: dict[int, Sheet | BookedSheet | UnpricedReason] = {}
        """By second: what is in force."""
        self._plans: dict[tuple[int, tuple[bool, ...]], tuple[object, Plan | None]] = {}
        """By identity of the prices in force, which are kept here, and by which portions are not 0."""

    def charge(self, counts: Sequence[int], start_ns: int, end_ns: int) -> Charge | None:
        """Returns what such a call costs; None when it must be priced in full."""
        split = self._split
        portions = None if split is None else split.portions(counts)
        if split is None or portions is None:
            return None
        prompt = None if split.prompt is None else counts[split.prompt]
        prices = self._prices(start_ns // 10**9, prompt)
        plan = self._plan(prices, split, portions, counts, (start_ns, end_ns))
        return None if plan is None else plan.charge(portions)

    def charges(
        self, counts: NDArray[np.int64], starts_ns: Sequence[int], ends_ns: Sequence[int]
    ) -> Iterator[tuple[Sequence[int], Charges]]:
        """Yields what many calls cost, and which of them they are; the others must be priced in full.

        `counts` are given by meter and call.
        """
        split = self._split
        if split is None:
            return
        portions = split.portion_columns(counts)
        prompts = None if split.prompt is None else counts[split.prompt].tolist()
        prices = self._prices_of_each([start // 10**9 for start in starts_ns], prompts)
        in_use = np.where((portions < 0).any(axis=0), -1, (portions > 0).T @ self._bits)
        groups: dict[tuple[int, int], list[int]] = {}
        for place, key in enumerate(zip(map(id, prices), in_use.tolist(), strict=True)):
            groups.setdefault(key, []).append(place)
        for (_, used), places in groups.items():
            if used < 0:
                continue
            first, some = places[0], portions[:, places]
            example, time_ns = counts[:, first].tolist(), (starts_ns[first], ends_ns[first])
            plan = self._plan(prices[first], split, some[:, 0].tolist(), example, time_ns)
            if plan is not None:
                yield places, plan.charges(some)

    def _plan(
        self,
        prices: InForce,
        split: Split,
        portions: Sequence[int],
        counts: Sequence[int],
        time_ns: tuple[int, int],
    ) -> Plan | None:
        key = (id(prices), tuple(map(bool, portions)))
        known = self._plans.get(key)
        if known is None:
            if len(self._plans) >= _REMEMBERED:
                self._plans.clear()
            known = self._plans[key] = (prices, self._learn(split, counts, prices, time_ns))
        return known[1]

    def _prices_of_each(self, seconds: Sequence[int], prompts: list[int] | None) -> list[InForce]:
        sheets = {second: self._sheet_at(second) for second in set(seconds)}
        if not any(isinstance(sheet, tuple) and sheet.tiers for sheet in sheets.values()):
            of_any_size = {second: self._prices(second, None) for second in sheets}
            return list(map(of_any_size.__getitem__, seconds))
        return list(map(self._prices, seconds, prompts or repeat(None)))

    def _prices(self, second: int, prompt: int | None) -> InForce:
        sheet = self._sheet_at(second)
        return sheet if isinstance(sheet, UnpricedReason) else prices_of(sheet, prompt)

    def _sheet_at(self, second: int) -> Sheet | BookedSheet | UnpricedReason:
        if self._is_fixed:
            return UnpricedReason.NO_USAGE  # or anything else that is always the same
        sheet = self._sheets.get(second)
        if sheet is None:
            if len(self._sheets) >= _SECONDS:
                self._sheets.clear()
            sheet = self._sheets[second] = self._sheet(datetime.fromtimestamp(second, UTC))
        return sheet

    def _sheet(self, at: datetime) -> Sheet | BookedSheet | UnpricedReason:
        rates = self._pricer.table.lookup(self._provider or "", self._model, at)
        if isinstance(rates, Unpriced):
            return rates.reason
        return sheet_in_force(rates, at, self._example.context)

    def _learn(
        self, split: Split, counts: Sequence[int], prices: InForce, time_ns: tuple[int, int]
    ) -> Plan | None:
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
) -> Plan | None:
    if isinstance(prices, UnpricedReason):
        return None if heads else Plan(priced, (), (), (), None)
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
    return Plan(priced, tuple(places), heads, tuple(booked), None if is_list else tuple(listed))
