"""A report as JSON: exact amounts as strings, an unknown one as null, times in ISO 8601.

The names are a contract: add to them, do not change them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from spantally_processor.cli.output import exact, percent, share_of, shares
from spantally_processor.cli.report_lines import top_of
from spantally_processor.store.reports import Period

if TYPE_CHECKING:
    from spantally_processor.cli.report import Report
    from spantally_processor.cli.report_lines import Line, Top
    from spantally_processor.store.reports import Spend

Json = dict[str, object]


def report_as_json(report: Report) -> Json:
    """The whole report."""
    everything = Period()
    return {
        "from": None
        if report.period.start == everything.start
        else report.period.start.isoformat(),
        "to": None if report.period.end == everything.end else report.period.end.isoformat(),
        "currency": "USD",
        "total": None if report.total is None else _spend(report.total) | coverage(report.total),
        "top": _top(top_of(report)),
        "spans_waiting_in_spool": report.waiting,
        "by": {key: _rows(rows) for key, rows in report.by.items()},
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
            for row in report.unpriced
        ],
        "not_billed": [
            {
                "provider": row.provider,
                "request_model": row.request_model,
                "http_status": row.http_status or None,
                "error_type": row.error_type,
                "attempts": row.attempts,
            }
            for row in report.not_billed
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
            for row in report.incomplete
        ],
        "missing_tags": [
            {"tag": row.tag, "calls": row.calls, "cost": exact(row.cost)}
            for row in report.missing_tags
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
            for row in report.stated
        ],
        "llm_spans": report.verdicts,
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
    """How much of a total is known, in percent, rounded down; null when there is nothing to cover."""
    return {
        "tokens_priced_percent": percent(total.priced_tokens, total.tokens),
        "spend_attributed_percent": share_of(
            total.attributed_cost or Decimal(0), total.cost or Decimal(0)
        ),
        "usage_reported_percent": percent(total.reported, total.calls),
        "first_call": total.first_call.isoformat(),
        "last_call": total.last_call.isoformat(),
    }


def _rows(rows: list[Spend]) -> list[Json]:
    parts = shares([row.cost for row in rows])
    return [
        _named(row) | {"share_percent": None if share is None else f"{share:.1f}"} | _spend(row)
        for row, share in zip(rows, parts, strict=True)
    ]


def _named(row: Spend) -> Json:
    if row.dimension == "model":
        return dict(zip(("provider", "request_model", "response_model"), row.value, strict=True))
    return {"value": row.value[0] or None}


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
    }
