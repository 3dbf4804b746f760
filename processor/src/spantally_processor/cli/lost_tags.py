"""`spantally lost-tags`: at which boundary a tag was lost, and what the calls behind it cost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
from rich.text import Text

from spantally_processor.cli.options import (
    EXIT_NOTHING_FOUND,
    ledger_options,
    opened,
    period_options,
)
from spantally_processor.cli.terminal import console
from spantally_processor.reporting.numbers import column_decimals, money
from spantally_processor.reporting.text_table import print_table, text_table
from spantally_processor.reporting.visible import visible
from spantally_processor.store.lost_tags import lost_tags as find_lost_tags

if TYPE_CHECKING:
    from spantally_processor.periods import Period
    from spantally_processor.store.lost_tags import Loss

HELP = """Where tags get lost on the way to LLM calls.

A span above a call carries a tag, the call does not: the table names the first edge behind which the
tag is gone, how many calls are behind it and what they cost.

\b
Examples:
  spantally lost-tags --last 24h
  spantally lost-tags --last 7d --json

\b
What to do about it:
  between services   let both run under opentelemetry-instrument; name hosts of your own that
                     have public names in SPANTALLY_INTERNAL_HOSTS
  inside a service   a thread or task was started without its context; see docs/reference/attribution.md
  trace begins here  a thread, process or queue got no context at all; the thread is named,
                     numbers in its name are N

The spans of every trace with calls in the period are read: name a period on a large ledger. Exit code 1:
no tag was lost.
"""

_KINDS = {"service": "between services", "span": "inside a service", "trace": "trace begins here"}


@click.command("lost-tags", help=HELP)
@period_options
@ledger_options
@click.option("--json", "as_json", is_flag=True, help="Machine-readable, with exact amounts.")
def lost_tags(*, period: Period, ledger: str, as_json: bool) -> None:
    """Show where tags were lost."""
    with opened(ledger) as engine:
        losses = find_lost_tags(engine, period)
    if as_json:
        click.echo(json.dumps([_as_json(loss) for loss in losses], indent=2, ensure_ascii=False))
    elif losses:
        _print(losses)
    else:
        click.echo("No tag was lost on the way to a call in this period.")
    if not losses:
        raise click.exceptions.Exit(EXIT_NOTHING_FOUND)


def _print(losses: list[Loss]) -> None:
    decimals = column_decimals(loss.known_cost for loss in losses)
    table = text_table()
    for name in ("tag", "carried by", "gone at", "lost"):
        table.add_column(name, overflow="fold")
    for name in ("calls", "cost"):
        table.add_column(name, justify="right", no_wrap=True)
    for loss in losses:
        tag, above, below, kind = loss.boundary
        is_lower_bound = loss.unpriced_calls > 0 and loss.known_cost is not None
        cost = money(loss.known_cost, lower_bound=is_lower_bound, decimals=decimals)
        table.add_row(
            *(Text(visible(name)) for name in (tag, above, below)),
            _KINDS[kind],
            f"{loss.calls:,}",
            cost,
        )
    print_table(table, console())


def _as_json(loss: Loss) -> dict[str, object]:
    return {
        **loss.boundary._asdict(),
        "calls": loss.calls,
        "unpriced_calls": loss.unpriced_calls,
        "known_cost": None if loss.known_cost is None else str(loss.known_cost),
    }
