"""Roll-ups by hour, day and run: made anew from the calls that count, whenever something of a day changed.

They are a cache. A batch that comes again, a late span and a changed verdict cannot double anything in them,
since a day's partition is replaced as a whole; to roll up twice gives the same rows. What changed is known by
when rows were stored, so that any processor may do it, and do it at the same time as another.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from string import Template
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from spantally_processor.store.asking import ask, query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spantally_processor.store.engine import Engine


class _Rollup(NamedTuple):
    """A table and what fills it."""

    table: str
    filling: str
    """The name of a query."""
    bucket: str
    """The columns that the query leaves open."""
    days_at_once: int
    """How many days are made at once, which bounds the memory."""


ROLLUPS = (
    _Rollup("spend_hourly", "rollup_spend", "toStartOfHour(start_time) as hour", 31),
    _Rollup("spend_daily", "rollup_spend", "toDate(start_time) as day, customer", 31),
    _Rollup("trace_daily", "rollup_traces", "", 7),
)
"""ClickHouse takes no parameter for the table of an ALTER, so that there is no statement in a file for it."""

_PARTITIONS = """
select distinct partition_id from system.parts
where database = currentDatabase() and table = {table:String} and active
"""


def roll_up(engine: Engine, *, unless_within_s: int = 0) -> list[date]:
    """Brings the roll-ups up to date; returns the days that were made anew.

    Nothing is done if the last one began less than `unless_within_s` seconds ago.
    Raises TransientStoreError when the ledger cannot be asked; it may be repeated.
    """
    ((last, now),) = ask(engine, "rollup_last", {})
    if (now - last).total_seconds() < unless_within_s:
        return []
    days: list[date] = [row[0] for row in ask(engine, "rollup_days", {})]
    for table, name, bucket, at_once in ROLLUPS:
        filling = Template(query(name)).substitute(bucket=bucket)
        for start in range(0, len(days), at_once):
            _replace(engine, table, filling, days[start : start + at_once])
    engine.command(query("rollup_done"), {"began": now, "days": days})
    return days


def _replace(engine: Engine, table: str, filling: str, days: Sequence[date]) -> None:
    """Makes the days of a table anew beside it, and puts each into place at once."""
    staged = f"{table}_{uuid4().hex}"
    engine.command(f"create table {staged} as {table}")
    try:
        since = datetime.combine(min(days), time(), UTC)
        until = datetime.combine(max(days), time(), UTC) + timedelta(days=1)
        period = {"from": since, "to": until}
        engine.command(filling, {"table": staged, "days": list(days), **period})
        filled = {row[0] for row in engine.rows(_PARTITIONS, {"table": staged})}
        for day in days:
            # A day without calls any more has nothing to be put into its place.
            partition = f"partition id '{day:%Y%m%d}'"
            if f"{day:%Y%m%d}" in filled:
                engine.command(f"alter table {table} replace {partition} from {staged}")
            else:
                engine.command(f"alter table {table} drop {partition}")
    finally:
        engine.command(f"drop table if exists {staged}")
