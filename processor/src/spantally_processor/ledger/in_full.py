"""A priced span as a row: the lane that any span can take.

Money becomes a whole number of the column's last decimal place. A digit that the column cannot hold is
refused, since cutting it off would change an amount.
"""

from __future__ import annotations

from decimal import Context, Decimal, InvalidOperation
from typing import TYPE_CHECKING

from spantally_processor.errors import PermanentSinkError
from spantally_processor.ledger.rows import (
    MONEY_SCALE,
    PRICE_SCALE,
    QUANTITY_SCALE,
    CallRow,
    LineHead,
    Lines,
)
from spantally_processor.ledger.tag_sets import tag_set

if TYPE_CHECKING:
    from spantally_pricing import CostLine

    from spantally_processor.model import PricedSpan

_REMEMBERED = 1 << 13
"""Line heads that are held once; a rate table in use has some hundred."""

_LIMIT = 10**38
"""Every decimal column has 38 digits."""

_EXACT = Context(prec=1000, traps=[InvalidOperation])


class RowMaker:
    """Makes rows, equal line heads only once. For one thread."""

    def __init__(self) -> None:
        self._heads: dict[LineHead, LineHead] = {}

    def row(self, priced: PricedSpan) -> CallRow:
        """Returns the row; raises PermanentSinkError when an amount does not fit its column."""
        span, lines = priced.span, priced.lines
        return CallRow(
            priced,
            tag_set(span.tags),
            span.response_id,
            span.time_to_first_chunk_s,
            () if span.usage is None else tuple(span.usage.values()),
            _money("cost", priced.amount),
            _money("list_cost", priced.list_amount),
            Lines(
                tuple([self._head(line) for line in lines]),
                tuple([scaled("lines.quantity", line.quantity, QUANTITY_SCALE) for line in lines]),
                tuple([scaled("lines.amount", line.amount, MONEY_SCALE) for line in lines]),
                tuple([_money("lines.list_amount", line.list_amount) for line in lines]),
            ),
        )

    def _head(self, line: CostLine) -> LineHead:
        head = LineHead(
            line.model,
            line.meter,
            scaled("lines.unit_price", line.unit_price, PRICE_SCALE),
            line.per,
            scaled("lines.factor", line.factor, PRICE_SCALE),
            line.rate_id,
            line.list_rate_id,
        )
        if len(self._heads) >= _REMEMBERED:
            self._heads.clear()
        return self._heads.setdefault(head, head)


def _money(column: str, amount: Decimal | None) -> int | None:
    return None if amount is None else scaled(column, amount, MONEY_SCALE)


def scaled(column: str, amount: Decimal, scale: int) -> int:
    """Returns the amount in its column's last decimal place.

    Raises PermanentSinkError when it has digits below that or too many above.
    """
    shifted = _EXACT.scaleb(amount, scale)
    if not shifted.is_finite():
        raise PermanentSinkError(f"{column} is {amount}, which is not an amount")
    number = int(shifted)
    if number != shifted:
        raise PermanentSinkError(
            f"{column} is {amount}, which has more than {scale} decimals and would be cut"
        )
    if not -_LIMIT < number < _LIMIT:
        raise PermanentSinkError(f"{column} is {amount}; the column has room for 38 digits")
    return number
