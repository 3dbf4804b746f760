"""What spans of one form cost, as whole-number arithmetic that was learnt from the pricer.

The first span of a kind is priced in full. The next one with the same form, the same prices in force
and the same meters in use differs in its quantities only, so its lines are those quantities times the
same unit prices. A plan holds these products only if they come to the first span's amounts exactly;
where prices round, hang on time, or are under a contract, there is no plan and every span is priced in
full. The prices in force are found anew for each second and prompt size, as the pricer does.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from spantally_pricing import Unpriced, UnpricedReason, Usage
from spantally_pricing.rates import ModelRates
from spantally_pricing.sheets import sheet_at

from spantally_processor.ledger.rows import MONEY_SCALE, PRICE_SCALE, QUANTITY_SCALE, Lines
from spantally_processor.ledger.splits import Split, split_of
from spantally_processor.model import Role, UsageSource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spantally_pricing.sheets import Prices

    from spantally_processor.ledger.in_full import RowMaker
    from spantally_processor.ledger.rows import LineHead
    from spantally_processor.model import GenAiSpan, PricedSpan
    from spantally_processor.pricer import Pricer

_QUANTITY = 10**QUANTITY_SCALE
_NO_LINES = Lines((), (), (), ())
_REMEMBERED = 1 << 12
"""Plans of one form. A form has a few; the bound is for prices that are made anew for every call."""

_LARGEST_EACH = 10**24
"""A million USD for one; times the largest count that is read, it still fits the columns."""


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

    def charge(self, portions: Sequence[int]) -> Charge:
        if self.like.amount is None:
            return Charge(self.like, None, None, _NO_LINES)
        used = [portions[place] for place in self.places]
        amounts = tuple([count * each for count, each in zip(used, self.each, strict=True)])
        total = sum(amounts)
        quantities = tuple([count * _QUANTITY for count in used])
        return Charge(self.like, total, total, Lines(self.heads, quantities, amounts, amounts))


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
            example.role is Role.AGGREGATE
            or example.usage_source is UsageSource.NOT_BILLED
            or self._provider is None
        )
        self._second = -1
        self._at = datetime.fromtimestamp(0, UTC)
        self._rates: ModelRates | Unpriced | None = None
        self._plans: dict[tuple[int, tuple[bool, ...]], tuple[object, _Plan | None]] = {}
        """By identity of the basis, which is kept here, and by which portions are not 0."""

    def charge(self, counts: Sequence[int], start_ns: int, end_ns: int) -> Charge | None:
        """Returns what such a call costs; None when it must be priced in full."""
        split = self._split
        portions = None if split is None else split.portions(counts)
        if split is None or portions is None:
            return None
        basis = () if self._is_fixed else self._basis(split, counts, start_ns)
        if basis is None:
            return None
        key = (id(basis), tuple(map(bool, portions)))
        known = self._plans.get(key)
        if known is None:
            if len(self._plans) >= _REMEMBERED:
                self._plans.clear()
            known = self._plans[key] = (basis, self._learn(split, counts, start_ns, end_ns))
        plan = known[1]
        return None if plan is None else plan.charge(portions)

    def _basis(self, split: Split, counts: Sequence[int], start_ns: int) -> object | None:
        """What decides the unit prices, to compare; None when more than these numbers does."""
        second = start_ns // 10**9
        if second != self._second:
            self._second = second
            self._at = datetime.fromtimestamp(second, UTC)
            self._rates = self._pricer.table.lookup(self._provider or "", self._model, self._at)
        rates = self._rates
        if not isinstance(rates, ModelRates):
            return None if rates is None else rates.reason
        context = self._example.context
        if rates.known is not None:  # the deployment has a context that the call does not say
            return None
        if rates.contract is not None and rates.contract.at(self._at, context) is not None:
            return None
        prompt = None if split.prompt is None else counts[split.prompt]
        prices = _prices_in_force(rates, prompt, self._at, context)
        return prices.reason if isinstance(prices, Unpriced) else prices

    def _learn(
        self, split: Split, counts: Sequence[int], start_ns: int, end_ns: int
    ) -> _Plan | None:
        """Prices such a call in full; returns the plan if it comes to exactly the same."""
        usage = self._example.usage
        if usage is not None:
            usage = Usage(dict(zip(self._meters, counts, strict=True)))
        span = replace(self._example, usage=usage, start_ns=start_ns, end_ns=end_ns)
        priced = self._pricer.price(span)
        row = self._make.row(priced)
        heads = row.lines.heads
        if any(head.meter not in split.meters for head in heads):
            return None
        each = tuple([_each(head) for head in heads])
        plan = _Plan(
            priced,
            tuple([split.meters.index(head.meter) for head in heads]),
            heads,
            tuple([amount for amount in each if amount is not None]),
        )
        if None in each:
            return None
        portions = split.portions(counts)
        in_full = Charge(priced, row.cost, row.list_cost, row.lines)
        return plan if portions is not None and plan.charge(portions) == in_full else None


def _each(head: LineHead) -> int | None:
    """Returns 10**-18 USD for one of the meter; None when that is not a whole number."""
    per = head.per * 10 ** (2 * PRICE_SCALE - MONEY_SCALE)
    each, rest = divmod(head.unit_price * head.factor, per)
    return each if rest == 0 and each < _LARGEST_EACH else None


def _prices_in_force(
    rates: ModelRates, prompt: int | None, at: datetime, context: Mapping[str, str]
) -> Prices | Unpriced:
    """Returns the list prices in force, to be told from others by identity."""
    selection = rates.select(context)
    if isinstance(selection, Unpriced):
        return selection
    sheet = sheet_at(selection, at) if selection.windows else selection.sheet
    if not sheet.tiers:
        return sheet.prices
    if prompt is None:
        return Unpriced(UnpricedReason.NO_USAGE, "the rate depends on input_tokens, not reported")
    return next(
        (prices for at_least, prices in reversed(sheet.tiers) if prompt >= at_least), sheet.prices
    )
