"""The spool beside an embedded ledger, read without disturbing the processor that writes it.

It is found only in the data folder of both; where the ledger is a server, or elsewhere, nothing is known
of the spool.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from spantally_processor.store.errors import StoreError
from spantally_processor.store.location import EmbeddedLocation, parse_store_url

if TYPE_CHECKING:
    from pathlib import Path

SPOOL_FILE = "spool.sqlite"

_WAITING = (
    "select coalesce(sum(spans), 0) from cursors join records on records.seq > cursors.seq"
    " where destination = 'ledger'"
)


def spool_of(ledger: str) -> Path | None:
    """The spool of the ledger at a store URL; None when there is none beside it."""
    try:
        location = parse_store_url(ledger)
    except StoreError:
        return None
    if not isinstance(location, EmbeddedLocation):
        return None
    spool = location.path.parent / SPOOL_FILE
    return spool if spool.is_file() else None


def read_spool(spool: Path, query: str, *parameters: str) -> tuple[object, ...] | None:
    """The first row of a query; None when there is none, or the spool cannot be read now."""
    try:
        with closing(sqlite3.connect(f"{spool.as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute(query, parameters).fetchone()
    except sqlite3.Error:  # being written, or of another version
        return None


def spans_waiting(ledger: str) -> int | None:
    """Spans that were accepted and are not in the ledger yet; None when that is not known."""
    spool = spool_of(ledger)
    row = None if spool is None else read_spool(spool, _WAITING)
    return None if row is None else int(str(row[0]))
