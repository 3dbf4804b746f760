"""A plan: how such a call's amounts follow from its counts, for one call or for many at once."""

from __future__ import annotations

from itertools import repeat
from operator import mul
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from spantally_processor.ledger.rows import QUANTITY_SCALE, Lines, made

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from spantally_processor.ledger.rows import LineHead
    from spantally_processor.model import PricedSpan

_QUANTITY = 10**QUANTITY_SCALE
_NO_LINES = Lines((), (), (), ())


class Charge(NamedTuple):
    """What a call costs, in whole 10**-18 USD."""

    like: PricedSpan
    """The span that says how such calls are priced."""
    cost: int | None
    list_cost: int | None
    lines: Lines


class Charges(NamedTuple):
    """Those of many calls, column by column."""

    likes: Sequence[PricedSpan]
    costs: Sequence[int | None]
    list_costs: Sequence[int | None]
    lines: Sequence[Lines]


class Plan(NamedTuple):
    """What is the same in all calls of one kind."""

    like: PricedSpan
    places: tuple[int, ...]
    """Which portions the lines are for."""
    heads: tuple[LineHead, ...]
    each: tuple[int, ...]
    """10**-18 USD for one of each line's meter."""
    list_each: tuple[int | None, ...] | None
    """The same at list price; None where they are equal."""

    def charge(self, portions: Sequence[int]) -> Charge:
        """Returns what a call with these portions of usage costs."""
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

    def charges(self, portions: NDArray[np.int64]) -> Charges:
        """Returns the same for many calls, given by portion and call."""
        used = portions[list(self.places)]
        rows = used.shape[1]
        if self.like.amount is None or not self.places or self._is_too_large(used):
            like, *others = zip(*map(self.charge, portions.T.tolist()), strict=True)
            return Charges(like, *others)
        amounts, total = _products(used, self.each)
        quantities = zip(*(used * _QUANTITY).tolist(), strict=True)
        listed, list_total = amounts, total
        if self.list_each is not None:
            listed, list_total = _products(used, self.list_each)
        lines = made(Lines, zip(repeat(self.heads, rows), quantities, amounts, listed, strict=True))
        return Charges([self.like] * rows, total, list_total, lines)

    def _is_too_large(self, used: NDArray[np.int64]) -> bool:
        """Whether a sum of amounts may not fit into 64 bits."""
        dearest = max(_QUANTITY, *self.each, *(each or 0 for each in self.list_each or ()))
        return int(used.max()) * dearest * len(self.places) >= 1 << 63


def _products(
    used: NDArray[np.int64], each: Sequence[int | None]
) -> tuple[list[tuple[int | None, ...]], Sequence[int | None]]:
    """Returns by call its amounts and their sum; None where one of them has no price."""
    rows = used.shape[1]
    priced = [
        repeat(None, rows) if price is None else (count * price).tolist()
        for count, price in zip(used, each, strict=True)
    ]
    if None in each:
        return list(zip(*priced, strict=True)), [None] * rows
    return list(zip(*priced, strict=True)), (np.array(each) @ used).tolist()
