"""`spantally reprice`: the past at other rates, beside what was booked."""

from __future__ import annotations

import getpass
import json
import sys
from typing import TYPE_CHECKING

import click
from rich.progress import Progress

from spantally_processor.cli.kept_tables import table_of_version
from spantally_processor.cli.options import (
    EXIT_NOTHING_FOUND,
    LedgerUnreadable,
    ledger_options,
    period_options,
)
from spantally_processor.cli.rate_tables import rates_option
from spantally_processor.cli.reprice_text import (
    differences_as_json,
    print_differences,
    restatement_as_json,
)
from spantally_processor.cli.terminal import console
from spantally_processor.errors import PermanentSinkError
from spantally_processor.periods import Period
from spantally_processor.pricer import Pricer
from spantally_processor.reporting.numbers import plural
from spantally_processor.restating import generations
from spantally_processor.restating.repricing import Repricing
from spantally_processor.store import StoreError
from spantally_processor.store.writing import open_writer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spantally_pricing import RateTable

    from spantally_processor.restating.generations import Restatement
    from spantally_processor.restating.repricing import Difference
    from spantally_processor.store.engine import Engine
    from spantally_processor.store.writing import Writer

HELP = """Price past calls again with another rate table. What was booked stays; the new amounts are a
restatement beside it, with who, when and why.

\b
Examples:
  spantally reprice --from 2026-10-01 --to 2026-11-01 --dry-run
  spantally reprice --from 2026-10-01 --to 2026-11-01 --why "rates of acme-1 were missing"
  spantally reprice --last 30d --rates contract.toml --why "contract signed late" --yes
  spantally reprice --resume 20261101T120000.000000Z
  spantally restatements

The difference by team and model is shown before anything is written. The rates are the bundled ones with
--rates over them, or with --table those of a version that this machine still has. An interrupted one goes
on with --resume. Ask for it in SQL: select sum(cost) from restated_calls(generation = '…').

\b
Exit codes: 0 done, 1 nothing to restate, 3 the ledger cannot be reached or written to.
"""


@click.command(name="reprice", help=HELP)
@click.option("--table", "version", metavar="VERSION", help="Rates of this version (sha256).")
@click.option("--why", metavar="TEXT", help="Kept with the restatement; needed to write one.")
@click.option("--author", metavar="NAME", help="Who does it.  [default: the user's name here]")
@click.option("--dry-run", is_flag=True, help="Show the difference and write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask before writing.")
@click.option("--resume", metavar="GENERATION", help="Go on with one that was interrupted.")
@period_options
@rates_option
@ledger_options
@click.option("--json", "as_json", is_flag=True, help="Machine-readable, with exact amounts.")
@click.pass_context
def reprice(  # noqa: PLR0913 - one parameter an option
    ctx: click.Context,
    *,
    version: str | None,
    why: str | None,
    author: str | None,
    dry_run: bool,
    yes: bool,
    resume: str | None,
    period: Period,
    table: RateTable,
    ledger: str,
    as_json: bool,
) -> None:
    """Show the difference; with a reason and a yes, write it."""
    if not (dry_run or why or resume):
        raise click.UsageError("say why with --why, or only look with --dry-run")
    try:
        with open_writer(ledger) as (engine, writer):
            if resume:
                going_on = _interrupted(engine, resume)
                table = _table(going_on.table_version, table, ledger)
                _finish(engine, writer, going_on, table, as_json=as_json)
                return
            if version:
                table = _table(version, table, ledger)
            found = _priced(engine, table, period)
            if not (as_json and yes and found.differences):  # then the restatement is the answer
                _show(found.differences, as_json=as_json)
            if not found.differences:
                ctx.exit(EXIT_NOTHING_FOUND)
            if dry_run or not (yes or _agreed()):
                click.echo("Nothing was written.", err=True)
                return
            begun = generations.begin(
                writer,
                author=author or getpass.getuser(),
                reason=why or "",
                period=period,
                table_version=table.version,
            )
            _finish(engine, writer, begun, table, as_json=as_json)
    except (StoreError, PermanentSinkError) as error:
        raise LedgerUnreadable(str(error)) from error


def _interrupted(engine: Engine, name: str) -> Restatement:
    found = generations.restatements(engine, name)
    if len(found) != 1:
        raise click.UsageError(f"{plural(len(found), 'restatement')} begin with {name!r}")
    if found[0].state == generations.COMPLETE:
        raise click.UsageError(f"{found[0].generation} is complete")
    return found[0]


def _table(version: str, at_hand: RateTable, ledger: str) -> RateTable:
    table = table_of_version(version, at_hand, ledger)
    if table is None:
        raise click.UsageError(
            f"no rate table of version {version} is at hand; give the files it was made of with --rates"
        )
    return table


def _priced(engine: Engine, table: RateTable, period: Period) -> Repricing:
    found = Repricing(engine, Pricer(table), period)
    with _progress() as progress:
        task = progress.add_task("pricing", total=found.calls)
        for part in found.slices:
            found.price(part)
            progress.advance(task, part.calls)
    return found


def _finish(
    engine: Engine, writer: Writer, restatement: Restatement, table: RateTable, *, as_json: bool
) -> None:
    rest = Period(restatement.done_to, restatement.period.end)
    left = Repricing(engine, Pricer(table), rest)
    with _progress() as progress:
        task = progress.add_task("writing", total=left.calls)
        for part in left.slices:
            restatement = generations.write(writer, restatement, part, left.price(part))
            progress.advance(task, part.calls)
    restatement = generations.finish(writer, restatement)
    if as_json:
        click.echo(json.dumps(restatement_as_json(restatement), indent=2))
    else:
        calls = plural(restatement.changed, "call")
        click.echo(
            f"{restatement.generation} is complete: {calls} restated; what was booked stays."
        )
        click.echo(f"spantally restatements {restatement.generation} shows it by team and model.")


def _agreed() -> bool:
    """Asks, where somebody can answer."""
    if not sys.stdin.isatty():
        click.echo("To write it without being asked: --yes.", err=True)
        return False
    return click.confirm("Write this restatement?", err=True)


def _show(found: Sequence[Difference], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(differences_as_json(found), indent=2, ensure_ascii=False))
    else:
        print_differences(found, console())


def _progress() -> Progress:
    """On the terminal only, beside what is printed."""
    return Progress(transient=True, disable=not sys.stderr.isatty())
