"""A report as JSON: exact amounts as strings, an unknown one as null, times in ISO 8601.

The names are a contract: add to them, do not change them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from spantally_processor.periods import zone_name
from spantally_processor.reporting.lines import top_of
from spantally_processor.reporting.numbers import exact, percent, share_of, shares
from spantally_processor.store.dimensions import MODEL, names_of, tag_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spantally_processor.periods import Period
    from spantally_processor.reporting.lines import Line, Top
    from spantally_processor.reporting.report import Report
    from spantally_processor.store.dimensions import Cut
    from spantally_processor.store.spend import Spend

Json = dict[str, object]


def report_as_json(report: Report) -> Json:
    """The whole report."""
    doubts = report.doubts
    return {
        **period_as_json(report.period),
        "where": dict(report.where),
        "currency": "USD",
        "total": None if report.total is None else _spend(report.total) | coverage(report.total),
        "top": _top(top_of(report.by)),
        "spans_waiting_in_spool": report.waiting,
        "by": {",".join(names_of(cut)): named_rows(cut, rows) for cut, rows in report.by.items()},
        "unpriced": [
            {
                "provider": row.provider,
                "request_model": row.request_model,
                "response_model": row.response_model,
                "status": row.status,
                "reason": row.reason,
                "calls": row.calls,
                "unpriced_tokens": row.unpriced_tokens,
            }
            for row in doubts.unpriced
        ],
        "subscription": [
            {
                "service": row.service,
                "provider": row.provider,
                "request_model": row.request_model,
                "response_model": row.response_model,
                "calls": row.calls,
                "tokens": row.tokens,
            }
            for row in doubts.subscription
        ],
        "not_billed": [
            {
                "provider": row.provider,
                "request_model": row.request_model,
                "http_status": row.http_status or None,
                "error_type": row.error_type,
                "attempts": row.attempts,
            }
            for row in doubts.not_billed
        ],
        "incomplete_usage": [
            {
                "service": row.service,
                "provider": row.provider,
                "model": row.model,
                "usage_source": row.usage_source,
                "error_type": row.error_type,
                "calls": row.calls,
            }
            for row in doubts.incomplete
        ],
        "missing_tags": [
            {"tag": row.tag, "calls": row.calls, "cost": exact(row.cost)}
            for row in doubts.missing_tags
        ],
        "stated_costs": [
            {
                "provider": row.provider,
                "calls": row.calls,
                "booked": row.booked,
                "differing": row.differing,
                "stated": exact(row.stated),
                "computed": exact(row.computed),
            }
            for row in doubts.stated
        ],
        "llm_spans": doubts.verdicts,
    }


def period_as_json(period: Period) -> Json:
    """Its bounds, null where it is open, and whose calendar is meant."""
    return {
        "from": period.start.astimezone(period.zone).isoformat() if period.has_start else None,
        "to": period.end.astimezone(period.zone).isoformat() if period.has_end else None,
        "timezone": zone_name(period.zone),
    }


def _top(top: Top | None) -> Json | None:
    return top and {
        "by": top.key,
        "rows": [_line(line) for line in top.lines],
        "share_percent": f"{top.share:.1f}",
        "unattributed": top.unattributed and _line(top.unattributed),
    }


def _line(line: Line) -> Json:
    share = None if line.share is None else f"{line.share:.1f}"
    return {"name": line.name, "cost": exact(line.cost), "share_percent": share}


def coverage(total: Spend) -> Json:
    """How much of a total somebody is named for, null when there is nothing; first and last call."""
    return {
        "spend_attributed_percent": share_of(
            total.attributed_cost or Decimal(0), total.cost or Decimal(0)
        ),
        "first_call": total.first_call.isoformat(),
        "last_call": total.last_call.isoformat(),
    }


def named_rows(cut: Cut, rows: list[Spend]) -> list[Json]:
    """The rows of a cut, each with its values, its share and its numbers."""
    parts = shares([row.cost for row in rows])
    return [
        named_value(cut, row.value)
        | {"share_percent": None if share is None else f"{share:.1f}"}
        | _spend(row)
        for row, share in zip(rows, parts, strict=True)
    ]


def named_value(cut: Cut, values: Sequence[str]) -> Json:
    """`value` for one key, else a field for each; null where a call has none."""
    if len(cut) == 1:
        return {"value": values[0] or None}
    return {
        tag_name(key): value if key in MODEL else value or None
        for key, value in zip(cut, values, strict=True)
    }


def _spend(row: Spend) -> Json:
    return {
        "cost": exact(row.cost),
        "is_lower_bound": row.is_lower_bound,
        "calls": row.calls,
        "unpriced_calls": row.unpriced,
        "partially_priced_calls": row.partially_priced,
        "not_billed_attempts": row.not_billed,
        "input_tokens": row.input_tokens,
        "output_tokens": row.output_tokens,
        "tokens_priced_percent": percent(row.priced_tokens, row.tokens),
        "usage_reported_percent": percent(row.reported, row.calls),
    }


def coverage_of(row: Spend) -> Json:
    """How much is known, in percent rounded down; null when there is nothing to cover."""
    return {
        "tokens_priced_percent": percent(row.priced_tokens, row.tokens),
        "spend_attributed_percent": share_of(
            row.attributed_cost or Decimal(0), row.cost or Decimal(0)
        ),
        "usage_reported_percent": percent(row.reported, row.calls),
    }
