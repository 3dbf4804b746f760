"""How long the rows of a table are kept: its TTL, changed only where it is not what is asked for.

A part is dropped when all of its rows are too old, which costs nothing; as parts are made by month, a
row may stay a month longer than asked. Rows of tables that are not named here are kept for ever.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally_processor.ledger_options import LedgerOptions

_TTL = re.compile(r" TTL (.+?)(?= SETTINGS |$)")


def kept_days(options: LedgerOptions) -> Mapping[str, int]:
    """Table to the days for which its rows are kept after their start_time; 0 for ever."""
    return {"llm_spans": options.calls_days, "trace_steps": options.steps_days}


def changes(table: str, days: int, definition: str) -> list[str]:
    """The statements that make a table keep its rows so long.

    Args:
        table: The table that has the rows.
        days: How long; 0 for ever.
        definition: `engine_full` of system.tables; empty while there is no such table.
    """
    found = _TTL.search(definition)
    now, wanted = found[1] if found else "", _expression(days)
    if now == wanted:
        return []
    if not wanted:
        return [f"alter table {table} remove ttl"]
    return [
        f"alter table {table} modify setting ttl_only_drop_parts = 1",
        f"alter table {table} modify ttl {wanted}",
    ]


def _expression(days: int) -> str:
    """As ClickHouse itself writes it. A toDateTime() in it would end in 2106, and wrap later times round."""
    return f"start_time + toIntervalDay({days})" if days else ""
