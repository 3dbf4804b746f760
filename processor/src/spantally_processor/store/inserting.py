"""Column lists into a table, once, every digit kept.

An insert carries a deduplication token and waits until it is on disk: clickhouse-connect resends a
block by itself when the connection drops after the commit, and the caller resends after a crash.
Money must arrive as it was priced, so a digit that the column cannot hold is refused; the driver
would cut it off silently.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from spantally_processor.store.errors import PermanentStoreError, TransientStoreError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spantally_processor.store.engine import Engine

_COLUMNS = """
select name, type
from system.columns
where database = currentDatabase() and table = {table:String}
"""

_SCALE = re.compile(r"^(?:Nullable\()?Decimal\(\d+, (\d+)\)")

_DURABLE_ONCE = {
    "async_insert": 0,
    "insert_deduplicate": 1,
    "deduplicate_blocks_in_dependent_materialized_views": 1,
    "distributed_foreground_insert": 1,
    "optimize_on_insert": 0,
}
"""Pinned on every insert, since their defaults have changed between ClickHouse versions.

`optimize_on_insert` would merge equal keys within a block, which a block does not have, and is three
quarters of the time of an insert (measured: 17 us a row with it, 4 without).
"""


class Inserter:
    """Inserts into the tables of one connection's database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._types: dict[str, dict[str, str]] = {}

    def insert(self, table: str, columns: Mapping[str, Sequence[object]], *, token: str) -> None:
        """Append rows; the same token again within the table's window appends nothing.

        Args:
            table: Name of a table of the ledger.
            columns: Column name to its values, all of one length; others take their defaults.
            token: Names this block of rows; the same token must always come with the same rows.

        Raises:
            TransientStoreError: The same call may succeed later.
            PermanentStoreError: The rows do not fit the table.
        """
        if not any(len(values) for values in columns.values()):
            return
        types = self._types_of(table)
        _check(table, columns, types)
        self._engine.insert(
            table,
            columns,
            types=[types[name] for name in columns],
            settings={**_DURABLE_ONCE, "insert_deduplication_token": token},
        )

    def insert_native(self, table: str, names: Sequence[str], block: bytes, *, token: str) -> None:
        """Append the rows of a block in the Native format; see `insert`.

        Args:
            table: Name of a table of the ledger.
            names: The block's columns.
            block: The rows, their amounts in the table's own decimal places.
            token: Names this block of rows; the same token must always come with the same rows.

        Raises:
            TransientStoreError: The same call may succeed later.
            PermanentStoreError: The rows do not fit the table.
        """
        self._types_of(table)
        settings = {**_DURABLE_ONCE, "insert_deduplication_token": token}
        self._engine.insert_native(table, names, block, settings=settings)

    def _types_of(self, table: str) -> dict[str, str]:
        if table not in self._types:
            types = {name: type_ for name, type_ in self._engine.rows(_COLUMNS, {"table": table})}
            if not types:
                raise TransientStoreError(f"the ledger has no table {table!r}: run migrate() first")
            self._types[table] = types
        return self._types[table]


def _check(table: str, columns: Mapping[str, Sequence[object]], types: Mapping[str, str]) -> None:
    if unknown := [name for name in columns if name not in types]:
        raise PermanentStoreError(f"table {table} has no column {', '.join(unknown)}")
    if len({len(values) for values in columns.values()}) > 1:
        lengths = ", ".join(f"{name} {len(values)}" for name, values in columns.items())
        raise PermanentStoreError(f"the columns for {table} differ in length: {lengths}")
    for name, values in columns.items():
        if scale := _SCALE.match(types[name]):
            _check_digits(f"{table}.{name}", values, int(scale[1]))


def _check_digits(column: str, values: Sequence[object], scale: int) -> None:
    for row, value in enumerate(values):
        if not isinstance(value, Decimal):
            continue
        _, digits, exponent = value.as_tuple()
        if not isinstance(exponent, int):
            raise PermanentStoreError(f"{column}, row {row}: {value} is not an amount")
        excess = -exponent - scale
        if excess > 0 and any(digits[-excess:]):
            raise PermanentStoreError(
                f"{column}, row {row}: {value} has more than {scale} decimals and would be cut"
            )
