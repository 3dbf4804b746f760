"""A report as text for people: the total and how certain it is, the tables, then what is missing."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from spantally_processor.cli.output import (
    column_decimals,
    money,
    packed,
    percent,
    plural,
    share_of,
    total,
)
from spantally_processor.cli.report_lines import (
    TAGLESS,
    UNATTRIBUTED,
    Line,
    carried_by_none,
    lines_of,
    model_name,
    shortened,
    together,
    top_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from spantally_processor.cli.report import Report
    from spantally_processor.cli.report_lines import Top
    from spantally_processor.store.reports import (
        NotBilledAttempts,
        Spend,
        StatedCosts,
        UnpricedCalls,
    )

OVERVIEW_ROWS = 8


def print_report(report: Report, console: Console, *, overview: bool) -> None:
    """Print a report; an overview shortens its tables."""
    if report.total is None:
        console.print("No LLM calls in this period.")
        return
    console.print(_times(report.total), style="dim")
    console.print()
    attributed_to = report.dimensions[0] if not overview else ""
    decimals = column_decimals([report.total.cost])
    headline = packed(_headline(report, report.total, attributed_to, decimals), console.width)
    console.print(Text(headline, style="bold"))
    if top := top_of(report):
        console.print(packed(_opening(top, decimals), console.width, indent="  "), markup=False)
    if report.waiting:
        spans = plural(report.waiting, "accepted span")
        console.print(f"Not in it yet: {spans} in the spool, on the way to the ledger.")
    for key, rows in report.by.items():
        console.print()
        limit = OVERVIEW_ROWS if overview else None
        _print_table(console, key, rows, limit=limit, decimals=decimals)
    if untagged := carried_by_none(report):
        console.print()
        for line in _how_to_tag(untagged):
            console.print(line, markup=False)
    for title, lines in _uncertainties(report, decimals):
        console.print()
        console.print(title, markup=False)
        for line in lines:
            console.print(packed(line, console.width, first="  ", indent="    "), markup=False)


def _headline(report: Report, whole: Spend, attributed_to: str, decimals: int) -> list[str]:
    """`total ≥ $12.34`, `98.7 % of tokens priced`, …: what is known and how much of all that is."""
    is_lower_bound = whole.is_lower_bound and whole.cost is not None
    amount = money(whole.cost, lower_bound=is_lower_bound, decimals=decimals)
    attributed, what = whole.attributed_cost, "attributed"
    if attributed_to and attributed_to not in TAGLESS:
        attributed = total(row.cost for row in report.by[attributed_to] if row.value[0])
        what = f"attributed to a {attributed_to}"
    covered = (
        (percent(whole.priced_tokens, whole.tokens), "of tokens priced"),
        (share_of(attributed or Decimal(0), whole.cost or Decimal(0)), f"of spend {what}"),
        (percent(whole.reported, whole.calls), "of calls with usage reported by the provider"),
    )
    return [f"total {amount}", *(f"{part} % {of}" for part, of in covered if part is not None)]


def _opening(top: Top, decimals: int) -> list[str]:
    """`Top 3 by team: a $9.00 (45.0 %)`, …: where to look first, and what nobody is named for."""

    def said(line: Line) -> str:
        is_lower_bound = line.is_lower_bound and line.cost is not None
        amount = money(line.cost, lower_bound=is_lower_bound, decimals=decimals)
        return f"{line.name} {amount} ({line.share or 0:.1f} %)"

    parts = [said(line) for line in top.lines]
    if parts:
        parts[0] = f"Top {len(parts)} by {top.key}: {parts[0]}"
    if len(parts) > 1:
        parts.append(f"together {top.share:.1f} %")
    return [*parts, said(top.unattributed)] if top.unattributed else parts


def _how_to_tag(keys: Sequence[str]) -> list[str]:
    """What to do about tags that not one call carries."""
    named = ", ".join(
        f'{key}="…"' if key.isidentifier() else f'**{{"{key}": "…"}}' for key in keys[:1]
    )
    return [
        f"→ no call carries {', '.join(keys)}. To set a tag, around the calls:",
        f"  with spantally.attribute({named}):",
    ]


def _times(whole: Spend) -> str:
    calls = plural(whole.calls, "call")
    return f"{calls}, {whole.first_call:%Y-%m-%d %H:%M} to {whole.last_call:%Y-%m-%d %H:%M} UTC"


def _print_table(
    console: Console, key: str, rows: Sequence[Spend], *, limit: int | None, decimals: int
) -> None:
    lines = lines_of(key, rows)
    console.print(_top(key, lines), markup=False)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    table.add_column(key, overflow="fold", min_width=12)
    for name in ("cost", "share", "calls", "tokens"):
        table.add_column(name, justify="right", no_wrap=True)
    for line in shortened(lines, limit):
        style = "dim" if line.name == UNATTRIBUTED else ""
        table.add_row(Text(line.name), *_cells(line, decimals), style=style)
    if limit is None:
        table.add_row("total", *_cells(together("total", lines), decimals), style="bold")
    console.print(table)


def _cells(line: Line, decimals: int) -> tuple[str, str, str, str]:
    is_lower_bound = line.is_lower_bound and line.cost is not None
    return (
        money(line.cost, lower_bound=is_lower_bound, decimals=decimals),
        "" if line.share is None else f"{line.share:.1f} %",
        f"{line.calls:,}",
        f"{line.tokens:,}",
    )


def _top(key: str, lines: Sequence[Line]) -> str:
    """`By team · the top 3 are 71.3 % of spend`; only the key when there are not more than three."""
    named = [line.share for line in lines if line.share and line.name != UNATTRIBUTED][:3]
    if len(lines) <= 3 or not named:
        return f"By {key}"
    return f"By {key} · the top {len(named)} are {sum(named, Decimal(0)):.1f} % of spend"


def _uncertainties(report: Report, decimals: int) -> Iterable[tuple[str, list[list[str]]]]:
    """What is not in the total, or not certain: a title and its lines, each in parts."""
    if report.unpriced:
        calls = plural(sum(row.calls for row in report.unpriced), "call")
        title = f"Not or not fully priced: {calls}; what is unknown is not counted as 0"
        reasons = {row.reason for row in report.unpriced}
        hints = [[hint] for reason, hint in _HINTS.items() if reason in reasons]
        yield title, [*(_unpriced(row) for row in report.unpriced), *hints]
    if report.not_billed:
        attempts = plural(sum(row.attempts for row in report.not_billed), "attempt")
        yield (
            f"Not billed: {attempts} that cost nothing: refused, or never sent",
            [
                [
                    f"{row.provider} {row.request_model}: {_failure(row)}",
                    plural(row.attempts, "attempt"),
                ]
                for row in report.not_billed
            ],
        )
    if report.incomplete:
        calls = plural(sum(row.calls for row in report.incomplete), "call")
        yield (
            f"Usage not reported in full: {calls}",
            [
                [
                    f"{row.service}, {row.provider} {row.model}: {row.usage_source}",
                    *filter(None, [row.error_type]),
                    plural(row.calls, "call"),
                ]
                for row in report.incomplete
            ],
        )
    if report.missing_tags:
        yield (
            "Tags missing",
            [
                [
                    f"{row.tag}: on {plural(row.calls, 'call')}",
                    money(
                        row.cost,
                        lower_bound=row.is_lower_bound and row.cost is not None,
                        decimals=decimals,
                    ),
                ]
                for row in report.missing_tags
            ],
        )
    if any(row.differing for row in report.stated):
        yield (
            "Costs that responses state and rates do not come to",
            [_stated(row) for row in report.stated if row.differing],
        )
    not_counted = [
        [f"{plural(report.verdicts[verdict], 'span')} {why}"]
        for verdict, why in _NOT_COUNTED.items()
        if report.verdicts.get(verdict)
    ]
    if not_counted:
        yield "Seen, and not counted again", not_counted


def _failure(row: NotBilledAttempts) -> str:
    """`429 rate_limit_exceeded`; the exception's class where no answer came."""
    return f"{row.http_status} {row.error_type}" if row.http_status else row.error_type


