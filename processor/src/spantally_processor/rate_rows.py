"""A rate table's prices into the ledger's table `llm_rates`, in one insert: all of them or none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from spantally_pricing import RateTable
from spantally_pricing.rate_rows import rate_rows

from spantally_processor.ledger.in_full import scaled
from spantally_processor.sinks import native
from spantally_processor.sinks.coding import coded_texts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from spantally_pricing.rate_rows import RateRow

    from spantally_processor.store import Store

_TIME = "DateTime64(6, 'UTC')"
_SCALE = 24
"""Decimal places of a price and a factor in the table."""
_TEXTS = ("layer", "provider", "model", "meter", "unit", "windows", "source", "checked")


class Block(NamedTuple):
    """Rows of `llm_rates` in the Native format."""

    columns: list[str]
    rows: bytes


def load(store: Store, version: str, block: Block) -> None:
    """Writes the prices of the table of a version.

    Raises TransientStoreError when the ledger cannot be written to; to repeat it changes nothing.
    """
    store.insert_native("llm_rates", *block, token=f"llm_rates:{version}")


def block_of(table: RateTable) -> Block:
    """Returns the prices; about 70,000 rows, 3 s of CPU."""
    rows = list(rate_rows(table))
    columns = _columns(table, rows)
    return Block(list(columns), native.block(columns, len(rows)))


def block_of_canonical(canonical: bytes) -> Block:
    """Returns the same, of the table with this canonical form."""
    return block_of(RateTable(canonical))


def _columns(table: RateTable, rows: Sequence[RateRow]) -> dict[str, native.Column]:
    many = len(rows)
    names = {
        (document["provider"], model["id"]): model["ids"]
        for document in table.documents()
        for model in document["models"]
    }
    called = [names[row.provider, row.model] for row in rows]
    contexts = [row.context for row in rows]
    prices = {
        name: _decimals(name, [getattr(row, name) for row in rows])
        for name in ("unit_price", "factor")
    }
    ends = [None if row.valid_to is None else _microseconds(row.valid_to) for row in rows]
    return {
        "table_version": coded_texts([table.version] * many),
        "rate_id": native.strings([row.rate_id for row in rows]),
        **{name: coded_texts([getattr(row, name) for row in rows]) for name in _TEXTS},
        "model_names": native.arrays(map(len, called), coded_texts(chain.from_iterable(called))),
        **prices,
        "per": native.numbers("UInt32", [row.per for row in rows]),
        "factors": native.arrays(
            [len(row.factors) for row in rows],
            coded_texts(chain.from_iterable(row.factors for row in rows)),
        ),
        "currency": coded_texts(["USD"] * many),
        "context": native.maps(
            map(len, contexts),
            coded_texts(chain.from_iterable(contexts)),
            coded_texts(chain.from_iterable(context.values() for context in contexts)),
        ),
        "at_least": native.numbers("UInt64", [row.at_least for row in rows]),
        "valid_from": native.numbers(_TIME, [_microseconds(row.valid_from) for row in rows]),
        "valid_to": native.nullable_numbers(_TIME, ends),
        "booked_at": native.numbers(_TIME, [_microseconds(datetime.now(UTC))] * many),
    }


def _decimals(name: str, values: Sequence[Decimal]) -> native.Column:
    whole = {value: scaled(name, value, _SCALE) for value in set(values)}
    return native.decimals(f"Decimal(38, {_SCALE})", [whole[value] for value in values])


def _microseconds(at: datetime) -> int:
    return (at - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
