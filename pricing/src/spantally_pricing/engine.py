"""Usage times rates, exactly.

Every portion of a usage meets exactly one price and becomes one line; a portion without a price is
named, never dropped. The whole prompt, cached and written tokens included, decides the tier, and the
tier then holds for the whole request. Where a contract holds it says what is booked, and the list price
stands beside it. Nothing is rounded (but see `CostLine`).
"""

from __future__ import annotations

from decimal import Decimal
from functools import reduce
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from .context import with_known
from .cost import Cost, CostLine, Unpriced, UnpricedReason
from .sheets import EXACT, HALF_EVEN, LAST_PLACE, sheet_at, tier_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from .contract import BookedPrices
    from .rates import ModelRates
    from .sheets import Price, Prices
    from .usage import Usage

NO_CONTEXT: Mapping[str, str] = MappingProxyType({})
_ZERO = Decimal(0)

_NO_PROMPT = Unpriced(UnpricedReason.NO_USAGE, "the rate depends on input_tokens, not reported")

# The two loops below are most of the work of pricing a span, so that they are plain: methods are bound once,
# and `tuple.__new__` makes a named tuple in half the time of its generated constructor, which does just this.
_add, _multiply = EXACT.add, EXACT.multiply
_new: Callable[..., Any] = tuple.__new__  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def price(
    usage: Usage, rates: ModelRates, at: datetime, context: Mapping[str, str] = NO_CONTEXT
) -> Cost | Unpriced:
    """What `usage` costs at these rates, in this context, at this (aware) time."""
    portions = usage.portions
    if portions is None:
        detail = "it is not said how many of the cached tokens are audio, image or video"
        return Unpriced(UnpricedReason.INVALID_USAGE, detail)
    if not portions and not usage:
        return Unpriced(UnpricedReason.NO_USAGE, "no count was reported")
    if rates.known is not None:
        context = with_known(rates.known, context)
    terms = None if rates.contract is None else rates.contract.at(at, context)
    if terms is None:
        listed = _listed(rates, usage.prompt, at, context)
        return listed if isinstance(listed, Unpriced) else _cost(portions, listed, rates.model)
    if isinstance(terms, Unpriced):
        return terms
    sheet = terms.sheet if terms.sheet is not None else terms.sheet_at(at)
    if sheet.tiers and usage.prompt is None:
        return _NO_PROMPT
    prices = tier_of(sheet, usage.prompt or 0) if sheet.tiers else sheet.prices
    return _contracted(portions, prices, rates.model)


def together(costs: Sequence[Cost]) -> Cost:
    """The cost of a call in which several models, or one model several times, were billed."""
    listed = [cost.list_amount for cost in costs if cost.list_amount is not None]
    return Cost(
        sum_of(cost.amount for cost in costs),
        tuple(line for cost in costs for line in cost.lines),
        tuple(meter for cost in costs for meter in cost.missing),
        sum_of(listed) if len(listed) == len(costs) else None,
    )


def sum_of(amounts: Iterable[Decimal]) -> Decimal:
    """The exact sum; 0 of nothing."""
    return reduce(EXACT.add, amounts, _ZERO)


def _listed(
    rates: ModelRates, prompt: int | None, at: datetime, context: Mapping[str, str]
) -> Prices | Unpriced:
    """The list price of each meter for a prompt of this size."""
    selection = rates.select(context)
    if isinstance(selection, Unpriced):
        return selection
    sheet = sheet_at(selection, at) if selection.windows else selection.sheet
    if not sheet.tiers:
        return sheet.prices
    return _NO_PROMPT if prompt is None else tier_of(sheet, prompt)


def _cost(portions: tuple[tuple[str, Decimal], ...], prices: Prices, model: str) -> Cost | Unpriced:
    """The cost at list price."""
    total = _ZERO
    lines: list[CostLine] = []
    missing: tuple[str, ...] = ()
    for meter, quantity in portions:
        found = prices.get(meter)
        if found is None:
            missing = (*missing, meter)
            continue
        unit_price, per, factors, factor, each, id_ = found
        amount = _rounded(quantity, found) if each is None else _multiply(quantity, each)
        total = _add(total, amount)
        values = (
            model,
            meter,
            quantity,
            unit_price,
            per,
            factors,
            factor,
            amount,
            id_,
            amount,
            id_,
        )
        lines.append(_new(CostLine, values))
    if missing and not lines:
        return _no_rate(model, missing)
    return _new(Cost, (total, tuple(lines), missing, total, "USD"))


def _contracted(
    portions: tuple[tuple[str, Decimal], ...], prices: BookedPrices, model: str
) -> Cost | Unpriced:
    """The cost under a contract, line by line beside what the list says."""
    total, list_total = _ZERO, _ZERO
    lines: list[CostLine] = []
    missing: tuple[str, ...] = ()
    is_listed = True
    for meter, quantity in portions:
        pair = prices.get(meter)
        if pair is None:
            missing = (*missing, meter)
            continue
        found, vendors = pair
        unit_price, per, factors, factor, each, id_ = found
        amount = _rounded(quantity, found) if each is None else _multiply(quantity, each)
        total = _add(total, amount)
        if vendors is None:
            is_listed, at_list, list_id = False, None, ""
        else:
            at_list = amount if vendors is found else _amount(quantity, vendors)
            list_total, list_id = _add(list_total, at_list), vendors.rate_id
        booked = (model, meter, quantity, unit_price, per, factors, factor, amount, id_)
        values = (*booked, at_list, list_id)
        lines.append(_new(CostLine, values))
    if missing and not lines:
        return _no_rate(model, missing)
    return _new(Cost, (total, tuple(lines), missing, list_total if is_listed else None, "USD"))


def _no_rate(model: str, missing: tuple[str, ...]) -> Unpriced:
    return Unpriced(UnpricedReason.NO_RATE, f"{model} has no rate for {', '.join(missing)}")


def _amount(quantity: Decimal, found: Price) -> Decimal:
    return _rounded(quantity, found) if found.each is None else _multiply(quantity, found.each)


def _rounded(quantity: Decimal, found: Price) -> Decimal:
    product = EXACT.multiply(EXACT.multiply(quantity, found.unit_price), found.factor)
    return HALF_EVEN.quantize(HALF_EVEN.divide(product, Decimal(found.per)), LAST_PLACE)
