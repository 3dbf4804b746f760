"""Rows of a file into the ledger: a version of each of its periods, the latest of which holds.

One insert, so that all of a file is there or nothing. What a period was before stays in the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from spantally_processor.ledger.in_full import scaled
from spantally_processor.ledger.rows import MONEY_SCALE
from spantally_processor.sinks import native
from spantally_processor.sinks.coding import coded_texts
from spantally_processor.store.asking import ask

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from decimal import Decimal

    from spantally_processor.imports.csv_file import Imported
    from spantally_processor.store.engine import Engine
    from spantally_processor.store.writing import Writer

_EPOCH = date(1970, 1, 1)
_EVERYTHING = _EPOCH
"""Period of a file that replaces all that its source said before."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """What an import did."""

    rows: int
    """Written; 0 when the ledger had the file already."""
    periods: int
    """That the file has."""
    replaced: int
    """Of these, periods of which the ledger had other rows, which hold no longer."""


def write(
    engine: Engine, writer: Writer, imported: Imported, *, tenant: str, source: str
) -> Replaced:
    """Makes the file's rows those that hold for its periods.

    Raises TransientStoreError when the ledger cannot be asked or written to; it may be repeated.
    """
    kind = imported.kind
    asked = {"table": kind.table, "tenant": tenant, "source": source}
    latest: dict[date, str] = dict(cast("Any", ask(engine, "latest_imports", asked)))
    periods = {
        cast("date", row[kind.period]) if kind.period else _EVERYTHING for row in imported.rows
    }
    had = {period: latest[period] for period in periods if period in latest}
    if len(had) == len(periods) and set(had.values()) == {imported.digest}:
        return Replaced(0, len(periods), 0)
    now = datetime.now(UTC)
    columns = _columns(imported, tenant=tenant, source=source, now=now)
    block = native.block(columns, len(imported.rows))
    token = f"{kind.table}:{tenant}:{source}:{imported.digest}:{now.isoformat()}"
    writer.insert_native(kind.table, list(columns), block, token=token)
    replaced = sum(digest != imported.digest for digest in had.values())
    return Replaced(len(imported.rows), len(periods), replaced)


def _columns(
    imported: Imported, *, tenant: str, source: str, now: datetime
) -> dict[str, native.Column]:
    many = len(imported.rows)
    at = (now - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
    return {
        **{
            column.name: _ENCODED[column.type]([row[column.name] for row in imported.rows])
            for column in imported.kind.columns
        },
        "tenant": coded_texts([tenant] * many),
        "source": coded_texts([source] * many),
        "import_id": native.strings([imported.digest] * many),
        "imported_at": native.numbers("DateTime64(6, 'UTC')", [at] * many),
    }


def _days(value: date | None) -> int | None:
    return None if value is None else (value - _EPOCH).days


def _last_places(value: Decimal | None) -> int | None:
    return None if value is None else scaled("an amount", value, MONEY_SCALE)


_ENCODED: dict[str, Callable[[Sequence[Any]], native.Column]] = {
    "String": native.strings,
    "LowCardinality(String)": coded_texts,
    "UInt64": lambda values: native.numbers("UInt64", values),
    "Nullable(UInt64)": lambda values: native.nullable_numbers("UInt64", values),
    "Date": lambda values: native.numbers("Date", [(each - _EPOCH).days for each in values]),
    "Nullable(Date)": lambda values: native.nullable_numbers("Date", list(map(_days, values))),
    "Nullable(Decimal(38, 18))": lambda values: native.nullable_decimals(
        "Decimal(38, 18)", list(map(_last_places, values))
    ),
}
"""By type of the table's column."""
