"""`spantally trace`: what one agent run cost, step by step; or which runs cost most."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from spantally_processor.cli.options import (
    EXIT_NOTHING_FOUND,
    ledger_options,
    opened,
    period_options,
)
from spantally_processor.cli.terminal import console
from spantally_processor.cli.trace_json import trace_as_json, traces_as_json
from spantally_processor.cli.trace_text import print_trace, print_traces
from spantally_processor.cli.trace_tree import read_trace
from spantally_processor.store import traces

if TYPE_CHECKING:
    from spantally_processor.periods import Period
    from spantally_processor.store.engine import Engine

CANDIDATES = 5
"""How many ids are shown when a beginning fits several traces."""

HELP = """What one agent run cost: every step, its own cost, and the sum.

\b
Examples:
  spantally trace --top 5              the costliest traces
  spantally trace --top 5 --last 24h
  spantally trace 4bf92f35             one trace, by the beginning of its id
  spantally trace 4bf92f35 --json

The sum has each provider call once, over all services and threads of the trace. Spans of agents and
tools repeat the counts of the calls inside them and cost nothing themselves. HTTP requests inside LLM
calls are left out; --json has every span. Exit code 1: no such trace.
"""


@click.command(help=HELP)
@click.argument("trace_id", required=False)
@click.option("--top", type=click.IntRange(1, 10_000), help="List the N costliest traces instead.")
@period_options
@ledger_options
@click.option("--json", "as_json", is_flag=True, help="Machine-readable, with exact amounts.")
def trace(
    *, trace_id: str | None, top: int | None, period: Period, ledger: str, as_json: bool
) -> None:
    """Show one trace, or list the costliest."""
    if (trace_id is None) == (top is None):
        raise click.UsageError("give the beginning of a trace's id, or --top N for the costliest")
    with opened(ledger) as engine:
        if trace_id is not None:
            _show_one(engine, trace_id, as_json=as_json)
        elif top is not None:
            _show_costliest(engine, period, top, as_json=as_json)


def _show_one(engine: Engine, beginning: str, *, as_json: bool) -> None:
    found = read_trace(engine, _full_id(engine, beginning.strip().lower()))
    if as_json:
        click.echo(json.dumps(trace_as_json(found), indent=2, ensure_ascii=False))
    else:
        print_trace(found, console())


def _show_costliest(engine: Engine, period: Period, top: int, *, as_json: bool) -> None:
    found = traces.costliest_traces(engine, period, top)
    if as_json:
        click.echo(json.dumps(traces_as_json(found), indent=2, ensure_ascii=False))
    elif found:
        print_traces(found, console())
    else:
        click.echo("No trace with LLM calls in this period.")
    if not found:
        raise click.exceptions.Exit(EXIT_NOTHING_FOUND)


def _full_id(engine: Engine, beginning: str) -> str:
    candidates = traces.traces_named(engine, beginning, CANDIDATES + 1)
    if beginning in candidates or len(candidates) == 1:
        return beginning if beginning in candidates else candidates[0]
    if not candidates:
        click.echo(f"No trace's id begins with {beginning}.", err=True)
        raise click.exceptions.Exit(EXIT_NOTHING_FOUND)
    more = " …" if len(candidates) > CANDIDATES else ""
    raise click.UsageError(
        f"{beginning} is the beginning of several traces: {', '.join(candidates[:CANDIDATES])}{more}"
    )
