"""A report as a page: the total and how certain it is, the tables, then what is missing."""

from __future__ import annotations

from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING

from spantally_processor.periods import zone_name
from spantally_processor.reporting.charts import chart_of
from spantally_processor.reporting.doubts import doubts_of
from spantally_processor.reporting.lines import (
    UNATTRIBUTED,
    columns_of,
    lines_of,
    shortened,
    sum_of_shares,
    title_of,
    together,
    top_of,
)
from spantally_processor.reporting.numbers import Precision, percent, plural, share_of, total
from spantally_processor.reporting.page import Block, Grid, Kind, Notes, Page, Row
from spantally_processor.reporting.report import carried_by_none
from spantally_processor.store.dimensions import CALENDAR, is_tag, tag_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spantally_processor.periods import Period
    from spantally_processor.reporting.lines import Line, Top
    from spantally_processor.reporting.page import Parts
    from spantally_processor.reporting.report import Report
    from spantally_processor.store.dimensions import Cut
    from spantally_processor.store.spend import Spend

OVERVIEW_ROWS = 8
NO_CALLS = "No LLM calls in this period."


def report_page(report: Report, *, is_overview: bool = False, limit: int | None = None) -> Page:
    """The page of a report.

    Args:
        report: What to say.
        is_overview: Nobody named the cuts: tables are short and have no total of their own.
        limit: At most so many rows a table, the rest in one.
    """
    context = [*period_line(report.period), *_condition_line(report)]
    cuts = "; ".join(title_of(cut) for cut in report.by)
    title = "Spend" if is_overview else f"Spend by {cuts}"
    if report.total is None:
        return Page(title, context, [NO_CALLS])
    whole = report.total
    precision = Precision.of([whole.cost], is_lower_bound=whole.is_lower_bound)
    first = next(iter(report.by))
    attributed_to = () if is_overview else tuple(key for key in first if is_tag(key))
    top = top_of(report.by)
    blocks: list[Block] = []
    for cut, rows in report.by.items():
        lines = lines_of(cut, rows)
        shown = shortened(lines, OVERVIEW_ROWS if is_overview else limit)
        blocks += [
            *chart_of(cut, rows, report.period.zone),
            _grid(cut, lines, shown, precision, is_overview),
        ]
    if untagged := carried_by_none(report):
        blocks.append(_how_to_tag(untagged, report.carried))
    blocks += doubts_of(report.doubts, precision)
    return Page(
        title=title,
        context=[*context, times(whole, report.period)],
        headline=headline(report, whole, attributed_to, precision),
        opening=_opening(top, precision) if top else [],
        remarks=_waiting(report),
        blocks=blocks,
    )


def period_line(period: Period) -> list[str]:
    """`2026-07-01 00:00 to 2026-10-01 00:00 Europe/Amsterdam`; nothing when it is all time."""
    if not (period.has_start or period.has_end):
        return []
    start = f"{period.start.astimezone(period.zone):%Y-%m-%d %H:%M}" if period.has_start else "ever"
    end = f"{period.end.astimezone(period.zone):%Y-%m-%d %H:%M}" if period.has_end else "now"
    return [f"Calls from {start} to {end}, {zone_name(period.zone)}"]


def times(whole: Spend, period: Period) -> str:
    """`104 calls, 2026-11-24 00:49 to 2026-11-24 00:51 UTC`: the first and the last."""
    first, last = (at.astimezone(period.zone) for at in (whole.first_call, whole.last_call))
    calls = plural(whole.calls, "call")
    return f"{calls}, {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} {zone_name(period.zone)}"


def headline(
    report: Report, whole: Spend, attributed_to: Sequence[str], precision: Precision
) -> Parts:
    """`total ≥ $12.34`, `98.7 % of tokens priced`, …: what is known and how much of all that is."""
    amount = precision.money(whole.cost, lower_bound=whole.is_lower_bound)
    attributed, what = whole.attributed_cost, "attributed"
    if attributed_to:
        cut, rows = next(iter(report.by.items()))
        places = [cut.index(key) for key in attributed_to]
        attributed = total(row.cost for row in rows if all(row.value[place] for place in places))
        what = f"attributed to a {' and a '.join(map(tag_name, attributed_to))}"
    known, attributed = whole.cost or Decimal(0), attributed or Decimal(0)
    covered = (
        (percent(whole.priced_tokens, whole.tokens), "of tokens priced"),
        (share_of(attributed, known), f"of spend {what}"),
        (percent(whole.reported, whole.calls), "of calls with usage reported by the provider"),
    )
    return [f"total {amount}", *(f"{part} % {of}" for part, of in covered if part is not None)]