def _stated(row: StatedCosts) -> list[str]:
    booked = "stated" if row.booked else "computed"
    return [
        f"{row.provider}: {row.differing:,} of {plural(row.calls, 'call')}",
        f"{money(row.stated)} stated, {money(row.computed)} computed; {booked} is booked",
    ]


_HINTS = {
    "unconfigured_host": "→ whose prices hold at a host: SPANTALLY_HOSTS=HOST:PORT=openai, for the app",
    "no_usage": '→ OpenAI streams report usage when asked: stream_options={"include_usage": True}',
    "unknown_model": "→ rates of your own: spantally serve --rates FILE",
}
"""What to do about a reason. It helps calls from then on; what is booked stays as it was booked."""

_NOT_COUNTED = {
    "aggregate": "around calls (agents, tools), repeating the counts of the calls inside",
    "duplicate": "of a call that another span observed as well",
    "mirror": "of a call that is in another trace",
    "replay": "of an answer that was fetched or exported again",
}


def _unpriced(row: UnpricedCalls) -> list[str]:
    model = model_name(row.provider, row.request_model, row.response_model)
    calls = plural(row.calls, "call")
    if row.status == "partially_priced":
        return [f"{model}: a lower bound, {row.reason} unknown", calls]
    return [f"{model}: {row.reason}", f"{calls}, {plural(row.unpriced_tokens, 'token')}"]
