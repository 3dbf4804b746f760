"""Usage times rates, exactly.

Every portion of a usage meets exactly one price and becomes one line; a portion without a price is
named, never dropped. The whole prompt, cached and written tokens included, decides the tier, and the
tier then holds for the whole request. Where a contract holds it says what is booked, and the list price
stands beside it. Nothing is rounded (but see `CostLine`).
"""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal
from functools import reduce
from types import MappingProxyType
from typing import TYPE_CHECKING

from .context import with_known
from .cost import Cost, CostLine, Unpriced, UnpricedReason
from .rates import EXACT, HALF_EVEN, LAST_PLACE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from .rates import ModelRates, Price, Prices, Selection, Sheet
    from .usage import Usage

NO_CONTEXT: Mapping[str, str] = MappingProxyType({})
_ZERO = Decimal(0)


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
    listed = _prices(rates, usage.prompt, at, context)
    terms = rates.contract.at(at, context) if rates.contract is not None else None
    if terms is None:
        return listed if isinstance(listed, Unpriced) else _cost(portions, listed, rates.model)
    booked: Prices = {}
    for layer in terms:
        prices = _prices(layer, usage.prompt, at, context)
        if not isinstance(prices, Unpriced):
            booked |= prices
    if not booked and isinstance(listed, Unpriced):
        return listed
    return _contracted(
        portions, {} if isinstance(listed, Unpriced) else listed, booked, rates.model
    )


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


def _prices(
    rates: ModelRates, prompt: int | None, at: datetime, context: Mapping[str, str]
) -> Prices | Unpriced:
    """The price of each meter for a prompt of this size."""
    selection = rates.select(context)
    if isinstance(selection, Unpriced):
        return selection
    sheet = sheet_at(selection, at) if selection.windows else selection.sheet
    if not sheet.tiers:
        return sheet.prices
    if prompt is None:
        return Unpriced(UnpricedReason.NO_USAGE, "the rate depends on input_tokens, not reported")
    return _tier(sheet, prompt)


def _cost(portions: tuple[tuple[str, Decimal], ...], prices: Prices, model: str) -> Cost | Unpriced:
    """The cost at list price."""
    multiply, add = EXACT.multiply, EXACT.add
    total = _ZERO
    lines: list[CostLine] = []
    missing: tuple[str, ...] = ()
    for meter, quantity in portions:
        found = prices.get(meter)
        if found is None:
            missing = (*missing, meter)
            continue
        unit_price, per, factors, factor, each, id_ = found
        sum_ = multiply(quantity, each) if each is not None else _rounded(quantity, found)
        total = add(total, sum_)
        values = (model, meter, quantity, unit_price, per, factors, factor, sum_, id_, sum_, id_)
        # In half the time of CostLine(*values), whose generated constructor does just this.
        lines.append(tuple.__new__(CostLine, values))  # pyright: ignore[reportUnknownMemberType]
    if missing and not lines:
        return _no_rate(model, missing)
    return Cost(total, tuple(lines), missing, total)


def _contracted(
    portions: tuple[tuple[str, Decimal], ...], listed: Prices, booked: Prices, model: str
) -> Cost | Unpriced:
    """The cost under a contract, line by line beside what the list says."""
    lines: list[CostLine] = []
    missing: tuple[str, ...] = ()
    for meter, quantity in portions:
        found, vendors = booked.get(meter) or listed.get(meter), listed.get(meter)
        if found is None:
            missing = (*missing, meter)
            continue
        amount = _amount(quantity, found)
        at_list = None if vendors is None else _amount(quantity, vendors)
        list_id = "" if vendors is None else vendors.rate_id
        lines.append(
            CostLine(model, meter, quantity, *found[:4], amount, found.rate_id, at_list, list_id)
        )
    if missing and not lines:
        return _no_rate(model, missing)
    listed_amounts = [line.list_amount for line in lines if line.list_amount is not None]
    return Cost(
        sum_of(line.amount for line in lines),
        tuple(lines),
        missing,
        sum_of(listed_amounts) if len(listed_amounts) == len(lines) else None,
    )


def _no_rate(model: str, missing: tuple[str, ...]) -> Unpriced:
    return Unpriced(UnpricedReason.NO_RATE, f"{model} has no rate for {', '.join(missing)}")


def _amount(quantity: Decimal, found: Price) -> Decimal:
    return _rounded(quantity, found) if found.each is None else EXACT.multiply(quantity, found.each)


def _tier(sheet: Sheet, prompt: int) -> Prices:
    chosen = sheet.prices
    for at_least, prices in sheet.tiers:
        if prompt < at_least:
            break
        chosen = prices
    return chosen


def sheet_at(selection: Selection, at: datetime) -> Sheet:
    """The sheet of the window that is open at `at`, or the ordinary one."""
    moment = at.astimezone(UTC)
    minute = moment.hour * 60 + moment.minute
    for window in selection.windows:
        if (
            moment.weekday() in window.days
            and any(start <= minute < end for start, end in window.minutes)
            and moment.date() not in window.closed
        ):
            return window.sheet
    return selection.sheet


def _rounded(quantity: Decimal, found: Price) -> Decimal:
    product = EXACT.multiply(EXACT.multiply(quantity, found.unit_price), found.factor)
    return HALF_EVEN.quantize(HALF_EVEN.divide(product, Decimal(found.per)), LAST_PLACE)
