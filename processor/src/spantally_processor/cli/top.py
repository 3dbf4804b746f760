"""`spantally top`: who spent most, with share and rank, and what changed against the period before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import click

from spantally_processor.cli.cuts import KEYS, read_cut, where_option
from spantally_processor.cli.forms import answer, form_options
from spantally_processor.cli.options import (
    EXIT_NOTHING_FOUND,
    ledger_options,
    opened,
    period_options,
)
from spantally_processor.reporting.as_csv import rows_as_csv
from spantally_processor.reporting.top import read_contributors
from spantally_processor.reporting.top_page import (
    by_change,
    contributor_as_json,
    top_as_json,
    top_page,
)
from spantally_processor.store.dimensions import CALENDAR

if TYPE_CHECKING:
    from pathlib import Path

    from spantally_processor.periods import Period
    from spantally_processor.store.dimensions import Cut

HELP = """The top contributors to the spend of a period, with their share, their rank, and how both
changed against the period before.

\b
Examples:
  spantally top --period last-month
  spantally top --by team --last 7d
  spantally top --by team --period 2026-Q3 --sort change      who drove the increase
  spantally top --by model --where team=search --last 30d --json

Before a month or a quarter is the one before it; of one that is not over, as much of the one before as
has passed of it. Before any other period is as much time directly before it. `was` is the rank
then, `new` what had no calls. Exit code 1: no calls in the period.
"""


@click.command(help=HELP)
@click.option(
    "--by",
    "cut",
    default="workflow",
    callback=read_cut,
    metavar="KEY[,KEY]",
    help=f"Contributors are the values of these keys. [workflow] {KEYS}",
)
@where_option
@click.option("--count", default=10, type=click.IntRange(1), help="At most N of them. [10]")
@click.option(
    "--sort",
    type=click.Choice(["cost", "change"]),
    default="cost",
    help="By what they cost now, or by the size of the change. [cost]",
)
@period_options
@ledger_options
@form_options
@click.pass_context
def top(  # noqa: PLR0913 - one parameter an option
    ctx: click.Context,
    *,
    cut: Cut,
    where: dict[str, str],
    count: int,
    sort: Literal["cost", "change"],
    period: Period,
    ledger: str,
    form: str,
    output: Path | None,
) -> None:
    """Read both periods and write the answer."""
    if not period.has_start:
        raise click.UsageError("name a period: --period last-month, --last 30d or --from")
    if set(cut) & set(CALENDAR):
        raise click.UsageError("--by: a stretch of the calendar is in one of the two periods only")
    now = datetime.now(UTC)
    with opened(ledger) as engine:
        found = read_contributors(engine, period, cut, now=now, where=where)
    rows = by_change(found.rows) if sort == "change" else found.rows
    answer(
        form,
        output,
        page=lambda: top_page(found, rows, count),
        as_json=lambda: top_as_json(found, rows, count),
        as_csv=lambda: rows_as_csv([contributor_as_json(found, row) for row in rows[:count]], cut),
    )
    if found.total is None:
        ctx.exit(EXIT_NOTHING_FOUND)
