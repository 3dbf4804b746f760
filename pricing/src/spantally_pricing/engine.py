"""Usage times rates, exactly.

Every portion of a usage meets exactly one price and becomes one line; a portion without a price is
named, never dropped. The whole prompt, cached and written tokens included, decides the tier, and the
tier then holds for the whole request. Nothing is rounded (but see `CostLine`).
"""

from __future__ import annotations

from datetime import UTC
from decimal import ROUND_HALF_EVEN, Context, Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING

from .cost import Cost, CostLine, Unpriced, UnpricedReason
from .rates import EXACT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from .rates import ModelRates, Price, Prices, Selection, Sheet
    from .usage import Usage

NO_CONTEXT: Mapping[str, str] = MappingProxyType({})
_ZERO = Decimal(0)
_LAST_PLACE = Decimal("1e-18")
_HALF_EVEN = Context(prec=100, rounding=ROUND_HALF_EVEN)


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
    selection = rates.select(context)
    if isinstance(selection, Unpriced):
        return selection
    sheet = sheet_at(selection, at) if selection.windows else selection.sheet
    prices = sheet.prices
    if sheet.tiers:
        if usage.prompt is None:
            return Unpriced(
                UnpricedReason.NO_USAGE, "the rate depends on input_tokens, not reported"
            )
        prices = _tier(sheet, usage.prompt)
    return _cost(portions, prices, rates.model)


def _cost(portions: tuple[tuple[str, Decimal], ...], prices: Prices, model: str) -> Cost | Unpriced:
    multiply, add = EXACT.multiply, EXACT.add
    total = _ZERO
    lines: list[CostLine] = []
    missing: tuple[str, ...] = ()
    for meter, quantity in portions:
        found = prices.get(meter)
        if found is None:
            missing = (*missing, meter)
            continue
        unit_price, per, factors, factor, each, rate_id = found
        amount = multiply(quantity, each) if each is not None else _rounded(quantity, found)
        total = add(total, amount)
        values = (model, meter, quantity, unit_price, per, factors, factor, amount, rate_id)
        # In half the time of CostLine(*values), whose generated constructor does just this.
        lines.append(tuple.__new__(CostLine, values))  # pyright: ignore[reportUnknownMemberType]
    if missing and not lines:
        return Unpriced(UnpricedReason.NO_RATE, f"{model} has no rate for {', '.join(missing)}")
    return Cost(total, tuple(lines), missing)


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
    return _HALF_EVEN.quantize(_HALF_EVEN.divide(product, Decimal(found.per)), _LAST_PLACE)
