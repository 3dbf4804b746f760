"""Restatements and what they change, as tables and as JSON."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from rich.text import Text

from spantally_processor.ledger.rows import MONEY_SCALE
from spantally_processor.reporting.numbers import EXACT, column_decimals, exact, money, plural
from spantally_processor.reporting.text_table import print_table, text_table
from spantally_processor.restating.repricing import Difference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from spantally_processor.restating.generations import Restatement

Json = dict[str, object]


def print_differences(found: Sequence[Difference], console: Console) -> None:
    """Print booked and restated sums by team and model, the largest change first."""
    if not found:
        console.print("Every call costs what was booked.")
        return
    table = text_table()
    table.add_column("team", overflow="fold")
    table.add_column("model", overflow="fold", min_width=12)
    for name in ("calls", "booked", "restated", "difference"):
        table.add_column(name, justify="right", no_wrap=True)
    decimals = column_decimals([_usd(each.restated) for each in found])
    for each in sorted(found, key=lambda each: (-abs(each.restated - each.booked), each.team)):
        names = (Text(each.team or "unattributed"), Text(f"{each.provider} {each.model}".strip()))
        table.add_row(*names, *_cells(each, decimals))
    table.add_row("total", "", *_cells(_total(found), decimals), style="bold")
    print_table(table, console)
    console.print("Only calls that change are in it.")


def print_restatements(found: Sequence[Restatement], console: Console) -> None:
    """Print who priced what again, when and why."""
    if not found:
        console.print("Nothing was priced again.")
    for each in found:
        console.print(Text(f"{each.generation} · {each.state}", style="bold"))
        period = f"{each.period.start:%Y-%m-%d %H:%M} to {each.period.end:%Y-%m-%d %H:%M} UTC"
        console.print(f"  {each.author}: {each.reason}", markup=False)
        calls = f"{each.changed:,} of {plural(each.calls, 'call')} changed"
        console.print(f"  {period} · {calls} · rate table {each.table_version[:19]}", markup=False)


def _cells(each: Difference, decimals: int) -> tuple[str, ...]:
    booked = _sum(each.booked, each.booked_unknown, each.calls, decimals)
    restated = _sum(each.restated, each.restated_unknown, each.calls, decimals)
    difference = each.restated - each.booked
    sign = "-" if difference < 0 else "+"
    change = sign + money(_usd(abs(difference)), decimals=decimals)
    known = not (each.booked_unknown or each.restated_unknown)
    return f"{each.calls:,}", booked, restated, change if known else ""


def _sum(amount: int, unknown: int, calls: int, decimals: int) -> str:
    if unknown == calls:
        return money(None)
    return money(_usd(amount), lower_bound=unknown > 0, decimals=decimals)


def _total(found: Sequence[Difference]) -> Difference:
    total = Difference("", "", "")
    for each in found:
        total.calls += each.calls
        total.booked += each.booked
        total.restated += each.restated
        total.booked_unknown += each.booked_unknown
        total.restated_unknown += each.restated_unknown
    return total


def differences_as_json(found: Sequence[Difference]) -> list[Json]:
    """The same for programs; amounts are exact decimal strings in USD, null where none is known."""
    return [
        {
            "team": each.team or None,
            "provider": each.provider,
            "model": each.model,
            "calls": each.calls,
            "booked": None if each.booked_unknown == each.calls else exact(_usd(each.booked)),
            "restated": None if each.restated_unknown == each.calls else exact(_usd(each.restated)),
            "booked_unknown": each.booked_unknown,
            "restated_unknown": each.restated_unknown,
        }
        for each in found
    ]


def restatement_as_json(each: Restatement) -> Json:
    """A restatement for programs."""
    return {
        "generation": each.generation,
        "state": each.state,
        "author": each.author,
        "reason": each.reason,
        "from": each.period.start.isoformat(),
        "to": each.period.end.isoformat(),
        "table_version": each.table_version,
        "calls": each.calls,
        "changed": each.changed,
        "started_at": each.started_at.isoformat(),
    }


def _usd(amount: int) -> Decimal:
    return EXACT.scaleb(Decimal(amount), -MONEY_SCALE)
