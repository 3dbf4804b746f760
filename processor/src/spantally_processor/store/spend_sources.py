"""What spend is summed from: the calls, or for closed hours and days the roll-ups, which say the same sooner.

A roll-up serves where it has every key that is asked for, and its hours or days fit the calendar of the
question. The rest of the period is read from the calls: what is left at its edges, and the days that
the last roll-up may not have in full (`unrolled_days`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from spantally_processor.model import TAG_COLUMNS
from spantally_processor.periods import BEGINNING
from spantally_processor.store.dimensions import CALENDAR, MODEL

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from datetime import tzinfo

    from spantally_processor.periods import Period
    from spantally_processor.store.engine import Engine

_CALLS = """select
            {columns}
            start_time,
            if(pricing_status != 'not_billed', cost, null) as known,
            if(pricing_status != 'not_billed' and attributed, cost, null) as known_attributed,
            toUInt64(pricing_status != 'not_billed') as billed,
            toUInt64(pricing_status = 'not_billed') as refused,
            toUInt64(pricing_status = 'unpriced') as unpriced,
            toUInt64(pricing_status = 'partially_priced') as partial,
            toUInt64(pricing_status != 'not_billed' and usage_source = 'provider') as reported,
            ifNull(input_tokens, 0) as input,
            ifNull(output_tokens, 0) as output,
            tokens as all_tokens,
            priced_tokens as all_priced_tokens,
            start_time as first_began,
            start_time as last_began
        from llm_calls_between(from = {{from:DateTime64(6, 'UTC')}}, to = {{to:DateTime64(6, 'UTC')}})"""

_ROLLED = """select
            {columns}
            toDateTime64({unit}, 6, 'UTC') as start_time,
            cost as known,
            attributed_cost as known_attributed,
            calls as billed,
            not_billed_attempts as refused,
            unpriced_calls as unpriced,
            partially_priced_calls as partial,
            reported_calls as reported,
            input_tokens as input,
            output_tokens as output,
            tokens as all_tokens,
            priced_tokens as all_priced_tokens,
            first_call as first_began,
            last_call as last_began
        from {table}
        where start_time >= {{closed_from:DateTime64(6, 'UTC')}}
            and start_time < {{closed_to:DateTime64(6, 'UTC')}}
            and toDate({unit}) not in {{open:Array(Date)}}
        union all
        """

_REST = """
        where start_time < {{closed_from:DateTime64(6, 'UTC')}}
            or start_time >= {{closed_to:DateTime64(6, 'UTC')}}
            or toDate(start_time) in {{open:Array(Date)}}"""

_HOURLY = frozenset(
    {*TAG_COLUMNS, *MODEL, "service", "operation"} - {"customer", "user", "task", "outcome"}
)


class _Rollup(NamedTuple):
    """One of the tables of `rollup.py`."""

    table: str
    unit: str
    """Its column of time."""
    length: timedelta
    keys: frozenset[str]


_ROLLUPS = (
    _Rollup("spend_hourly", "hour", timedelta(hours=1), _HOURLY),
    _Rollup("spend_daily", "day", timedelta(days=1), _HOURLY | {"customer"}),
)


@dataclass(frozen=True, slots=True)
class Source:
    """SQL that has a row for each call, or for each cell of a roll-up, and what is bound to it."""

    sql: str
    parameters: dict[str, object]


def source(engine: Engine, period: Period, keys: AbstractSet[str]) -> Source:
    """Where the calls of a period are read from, so that every key that is asked for is there.

    Raises TransientStoreError when the ledger cannot be asked for the days that are not rolled up.
    """
    for rollup in _ROLLUPS:
        closed_from, closed_to = _within(period, rollup.length)
        if closed_from < closed_to and _serves(rollup, keys, period.zone):
            columns = "".join(f"{each}, " for each in sorted(keys - CALENDAR.keys()))
            form = _ROLLED + _CALLS + _REST
            sql = form.format(columns=columns, table=rollup.table, unit=rollup.unit)
            open_days = [day for (day,) in engine.rows("select day from unrolled_days")]
            closed: dict[str, object] = {
                "closed_from": closed_from,
                "closed_to": closed_to,
                "open": open_days,
            }
            return Source(sql, closed)
    return Source(_CALLS.format(columns="*,"), {})


def _serves(rollup: _Rollup, keys: AbstractSet[str], zone: tzinfo) -> bool:
    calendar = keys & CALENDAR.keys()
    fits = not calendar or zone is UTC or (rollup.unit == "hour" and _has_whole_hours(zone))
    return keys - calendar <= rollup.keys and fits and not (rollup.unit == "day" and "hour" in keys)


def _within(period: Period, length: timedelta) -> tuple[datetime, datetime]:
    """The whole hours or days of UTC that lie within a period."""
    start, end = period.start.astimezone(UTC), period.end.astimezone(UTC)
    late, over = (start - BEGINNING) % length, (end - BEGINNING) % length
    return start + (length - late if late else timedelta()), end - over


@cache
def _has_whole_hours(zone: tzinfo) -> bool:
    """Whether midnight of the zone is a full hour of UTC, summer and winter, as far as anybody knows."""
    for month in range(12 * 30):
        at = datetime(2015 + month // 12, month % 12 + 1, 1, tzinfo=zone)
        if (at.utcoffset() or timedelta()) % timedelta(hours=1):
            return False
    return True
