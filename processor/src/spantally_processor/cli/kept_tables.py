"""Rate tables by version: the one that priced a stored call, as far as it is still at hand.

The bundled one with `--rates`, or the one that a processor on this machine keeps in its spool.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from spantally_pricing import RateTable

SPOOL_FILE = "spool.sqlite"


def table_of_version(version: str, at_hand: RateTable, ledger: str) -> RateTable | None:
    """The table of that version; None when nobody here has it."""
    for table in (at_hand, RateTable.bundled()):
        if table.version == version:
            return table
    url = urlsplit(ledger)
    spool = Path(url.path).parent / SPOOL_FILE
    if url.scheme != "chdb" or not spool.is_file():
        return None
    canonical = _kept(spool, version)
    return None if canonical is None else RateTable(canonical)


def _kept(spool: Path, version: str) -> bytes | None:
    try:
        with closing(sqlite3.connect(f"{spool.as_uri()}?mode=ro", uri=True)) as connection:
            row = connection.execute(
                "select canonical from rate_tables where version = ?", (version,)
            ).fetchone()
    except sqlite3.Error:  # being written, or of another version: then it is not at hand
        return None
    return None if row is None else bytes(row[0])
