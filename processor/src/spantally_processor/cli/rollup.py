"""`spantally rollup`: spend by hour and day, brought up to date."""

from __future__ import annotations

import json

import click

from spantally_processor.cli.options import LedgerUnreadable, ledger_options
from spantally_processor.reporting.numbers import plural
from spantally_processor.store import StoreError
from spantally_processor.store.writing import open_writer

HELP = """Bring spend_hourly and spend_daily up to date with the calls.

`spantally serve` does it every minute (`ledger.rollup_s`). Only days of calls that were stored since the
last time are made anew, each as a whole: doing it twice gives the same rows.

\b
Exit codes: 0 done, 3 the ledger cannot be reached or written to.
"""


@click.command(name="rollup", help=HELP)
@ledger_options
@click.option("--json", "as_json", is_flag=True, help="The days, as JSON.")
def rollup(*, ledger: str, as_json: bool) -> None:
    """Make the days anew that have changed."""
    try:
        with open_writer(ledger) as (_, writer):
            days = writer.roll_up()
    except StoreError as error:
        raise LedgerUnreadable(str(error)) from error
    if as_json:
        click.echo(json.dumps([day.isoformat() for day in days]))
    elif days:
        click.echo(f"{plural(len(days), 'day')} made anew, {days[0]} to {days[-1]}.")
    else:
        click.echo("Nothing changed since the last time.")
