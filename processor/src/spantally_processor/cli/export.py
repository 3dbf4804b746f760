"""`spantally export`: everything of a period in a file, for a warehouse, a sheet or a FinOps tool."""

from __future__ import annotations

import contextlib
import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click
from rich.console import Console
from rich.progress import Progress

from spantally_processor.cli.cuts import where_option
from spantally_processor.cli.options import (
    EXIT_NOTHING_FOUND,
    ledger_options,
    opened,
    period_options,
)
from spantally_processor.cli.unwritable import Unwritable
from spantally_processor.reporting.csv_rows import NewlineEnds
from spantally_processor.reporting.focus import COLUMNS, focus_row
from spantally_processor.reporting.numbers import plural
from spantally_processor.reporting.tables import WRITERS, text_over
from spantally_processor.store.exporting import calls_in_slices, charges_by_day

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from spantally_processor.periods import Period
    from spantally_processor.store.asking import Where
    from spantally_processor.store.engine import Engine

FORMATS = ("csv", "jsonl", "parquet", "focus")

HELP = """Every counted call of a period, one a row; or with --format focus its charges in the form of FOCUS
1.3, one row a day, meter and set of tags.

\b
Examples:
  spantally export --period 2026-10 --output calls.parquet
  spantally export --last 7d --where team=search --format csv > calls.csv
  spantally export --period last-month --format focus --output focus.csv

Amounts have every digit; what is not known is empty (null), never 0. The period is read in slices, so
memory stays bounded. Columns: docs/reference/export.md. FOCUS wants a cost in every row; charges
without a price break that rule on purpose, and --priced-only leaves them out and says how many
there were. Exit code 1: no calls in the period.
"""


@click.command(help=HELP)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="[default: by the suffix of --output, else csv]",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; standard output when absent.",
)
@click.option("--priced-only", is_flag=True, help="FOCUS: leave out charges without a price.")
@where_option
@period_options
@ledger_options
@click.pass_context
def export(  # noqa: PLR0913 - one parameter an option
    ctx: click.Context,
    *,
    form: str | None,
    output: Path | None,
    priced_only: bool,
    where: dict[str, str],
    period: Period,
    ledger: str,
) -> None:
    """Write the file."""
    suffix = output.suffix.lstrip(".").lower() if output else ""
    chosen = form or (suffix if suffix in FORMATS else "csv")
    if priced_only and chosen != "focus":
        raise click.UsageError("--priced-only goes with --format focus")
    if output is None and chosen == "parquet" and sys.stdout.isatty():
        raise click.UsageError("parquet is no text for a terminal; give --output FILE")
    # The ledger first: a file that is there stays as it is where there is nothing to read.
    with opened(ledger) as engine, contextlib.ExitStack() as files:
        target = _opened(output, files)
        if chosen == "focus":
            rows = _write_focus(engine, period, where, target, priced_only=priced_only)
        else:
            rows = _write_calls(engine, period, where, target, chosen)
    if not rows:
        click.echo("No LLM calls in this period.", err=True)
        ctx.exit(EXIT_NOTHING_FOUND)
    if output is not None:
        click.echo(f"{plural(rows, 'row')} in {output}", err=True)


def _opened(output: Path | None, files: contextlib.ExitStack) -> BinaryIO:
    if output is None:
        return sys.stdout.buffer
    try:
        return files.enter_context(output.open("wb"))
    except OSError as error:
        raise Unwritable(f"cannot write {output}: {error.strerror}") from error


def _write_calls(engine: Engine, period: Period, where: Where, target: BinaryIO, form: str) -> int:
    rows = 0
    with WRITERS[form](target) as writer, _progress("calls") as show:
        for done, parts, table in calls_in_slices(engine, period, where):
            writer.write(table)
            rows += table.num_rows
            show(done, parts, rows)
    return rows


def _write_focus(
    engine: Engine, period: Period, where: Where, target: BinaryIO, *, priced_only: bool
) -> int:
    rows = left_out = 0
    with text_over(target) as text, _progress("charges") as show:
        writer = csv.DictWriter(NewlineEnds(text), list(COLUMNS))
        writer.writeheader()
        for done, days, charges in charges_by_day(engine, period, where):
            kept = [each for each in charges if each.kind != "unpriced" or not priced_only]
            writer.writerows(focus_row(charge) for charge in kept)
            rows += len(kept)
            left_out += sum(each.calls for each in charges) - sum(each.calls for each in kept)
            show(done, days, rows)
    if left_out:
        click.echo(f"{plural(left_out, 'call')} without a full price left out.", err=True)
    return rows


@contextlib.contextmanager
def _progress(what: str) -> Generator[Callable[[int, int, int], None]]:
    """A bar on the terminal's error stream, none elsewhere: (done, of, rows so far)."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, parts, rows: bar.update(
            task, completed=done, total=parts, description=f"{rows:,} {what}"
        )
