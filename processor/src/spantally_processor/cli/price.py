"""`spantally price`: usages in, costs out, one JSON line each, without a server or a ledger."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import click
import orjson

from spantally_processor.cli.price_lines import PRICED, answer
from spantally_processor.cli.rate_tables import rates_option

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from spantally_pricing import RateTable

EXIT_NOT_ALL_PRICED = 1

_SHOWN_BYTES = 1 << 18
"""A bar that moved with every line would cost more than the prices."""

HELP = """Price usages: JSON lines in, JSON lines out, in the same order.

\b
In, one line each (context may be left out, other keys are ignored):
  {"id": 1, "provider": "openai", "model": "gpt-6-sol", "timestamp": "2026-11-10T12:00:00Z",
   "usage": {"input_tokens": 1000, "cache_read_tokens": 400, "output_tokens": 50},
   "context": {"processing": "batch"}}

\b
Counts are inclusive: input_tokens contains cache_read_tokens and cache_write_tokens, output_tokens
contains reasoning_tokens. A count that is absent was not reported, which is not 0.

\b
Out:
  status     priced
             partially_priced: cost_usd is a lower bound, `reason` names the meters without a rate, or
             says that output_tokens were not reported
             unpriced: `reason` says what is not known, `detail` says it in words; cost_usd is null, never 0
             invalid: the line or its counts make no sense
  cost_usd   exact, as a decimal string
  lines      amount = quantity * unit_price / per * factors; they sum to cost_usd
  list_cost_usd, list_amount: only where a contract of --rates makes them differ

\b
Examples:
  spantally price usages.jsonl > costs.jsonl
  spantally price --rates contract.toml < usages.jsonl
  jq -c '.cases[]' cases.json | spantally price | jq -r '[.id, .cost_usd] | @tsv'

\b
Exit codes: 0 every line is priced, 1 some line is not or not fully, 2 wrong command line or rate file.
"""


@click.command(name="price", help=HELP)
@click.argument("files", nargs=-1, type=click.File("rb"))
@rates_option
@click.option("--json", "as_json", is_flag=True, help="The output is always JSON lines.")
@click.pass_context
def price(
    ctx: click.Context, *, files: tuple[IO[bytes], ...], table: RateTable, as_json: bool
) -> None:
    """Answer every line of the files, or of the standard input."""
    del as_json
    inputs = files or (sys.stdin.buffer,)
    out = sys.stdout.buffer
    complete = True
    with _progress(inputs) as done:
        for file in inputs:
            for line in file:
                done(len(line))
                if line.isspace():
                    continue
                said = answer(line, table)
                complete &= said["status"] == PRICED
                out.write(orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE))
    out.flush()
    if not complete:
        ctx.exit(EXIT_NOT_ALL_PRICED)


@contextmanager
def _progress(inputs: Sequence[IO[bytes]]) -> Generator[Callable[[int], object]]:
    """A bar over the bytes read, for a person who waits while the answers go elsewhere."""
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield lambda _: None
        return
    # Rich takes longer to import than most inputs take to price.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress  # noqa: PLC0415

    sizes = [_size(file) for file in inputs]
    total = None if None in sizes else sum(filter(None, sizes))
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("pricing", total=total)
        unseen = 0

        def done(count: int) -> None:
            nonlocal unseen
            unseen += count
            if unseen >= _SHOWN_BYTES:
                bar.advance(task, unseen)
                unseen = 0

        yield done


def _size(file: IO[bytes]) -> int | None:
    """Bytes of a regular file; None of a pipe."""
    status = os.fstat(file.fileno())
    return status.st_size if stat.S_ISREG(status.st_mode) else None
