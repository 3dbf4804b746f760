"""`spantally report`: who spent what, and how much of the bill is certain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from spantally_processor.cli.cuts import KEYS, read_cuts, where_option
from spantally_processor.cli.forms import answer, form_options
from spantally_processor.cli.options import (
    EXIT_NOTHING_FOUND,
    ledger_options,
    opened,
    period_options,
)
from spantally_processor.cli.spool_file import spans_waiting
from spantally_processor.reporting.as_csv import report_as_csv
from spantally_processor.reporting.as_json import report_as_json
from spantally_processor.reporting.report import OVERVIEW, read_report
from spantally_processor.reporting.report_page import report_page

if TYPE_CHECKING:
    from pathlib import Path

    from spantally_processor.periods import Period
    from spantally_processor.store.dimensions import Cut

HELP = """Who spent what, and how much of it is certain.

\b
Examples:
  spantally report                       an overview, all time
  spantally report --by team --last 7d
  spantally report --by property,workflow --period 2026-Q3
  spantally report --by month,team --period 2026 --output spend.html
  spantally report --by region --where team=search --format csv
  spantally report --json | jq .total

A total with "≥" is a lower bound: some calls have no price, and an unknown cost is never counted as
0; all amounts on its page are rounded down. The line of the total says how much is covered.
Attributed spend is that of calls for which somebody is named: a team, project, feature, workflow or
customer; with --by KEY, that of calls which carry KEY. Exit code 1: no calls in the period.
"""


@click.command(help=HELP)
@click.option(
    "--by",
    "cuts",
    multiple=True,
    callback=read_cuts,
    metavar="KEY[,KEY]",
    help=f"Keys to cut by; several with commas are crossed, --by given again is a table more: {KEYS}",
)
@where_option
@click.option(
    "--top", "limit", type=click.IntRange(3), help="At most N rows a table, the rest as one."
)
@period_options
@ledger_options
@form_options
@click.pass_context
def report(  # noqa: PLR0913 - one parameter an option
    ctx: click.Context,
    *,
    cuts: list[Cut],
    where: dict[str, str],
    limit: int | None,
    period: Period,
    ledger: str,
    form: str,
    output: Path | None,
) -> None:
    """Read the report and write it."""
    waiting = spans_waiting(ledger)
    with opened(ledger) as engine:
        found = read_report(engine, period, cuts or OVERVIEW, where=where, waiting=waiting)
    answer(
        form,
        output,
        page=lambda: report_page(found, is_overview=not cuts, limit=limit),
        as_json=lambda: report_as_json(found),
        as_csv=lambda: report_as_csv(found),
    )
    if found.total is None:
        ctx.exit(EXIT_NOTHING_FOUND)
