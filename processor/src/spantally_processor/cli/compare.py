"""`spantally compare`: what a call cost before and after a moment, such as a deployment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from spantally_processor.cli.cuts import read_cut, where_option
from spantally_processor.cli.forms import answer, form_options
from spantally_processor.cli.options import EXIT_NOTHING_FOUND, ledger_options, opened
from spantally_processor.periods import Period, length_of, time_of, zone_of
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
    from pathlib import Path

    from spantally_processor.store.dimensions import Cut

HELP = """What a call cost before and after a moment, such as the deployment of another prompt, with an
interval that says whether the difference is more than chance.

\b
Examples:
  spantally compare --at 2026-11-20T14:00
  spantally compare --at 2026-11-20T14:00 --within 3d --where workflow=concierge
  spantally compare --at 2026-11-20T14:00 --by model      what changed with it

The interval takes traces, not calls, as independent: the calls of one agent run are alike. Calls
without a full price are left out and counted. With --by, the values are in the order of their effect on
the bill; a "?" marks a difference that may be chance. Exit code 1: no calls on either side.
"""


@click.command(help=HELP)
@click.option(
    "--at", "moment", required=True, metavar="TIME", help="2026-11-20T14:00, in --timezone."
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
    within: str,
    cut: Cut | None,
    where: dict[str, str],
    timezone: str,
    ledger: str,
    form: str,
    output: Path | None,
) -> None:
    """Read both sides and write the answer."""
    period, at = _around(moment, within, timezone)
    with opened(ledger) as engine:
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


def _around(moment: str, within: str, timezone: str) -> tuple[Period, datetime]:
    """The time on both sides of a moment, up to now.

    Raises:
        click.UsageError: An option cannot be read, or the moment is still to come.
    """
    try:
        zone = zone_of(timezone)
        at, length = time_of(moment, zone).astimezone(UTC), length_of(within)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    now = datetime.now(UTC)
    if at >= now:
        raise click.UsageError(f"--at: {moment} is still to come; nothing is after it")
    length = min(length, timedelta(days=36_500))
    return Period(at - length, min(at + length, now), zone), at
