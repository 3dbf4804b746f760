"""Compiled prices, and what picks among them for one call: the hour and the size of the prompt.

The arithmetic of money cannot round: its context traps the attempt.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact, InvalidOperation
from typing import NamedTuple, Protocol, TypeVar

P_co = TypeVar("P_co", covariant=True)

EXACT = Context(prec=1000, traps=[Inexact, InvalidOperation])
"""Sums and products of money are far below 1,000 digits; one that were not would raise."""

LAST_PLACE = Decimal("1e-18")
"""The smallest amount that a ledger keeps; no published rate comes near it, a chain of factors may."""
HALF_EVEN = Context(prec=100, rounding=ROUND_HALF_EVEN)


class Price(NamedTuple):
    """What one meter costs under one card and its factors."""

    unit_price: Decimal
    per: int
    factors: tuple[tuple[str, Decimal], ...]
    factor: Decimal
    each: Decimal | None
    """USD for one of the meter; None when that has more than 18 decimals."""
    rate_id: str


Prices = dict[str, Price]
"""By meter name."""


class Sheet(NamedTuple):
    """The prices of a card and of its tiers, by ascending prompt size."""

    prices: Prices
    tiers: tuple[tuple[int, Prices], ...]


class Window(NamedTuple):
    """Weekdays and minutes of the UTC day in which another sheet holds."""

    days: frozenset[int]
    minutes: tuple[tuple[int, int], ...]
    closed: frozenset[date]
    sheet: Sheet


class Selection(NamedTuple):
    """What holds in one context."""

    sheet: Sheet
    windows: tuple[Window, ...]


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


class _Tiered(Protocol[P_co]):
    """A sheet, whatever it has by meter."""

    @property
    def prices(self) -> P_co: ...
    @property
    def tiers(self) -> tuple[tuple[int, P_co], ...]: ...


def tier_of(sheet: _Tiered[P_co], prompt: int) -> P_co:
    """What holds for a prompt of this size."""
    chosen = sheet.prices
    for at_least, prices in sheet.tiers:
        if prompt < at_least:
            break
        chosen = prices
    return chosen
