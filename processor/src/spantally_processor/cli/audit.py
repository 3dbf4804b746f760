"""`spantally audit`: does the ledger agree with itself, and has it all that was accepted?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from spantally_processor.cli.options import ledger_options, opened, period_options
from spantally_processor.cli.spool_file import read_spool, spool_of
from spantally_processor.store.auditing import Audited
from spantally_processor.store.auditing import audit as audited

if TYPE_CHECKING:
    from spantally_processor.periods import Period

EXIT_MISMATCH = 1

HELP = """Compare what the ledger's tables say with each other, and with what was set aside.

Counts against distinct ids, LLM spans against the steps of their traces, lines against costs, roll-ups
by day and hour against calls, verdicts against what was decided and against the span that counts instead,
restatements against their calls; and, where the spool is beside the ledger, what it refused. Nothing is
changed.

\b
Examples:
  spantally audit
  spantally audit --last 7d --json

\b
What to do about a mismatch:
  it names a trace and a span: spantally explain SPAN_ID, spantally trace TRACE_ID
  spend by day or hour: spantally rollup makes days anew that have changed
  set aside: spantally dead-letters list, then replay

Every row of the period is read. Exit codes: 0 all agree, 1 something does not, 3 the ledger cannot be read.
"""

_DEAD = "select coalesce(sum(spans), 0), coalesce(min(reason), '') from quarantine where destination = 'ledger'"


@click.command("audit", help=HELP)
@period_options
@ledger_options
@click.option("--json", "as_json", is_flag=True, help="One object a check.")
def audit(*, period: Period, ledger: str, as_json: bool) -> None:
    """Run the checks."""
    with opened(ledger) as engine:
        found = [*audited(engine, period), *_set_aside(ledger)]
    if as_json:
        click.echo(json.dumps([each._asdict() for each in found], indent=2, ensure_ascii=False))
    else:
        for each in found:
            click.echo(_line(each))
    if any(each.wrong for each in found):
        raise click.exceptions.Exit(EXIT_MISMATCH)


def _set_aside(ledger: str) -> list[Audited]:
    """What the ledger refused for good, of any time; nothing where the spool is elsewhere."""
    spool = spool_of(ledger)
    row = None if spool is None else read_spool(spool, _DEAD)
    if row is None:
        return []
    spans, reason = int(str(row[0])), str(row[1])
    return [Audited("nothing that was accepted is set aside", spans, spans, reason)]


def _line(each: Audited) -> str:
    if each.wrong:
        return (
            f"✗ {each.check}: {each.wrong:,} of {each.compared:,} do not\n    e.g. {each.example}"
        )
    return f"✓ {each.check}  {each.compared:,} compared"
