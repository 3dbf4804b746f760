"""What the page says of a period, as JSON: each amount exact and as a person reads it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from spantally_processor.periods import HOUR, stretches
from spantally_processor.reporting.as_json import coverage
from spantally_processor.reporting.lines import lines_of, model_name, shortened, title_of
from spantally_processor.reporting.numbers import Precision, exact, percent, share_of, spent
from spantally_processor.store import doubts, traces
from spantally_processor.store.dimensions import TOTAL, Cut
from spantally_processor.store.spend import spend, total_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spantally_processor.periods import Period
    from spantally_processor.reporting.lines import Line
    from spantally_processor.store.doubts import Sum
    from spantally_processor.store.engine import Engine
    from spantally_processor.store.spend import Spend
    from spantally_processor.store.traces import TraceCost

Json = dict[str, object]

HOURLY_UP_TO = timedelta(days=3)
"""A period of so much is shown by the hour, a longer one by the day."""

MAX_LINES = 10
MAX_UNPRICED = 10
MAX_TRACES = 10


def overview(engine: Engine, period: Period, cuts: Sequence[Cut]) -> Json:
    """Totals, the cuts, the trend, what has no price, and the costliest traces of a bounded period."""
    unit = "hour" if period.end - period.start <= HOURLY_UP_TO else "day"
    rows = spend(engine, period, [TOTAL, *cuts, (unit,)])
    by = {cut: [row for row in rows if row.cut == cut] for cut in (*cuts, (unit,))}
    total = total_of(rows)
    unpriced = doubts.unpriced_calls(engine, period)
    by_subscription = doubts.subscription_calls(engine, period)
    return {
        "from": period.start.isoformat(),
        "to": period.end.isoformat(),
        "currency": "USD",
        "total": total and _total(total, doubts.unattributed_spend(engine, period)),
        "by": {title_of(cut): _cut(cut, by[cut]) for cut in cuts},
        "trend": {"unit": unit, "points": _trend(period, unit, by[unit,])},
        "unpriced": [
            {
                "model": model_name(row.provider, row.request_model, row.response_model),
                "status": row.status,
                "reason": row.reason,
                "calls": row.calls,
                "tokens": row.unpriced_tokens,
            }
            for row in unpriced[:MAX_UNPRICED]
        ],
        "unpriced_more": max(0, len(unpriced) - MAX_UNPRICED),
        "subscription": {
            "calls": sum(row.calls for row in by_subscription),
            "tokens": sum(row.tokens for row in by_subscription),
        },
        "traces": _traces(traces.costliest_traces(engine, period, MAX_TRACES)),
    }


def amount(cost: Decimal | None, *, lower_bound: bool = False) -> dict[str, str | None]:
    """What calls cost, for programs and for people; unknown is null and "unknown"."""
    return {"exact": exact(cost), "text": spent(cost, lower_bound=lower_bound)}


def _total(total: Spend, nobodys: Sum) -> Json:
    # As the tables below show it: rounded down where the total is a lower bound.
    precision = Precision.of((total.cost,), is_lower_bound=total.is_lower_bound)
    unattributed = precision.money(nobodys.cost, lower_bound=nobodys.is_lower_bound)
    return {
        "cost": amount(total.cost, lower_bound=total.is_lower_bound),
        "is_lower_bound": total.is_lower_bound,
        "calls": total.calls,
        "tokens": total.tokens,
        "unpriced_calls": total.unpriced,
        "partially_priced_calls": total.partially_priced,
        "not_billed_attempts": total.not_billed,
        "unattributed": {
            "cost": {"exact": exact(nobodys.cost), "text": unattributed},
            "share_percent": share_of(nobodys.cost or Decimal(0), total.cost or Decimal(0)),
            "calls": nobodys.calls,
        },
        "unpriced_tokens": total.tokens - total.priced_tokens,
        "tokens_priced_percent": percent(total.priced_tokens, total.tokens),
        "usage_reported_percent": percent(total.reported, total.calls),
        **coverage(total),
    }


def _cut(cut: Cut, rows: Sequence[Spend]) -> Json:
    lines = lines_of(cut, rows)
    bound = any(line.is_lower_bound for line in lines)
    precision = Precision.of((line.cost for line in lines), is_lower_bound=bound)
    shown = shortened(lines, MAX_LINES)
    known = {line.names for line in lines}
    return {"lines": [_line(line, precision, is_one=line.names in known) for line in shown]}


def _line(line: Line, precision: Precision, *, is_one: bool) -> Json:
    text = precision.money(line.cost, lower_bound=line.is_lower_bound)
    return {
        "name": line.name,
        "kind": "unattributed" if line.is_unattributed else "value" if is_one else "rest",
        "cost": {"exact": exact(line.cost), "text": text},
        "share_percent": None if line.share is None else f"{line.share:.1f}",
        "calls": line.calls,
        "tokens": line.tokens,
    }


def _trend(period: Period, unit: str, rows: Sequence[Spend]) -> list[Json]:
    """Every hour or day until now; one without calls cost nothing, and says so."""
    last = min(period.end - timedelta(microseconds=1), datetime.now(UTC))
    form = HOUR.replace("%M", "00") if unit == "hour" else "%Y-%m-%d"
    first, until = (at.astimezone(UTC).strftime(form) for at in (period.start, last))
    if period.start > last:
        return []
    known = {row.value[0]: row for row in rows}
    return [_point(name, unit, known.get(name)) for name in stretches(unit, first, until, UTC)]


def _point(name: str, unit: str, row: Spend | None) -> Json:
    began = datetime.strptime(name, HOUR) if unit == "hour" else datetime.fromisoformat(name)  # noqa: DTZ007 - of UTC
    bound = row is not None and row.is_lower_bound
    return {
        "at": began.replace(tzinfo=UTC).isoformat(),
        "cost": amount(row.cost, lower_bound=bound) if row else {"exact": "0", "text": "no calls"},
        "is_lower_bound": bound,
        "calls": row.calls if row else 0,
        "unpriced_calls": row.unpriced if row else 0,
    }


def _traces(traces: Sequence[TraceCost]) -> list[Json]:
    return [
        {
            "trace_id": trace.trace_id,
            "root": trace.root,
            "workflow": trace.workflow or None,
            "services": list(trace.services),
            "start": trace.start.isoformat(),
            "duration_us": trace.duration_us,
            "cost": amount(trace.cost, lower_bound=trace.is_lower_bound),
            "calls": trace.calls,
            "unpriced_calls": trace.unpriced,
        }
        for trace in traces
    ]
