"""The prices that decide a span's cost, to be told from others by identity, and as whole numbers.

The same steps as in the pricing engine, which multiplies at their end. Were they to differ from it, a
plan's first span would not come to the engine's amounts, and there would be no plan.
"""

from __future__ import annotations

from decimal import Context, Inexact, InvalidOperation
from typing import TYPE_CHECKING, TypeAlias

from spantally_pricing import Unpriced, UnpricedReason
from spantally_pricing.context import with_known
from spantally_pricing.sheets import Price, sheet_at, tier_of

from spantally_processor.ledger.rows import MONEY_SCALE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from spantally_pricing.contract import BookedPrices, BookedSheet
    from spantally_pricing.rates import ModelRates
    from spantally_pricing.sheets import Prices, Sheet

InForce: TypeAlias = "Prices | BookedPrices | UnpricedReason"

_LARGEST_EACH = 10**24
"""A million USD for one; times the largest count that is read, it still fits the columns."""

_EXACT = Context(prec=100, traps=[Inexact, InvalidOperation])


def sheet_in_force(
    rates: ModelRates, at: datetime, context: Mapping[str, str]
) -> Sheet | BookedSheet | UnpricedReason:
    """Returns the prices at a time for prompts of every size, or why there are none."""
    if rates.known is not None:
        context = with_known(rates.known, context)
    terms = None if rates.contract is None else rates.contract.at(at, context)
    if isinstance(terms, Unpriced):
        return terms.reason
    if terms is not None:
        return terms.sheet if terms.sheet is not None else terms.sheet_at(at)
    selection = rates.select(context)
    if isinstance(selection, Unpriced):
        return selection.reason
    return sheet_at(selection, at) if selection.windows else selection.sheet


def prices_of(sheet: Sheet | BookedSheet, prompt: int | None) -> InForce:
    """Returns the prices for a prompt of this size, or why there are none."""
    if not sheet.tiers:
        return sheet.prices
    return UnpricedReason.NO_USAGE if prompt is None else tier_of(sheet, prompt)


def each_of(prices: Prices | BookedPrices, meter: str) -> tuple[int, int | None] | None:
    """Returns what one of a meter costs, booked and at list (None: not listed), in 10**-18 USD.

    None when that is not a whole number, or the meter has no price.
    """
    found = prices.get(meter)
    if found is None:
        return None
    booked, listed = (found, found) if isinstance(found, Price) else found
    each = _whole(booked)
    if each is None:
        return None
    if listed is None:
        return each, None
    list_each = _whole(listed)
    return None if list_each is None else (each, list_each)


def _whole(price: Price) -> int | None:
    if price.each is None:
        return None
    each = int(_EXACT.scaleb(price.each, MONEY_SCALE))
    return each if each < _LARGEST_EACH else None
