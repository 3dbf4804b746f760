"""`spantally import`: tables that others keep, for margins and costs of outcomes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

from spantally_processor.cli.options import LedgerUnreadable, ledger_options
from spantally_processor.errors import ImportFault
from spantally_processor.imports.csv_file import read_csv
from spantally_processor.imports.kinds import KINDS
from spantally_processor.imports.writing import Replaced, write
from spantally_processor.reporting.numbers import plural
from spantally_processor.store.errors import StoreError
from spantally_processor.store.writing import open_writer

if TYPE_CHECKING:
    from spantally_processor.imports.columns import Kind

EXIT_FAULTS = 2

_ABOUT = {
    "revenue": "What customers pay and what else they cost, by month: for the view unit_economics.",
    "plans": "What customers are on, fee and allowance: for the view plan_usage.",
    "outcomes": "What was achieved, by day: for the view cost_per_outcome.",
}
_REPLACES = {
    "month": "The file replaces what its source said of the months in it.",
    "day": "The file replaces what its source said of the days in it.",
    "": "The file replaces everything that its source said before.",
}


HELP = """Bring in tables that others keep: revenue, plans, outcomes.

UTF-8 CSV with a first line of column names. An empty amount is unknown, not 0. Nothing is written if
a line is faulty: all faults are listed. The same file again changes nothing. It works beside a running
processor.

\b
Examples:
  spantally import revenue billing-2026-11.csv
  spantally import outcomes tickets.csv --source zendesk

\b
Exit codes: 0 imported, or nothing new; 2 a line is faulty; 3 the ledger cannot be written to.
"""


@click.group(name="import", help=HELP)
def import_() -> None:
    """Hold the commands, one for each kind of file."""


def _command(kind: Kind) -> click.Command:
    named = [
        f"  {column.name:<16} {column.about}{'' if column.needed else ' (may be left out)'}"
        for column in kind.columns
    ]
    columns = "\n".join(["\b", "Columns:", *named])
    replaces = _REPLACES[kind.period]

    @import_.command(
        name=kind.name,
        short_help=_ABOUT[kind.name],
        help=f"{_ABOUT[kind.name]}\n\n{replaces}\n\n{columns}",
    )
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option(
        "--source", default="file", show_default=True, help="Name of the system it comes from."
    )
    @click.option("--tenant", default="", help="Whose it is, where the processor has tenants.")
    @ledger_options
    @click.option("--json", "as_json", is_flag=True, help="One JSON object.")
    def run(*, file: Path, source: str, tenant: str, ledger: str, as_json: bool) -> None:
        try:
            imported = read_csv(file, kind)
            with open_writer(ledger) as (engine, writer):
                done = write(engine, writer, imported, tenant=tenant, source=source)
        except ImportFault as error:
            click.echo(f"{error}\nnothing was imported", err=True)
            sys.exit(EXIT_FAULTS)
        except StoreError as error:
            raise LedgerUnreadable(str(error)) from error
        if as_json:
            counts = {"rows": done.rows, "periods": done.periods, "replaced": done.replaced}
            click.echo(orjson.dumps({"table": kind.table, "sha256": imported.digest, **counts}))
        else:
            click.echo(_said(kind, done))

    return run


def _said(kind: Kind, done: Replaced) -> str:
    if not done.rows:
        return f"{kind.table} has this file already; nothing was written"
    rows = plural(done.rows, "row")
    if not kind.period:
        return f"{rows} into {kind.table}" + (
            "; the earlier ones hold no longer" if done.replaced else ""
        )
    replaced = f", of which {done.replaced} replaced" if done.replaced else ""
    return f"{rows} into {kind.table} for {plural(done.periods, kind.period)}{replaced}"


for _kind in KINDS:
    _command(_kind)
