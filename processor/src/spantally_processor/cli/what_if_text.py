"""A re-priced period as a table and as JSON, with what it assumes and what it leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from spantally_processor.reporting.lines import title_of, value_names
from spantally_processor.reporting.numbers import column_decimals, exact, money, packed, plural
from spantally_processor.reporting.text_table import print_table, text_table
from spantally_processor.store.dimensions import names_of

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from spantally_processor.cli.repricing import Gap, Repriced, Row, Target
    from spantally_processor.store.dimensions import Cut

Json = dict[str, object]

SAME_COUNTS = (
    "Assumed: the same token counts. Models split text differently and answer at different length.",
    "Cache reads and writes cost what this model charges for them.",
)


def print_what_if(found: Repriced, target: Target, by: Cut, console: Console) -> None:
    """Print now, then, the difference, and what is not in them."""
    if not found.calls:
        console.print("No LLM calls in this period.")
        return
    when = "at each call's time" if target.at is None else f"of {target.at:%Y-%m-%d %H:%M} UTC"
    title = f"{target.provider} {target.model}, rates in force {when}"
    console.print(Text(title, style="bold"))
    console.print()
    if found.rows:
        print_table(_table(found, by), console)
    else:
        console.print("Not one call can be re-priced.")
    notes = [*SAME_COUNTS, f"Rate table {target.table.version[:19]}."]
    notes += [
        f"{plural(calls, 'call')} with {context}: at the standard rate, there is none for that."
        for context, calls in sorted(found.as_standard.items())
    ]
    console.print()
    for note in notes:
        console.print(packed([note], console.width), markup=False)
    if found.gaps:
        _print_gaps(found, console)


def _table(found: Repriced, by: Cut) -> Table:
    table = text_table()
    table.add_column(title_of(by), overflow="fold", min_width=12)
    for name in ("now", "then", "difference", "%", "calls"):
        table.add_column(name, justify="right", no_wrap=True)
    whole, decimals = found.total, _decimals(found)
    for row in found.by_now:
        table.add_row(Text(" · ".join(value_names(by, row.value))), *_cells(row, decimals))
    table.add_row("total", *_cells(whole, decimals), style="bold")
    return table


def _cells(row: Row, decimals: int) -> tuple[str, ...]:
    sign = "" if not row.difference else "-" if row.difference < 0 else "+"
    percent = row.change_percent
    return (
        money(row.now, decimals=decimals),
        money(row.then, decimals=decimals),
        sign + money(row.difference.copy_abs(), decimals=decimals),
        "" if percent is None else f"{percent:+.1f}",
        f"{row.calls:,}",
    )


def _decimals(found: Repriced) -> int:
    """Of every amount of the page."""
    return column_decimals([found.total.now, found.total.then])


def _print_gaps(found: Repriced, console: Console) -> None:
    gaps = sorted(found.gaps.values(), key=lambda gap: (-gap.calls, gap.detail))
    calls = plural(sum(gap.calls for gap in gaps), "call")
    console.print()
    console.print(f"Not re-priced, and in neither sum: {calls}", markup=False)
    for gap in gaps:
        parts = [gap.detail, plural(gap.calls, "call"), f"{_now(gap, _decimals(found))} now"]
        console.print(packed(parts, console.width, first="  ", indent="    "), markup=False)
    if any(gap.reason == "unknown_context" for gap in gaps):
        console.print("  → --as-standard takes the standard rate for these", markup=False)


def _now(gap: Gap, decimals: int) -> str:
    if gap.unknown_calls == gap.calls:
        return money(None)
    is_lower_bound = gap.unknown_calls > 0 or gap.reason == "lower_bound_now"
    return money(gap.now, lower_bound=is_lower_bound, decimals=decimals)


def what_if_as_json(found: Repriced, target: Target, by: Cut) -> Json:
    """The same for programs; amounts are exact decimal strings in USD."""
    whole = found.total
    return {
        "provider": target.provider,
        "model": target.model,
        "rates_at": None if target.at is None else target.at.isoformat(),
        "table_version": target.table.version,
        "currency": "USD",
        "total": _row(whole) if whole.calls else None,
        "by": ",".join(names_of(by)),
        "rows": [{"value": _value(row.value)} | _row(row) for row in found.by_now],
        "not_repriced": [
            {
                "reason": gap.reason,
                "detail": gap.detail,
                "calls": gap.calls,
                "now": None if gap.unknown_calls == gap.calls else exact(gap.now),
                "calls_of_unknown_cost": gap.unknown_calls,
            }
            for gap in found.gaps.values()
        ],
        "as_standard": [
            {"context": context, "calls": calls}
            for context, calls in sorted(found.as_standard.items())
        ],
        "assumes": list(SAME_COUNTS),
    }


def _row(row: Row) -> Json:
    percent = row.change_percent
    return {
        "now": exact(row.now),
        "then": exact(row.then),
        "difference": exact(row.difference),
        "change_percent": None if percent is None else f"{percent:.1f}",
        "calls": row.calls,
        "tokens": row.tokens,
    }


def _value(value: tuple[str, ...]) -> object:
    return (value[0] or None) if len(value) == 1 else list(value)
