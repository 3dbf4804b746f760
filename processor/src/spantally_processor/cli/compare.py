"""`spantally compare`: what a call cost before and after a moment, such as a deployment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spantally_processor.cli.cuts import read_cut, where_option
from spantally_processor.cli.forms import answer, form_options
from spantally_processor.cli.moments import moment_of, read_deploys
from spantally_processor.cli.options import EXIT_NOTHING_FOUND, ledger_options, opened
from spantally_processor.periods import Period, length_of, zone_of
from spantally_processor.reporting.as_csv import rows_as_csv
from spantally_processor.reporting.compare_page import (
    Compared,
    compare_as_json,
    compare_page,
    comparison_as_json,
    row_as_json,
)
from spantally_processor.store.comparing import compare as compare_sides
from spantally_processor.store.dimensions import TOTAL

if TYPE_CHECKING:
    from datetime import tzinfo

    from spantally_processor.store.dimensions import Cut

HELP = """What a call cost before and after a moment, such as the deployment of another prompt, with an
interval that says whether the difference is more than chance.

\b
Examples:
  spantally compare --at 2026-11-20T14:00
  spantally compare --at 2026-11-20T14:00 --within 3d --where workflow=concierge
  spantally compare --at 2026-11-20T14:00 --by model      what changed with it
  spantally compare --at concierge@2.0.0                  the first call of a version of a service
  spantally compare --at new-prompt --deploys deploys.toml

A file of deployments has a line for each: new-prompt = 2026-11-20T14:00:00+01:00
The interval takes traces, not calls, as independent: the calls of one agent run are alike. Calls
without a full price are left out and counted. With --by, the values are in the order of their effect on
the bill; a "?" marks a difference that may be chance. Exit code 1: no calls on either side.
"""


@click.command(help=HELP)
@click.option(
    "--at",
    "moment",
    required=True,
    metavar="MOMENT",
    help="2026-11-20T14:00, in --timezone; SERVICE@VERSION; or a name of --deploys.",
)
@click.option(
    "--deploys",
    "file",
    envvar="SPANTALLY_DEPLOYS",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="TOML file with names and times of deployments. [env: SPANTALLY_DEPLOYS]",
)
@click.option(
    "--within", default="7d", metavar="SPAN", help="So much before and after: 12h, 7d, 4w. [7d]"
)
@click.option(
    "--by",
    "cut",
    default=None,
    callback=read_cut,
    metavar="KEY[,KEY]",
    help="Also each value of these keys, as in report.",
)
@where_option
@click.option(
    "--timezone",
    metavar="ZONE",
    default="UTC",
    envvar="SPANTALLY_TIMEZONE",
    help="Of --at and of the times shown. [default: UTC; env: SPANTALLY_TIMEZONE]",
)
@ledger_options
@form_options
@click.pass_context
def compare(  # noqa: PLR0913 - one parameter an option
    ctx: click.Context,
    *,
    moment: str,
    file: Path | None,
    within: str,
    cut: Cut | None,
    where: dict[str, str],
    timezone: str,
    ledger: str,
    form: str,
    output: Path | None,
) -> None:
    """Read both sides and write the answer."""
    zone, length = _zone_and_length(timezone, within)
    deploys = read_deploys(file, zone)
    with opened(ledger) as engine:
        at = moment_of(moment, zone, deploys, engine)
        period = _around(moment, at, length, zone)
        whole = next(iter(compare_sides(engine, period, at, TOTAL, where=where)), None)
        rows = compare_sides(engine, period, at, cut, where=where) if cut else []
    found = Compared(period, at, cut or TOTAL, whole, rows)
    answer(
        form,
        output,
        page=lambda: compare_page(found),
        as_json=lambda: compare_as_json(found),
        as_csv=lambda: _as_csv(found),
    )
    if whole is None:
        ctx.exit(EXIT_NOTHING_FOUND)


def _as_csv(found: Compared) -> str:
    if found.cut:
        return rows_as_csv([row_as_json(found.cut, row) for row in found.rows], found.cut)
    return rows_as_csv([comparison_as_json(found.whole)] if found.whole else [], found.cut)


def _zone_and_length(timezone: str, within: str) -> tuple[tzinfo, timedelta]:
    """Raises click.UsageError."""
    try:
        return zone_of(timezone), min(length_of(within), timedelta(days=36_500))
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _around(moment: str, at: datetime, length: timedelta, zone: tzinfo) -> Period:
    """The time on both sides of a moment, up to now; raises click.UsageError when it is still to come."""
    now = datetime.now(UTC)
    if at >= now:
        raise click.UsageError(f"--at: {moment} is still to come; nothing is after it")
    return Period(at - length, min(at + length, now), zone)