def _condition_line(report: Report) -> list[str]:
    if not report.where:
        return []
    return ["Only calls with " + ", ".join(f"{k}={v or '(none)'}" for k, v in report.where.items())]


def _opening(top: Top, precision: Precision) -> Parts:
    """`Top 3 by team: a $9.00 (45.0 %)`, …: where to look first, and what nobody is named for."""

    def said(line: Line) -> str:
        amount = precision.money(line.cost, lower_bound=line.is_lower_bound)
        share = "" if line.share is None else f" ({line.share:.1f} %)"
        return f"{line.name} {amount}{share}"

    parts = [said(line) for line in top.lines]
    if parts:
        parts[0] = f"Top {len(parts)} by {top.key}: {parts[0]}"
    if len(parts) > 1:
        parts.append(f"together {top.share:.1f} %")
    return [*parts, said(top.unattributed)] if top.unattributed else parts


def _waiting(report: Report) -> list[Parts]:
    if not report.waiting:
        return []
    spans = plural(report.waiting, "accepted span")
    return [[f"Not in it yet: {spans} in the spool, on the way to the ledger."]]


def _how_to_tag(keys: Sequence[str], carried: Sequence[str]) -> Notes:
    """What to do about tags that not one call carries: a slip of the pen, or a tag to set."""
    lines: list[Parts] = []
    near = {key: get_close_matches(key, carried, n=1) for key in keys}
    lines += [[f"{key}: did you mean {match[0]}?"] for key, match in near.items() if match]
    if carried:
        lines.append([f"calls carry {', '.join(carried)}"])
    key = keys[0]
    argument = f'{key}="…"' if key.isidentifier() else f'**{{"{key}": "…"}}'
    lines.append([f"→ to set it: with spantally.attribute({argument}):"])
    return Notes(f"No call carries {', '.join(keys)}", lines)


def _grid(
    cut: Cut, lines: list[Line], shown: list[Line], precision: Precision, is_overview: bool
) -> Grid:
    is_bound = any(line.is_lower_bound for line in lines)
    kinds = [Kind.FAINT if line.is_unattributed else Kind.PLAIN for line in shown]
    rows = [
        Row((*line.names, *_numbers(line, precision, is_bound)), kind)
        for line, kind in zip(shown, kinds, strict=True)
    ]
    names = columns_of(cut)
    if not is_overview:
        whole = together(("total", *[""] * (len(names) - 1)), lines)
        rows.append(Row((*whole.names, *_numbers(whole, precision, is_bound)), Kind.TOTAL))
    numbers = ("cost", "share", "calls", "tokens", *(("unpriced",) if is_bound else ()))
    return Grid(_title(cut, lines), names, numbers, rows)


def _numbers(line: Line, precision: Precision, is_bound: bool) -> tuple[str, ...]:
    return (
        precision.money(line.cost, lower_bound=line.is_lower_bound),
        "" if line.share is None else f"{line.share:.1f} %",
        f"{line.calls:,}",
        f"{line.tokens:,}",
        *((f"{line.unpriced:,}" if line.unpriced else "",) if is_bound else ()),
    )


def _title(cut: Cut, lines: Sequence[Line]) -> str:
    """`By team · the top 3 are 71.3 % of spend`; only the keys when there are not more than three."""
    named = [line for line in lines if line.share and line.name != UNATTRIBUTED][:3]
    if len(lines) <= 3 or not named or any(key in CALENDAR for key in cut):
        return f"By {title_of(cut)}"
    return f"By {title_of(cut)} · the top {len(named)} are {sum_of_shares(named):.1f} % of spend"
