"""Rate tables by version: the one that priced a stored call, as far as it is still at hand.

The bundled one with `--rates`, or the one that a processor on this machine keeps in its spool.
"""

from __future__ import annotations

from spantally_pricing import RateTable

from spantally_processor.cli.spool_file import read_spool, spool_of

_KEPT = "select canonical from rate_tables where version = ?"


def table_of_version(version: str, at_hand: RateTable, ledger: str) -> RateTable | None:
    """The table of that version; None when nobody here has it."""
    for table in (at_hand, RateTable.bundled()):
        if table.version == version:
            return table
    spool = spool_of(ledger)
    row = None if spool is None else read_spool(spool, _KEPT, version)
    return RateTable(row[0]) if row is not None and isinstance(row[0], bytes) else None
