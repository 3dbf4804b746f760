"""`spantally report`: who spent what, and how much of the bill is certain."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from spantally_processor.cli.options import (
    EXIT_NOTHING_FOUND,
    ledger_options,
    opened,
    period_options,
)
from spantally_processor.cli.output import console
from spantally_processor.cli.report_json import report_as_json
from spantally_processor.cli.report_text import print_report
from spantally_processor.cli.spool_file import spans_waiting
from spantally_processor.store import reports

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spantally_processor.store.engine import Engine
    from spantally_processor.store.reports import (
        IncompleteUsage,
        MissingTag,
        NotBilledAttempts,
        Period,
        Spend,
        StatedCosts,
        UnpricedCalls,
    )

OVERVIEW = ("workflow", "team", "feature", "customer", "model")
"""The dimensions of a report that names none."""

TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a report says, before it is text or JSON."""

    period: Period
    dimensions: tuple[str, ...]
    total: Spend | None
    """None when there are no calls."""
    by: dict[str, list[Spend]]
    """Dimension to its rows, costliest first."""
    unpriced: list[UnpricedCalls]
    not_billed: list[NotBilledAttempts]
    incomplete: list[IncompleteUsage]
    missing_tags: list[MissingTag]
    stated: list[StatedCosts]
    verdicts: dict[str, int]
    waiting: int | None = None
    """Accepted spans that are not in the ledger yet; None when that is not known."""


def read_report(
    engine: Engine, period: Period, dimensions: Sequence[str], *, waiting: int | None = None
) -> Report:
    """Ask the ledger everything that the report says."""
    rows = reports.spend(engine, period, [TOTAL, *dimensions])
    return Report(
        period=period,
        dimensions=tuple(dimensions),
        total=next((row for row in rows if row.dimension == TOTAL), None),
        by={key: [row for row in rows if row.dimension == key] for key in dimensions},
        unpriced=reports.unpriced_calls(engine, period),
        not_billed=reports.not_billed_attempts(engine, period),
        incomplete=reports.incomplete_usage(engine, period),
        missing_tags=reports.missing_tags(engine, period),
        stated=reports.stated_costs(engine, period),
        verdicts=reports.verdicts(engine, period),
        waiting=waiting,
    )


HELP = """Who spent what, and how much of it is certain.

\b
Examples:
  spantally report                       an overview, all time
  spantally report --by team --last 7d
  spantally report --by model --from 2026-11-01 --to 2026-12-01
  spantally report --by region           any tag that your calls carry
  spantally report --json | jq .total

A total with "≥" is a lower bound: some calls have no price, and an unknown cost is never counted as
0. The line of the total says how much is covered. Attributed spend is that of calls for which
somebody is named: a team, project, feature, workflow or customer; with --by KEY, that of calls
which carry KEY. Exit code 1: no calls in the period.
"""


@click.command(help=HELP)
@click.option(
    "--by",
    "dimensions",
    multiple=True,
    metavar="KEY",
    help="workflow, team, feature, customer, model, project, user, environment, task, property, "
    "outcome, service, provider, operation, or the key of any other tag. Can be given again.",
)
@period_options
@ledger_options
@click.option("--json", "as_json", is_flag=True, help="Machine-readable, with exact amounts.")
@click.pass_context
def report(
    ctx: click.Context, *, dimensions: tuple[str, ...], period: Period, ledger: str, as_json: bool
) -> None:
    """Read the report and print it."""
    if TOTAL in dimensions:
        raise click.UsageError(f"--by {TOTAL}: every report has the total; name another key")
    waiting = spans_waiting(ledger)
    with opened(ledger) as engine:
        found = read_report(engine, period, dimensions or OVERVIEW, waiting=waiting)
    if as_json:
        click.echo(json.dumps(report_as_json(found), indent=2, ensure_ascii=False))
    else:
        print_report(found, console(), overview=not dimensions)
    if found.total is None:
        ctx.exit(EXIT_NOTHING_FOUND)
