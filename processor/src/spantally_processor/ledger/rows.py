"""Rows of the ledger, what repeats in them held once.

A row is like an earlier priced span in everything but its ids, times, counts, amounts and tags; many rows
share that span, their tags and the heads of their cost lines, which are compared by identity and written
as dictionaries. Money is in whole 10**-18 USD and a line's quantity in whole 10**-9, as the ledger's
decimal columns hold them.
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from spantally_processor.ledger.tag_sets import TagSet
    from spantally_processor.model import PricedSpan

MONEY_SCALE = 18
QUANTITY_SCALE = 9
PRICE_SCALE = 12
"""Decimal places of the columns `cost`, `lines.quantity` and `lines.unit_price` (store/schema)."""


R = TypeVar("R", bound="tuple[object, ...]")


def made(kind: type[R], values: Iterable[Sequence[object]]) -> list[R]:
    """Returns named tuples of these values, in half the time of `kind(*each)`, which would count them."""
    return list(map(tuple.__new__, repeat(kind), values))  # pyright: ignore


class LineHead(NamedTuple):
    """A cost line without its quantity and amounts; unit price and factor in whole 10**-12."""

    model: str
    meter: str
    unit_price: int
    per: int
    factor: int
    rate_id: str
    list_rate_id: str


class Lines(NamedTuple):
    """The cost lines of a call, column by column."""

    heads: tuple[LineHead, ...]
    quantities: tuple[int, ...]
    amounts: tuple[int, ...]
    list_amounts: tuple[int | None, ...]


class CallRow(NamedTuple):
    """What an LLM span has beside its place in the trace."""

    like: PricedSpan
    """Says everything that is not here; also which meters the counts are of."""
    tags: TagSet
    response_id: str
    time_to_first_chunk_s: float | None
    counts: tuple[int, ...]
    cost: int | None
    list_cost: int | None
    lines: Lines


class SpanRow(NamedTuple):
    """Any span: its step in the trace, and its call when it is an LLM span."""

    trace_id: bytes
    span_id: bytes
    parent_span_id: bytes
    start_ns: int
    end_ns: int
    name: str
    service: str
    service_version: str
    is_error: bool
    tag_keys: tuple[str, ...]
    """Names of the attribution tags that the span carries."""
    thread: str
    """Name of the thread that a span without a parent began in; empty when it was not said."""
    call: CallRow | None
