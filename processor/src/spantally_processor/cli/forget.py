"""`spantally forget`: a user's id out of the ledger, on request; what was spent stays in every total.

Exit codes: 0 done, or it would be (`--dry-run`); 1 nobody of that id is there, or is there again;
2 wrong command line; 3 the ledger cannot be reached or written to.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
import orjson

from spantally_processor.cli.options import EXIT_NOTHING_FOUND, LedgerUnreadable, ledger_options
from spantally_processor.cli.spool_file import spool_of
from spantally_processor.errors import SpoolError
from spantally_processor.reporting.numbers import plural
from spantally_processor.spool.naming import Naming, naming
from spantally_processor.store import StoreError
from spantally_processor.store.forgetting import Found, Person, find
from spantally_processor.store.writing import open_writer

if TYPE_CHECKING:
    from collections.abc import Iterator

BEYOND = (
    "forward targets, which got the spans with their tags",
    "exports, reports and screenshots that were made before",
    "back-ups and snapshots of the ledger",
    "the provider's own logs, which a response id leads to",
)
"""Where no command of ours reaches."""

HELP = """Take one user's id out of the ledger.

Empties the tag `user` of every call of that user, and the values that the tag lost to another. The calls
stay with their cost: totals do not change, and by user they are of nobody. Traces, times, models and
counts stay as well.

\b
Examples:
  spantally forget --user u-17 --dry-run
  spantally forget --user u-17
  spantally forget --user u-17 --tenant acme --json

Have the apps stop sending the id first: a span that comes in later names the user again. The answer says
how many rows named the user, where the same text is in another column, in which requests of the spool, and
what cannot be reached from here. Old files of the ledger are deleted by the engine within ten minutes.

\b
Exit codes: 0 done, or it would be; 1 the ledger does not name that user, or does so again;
2 wrong command line; 3 the ledger cannot be reached or written to.
"""


@click.command("forget", help=HELP)
@click.option("--user", required=True, metavar="ID", help="As in the tag `user`.")
@click.option("--tenant", metavar="NAME", help="Only the user of this tenant, not of all.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@ledger_options
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def forget(*, user: str, tenant: str | None, dry_run: bool, ledger: str, as_json: bool) -> None:
    """Empty the id, count before and after, and say what is left elsewhere."""
    if not user:
        raise click.UsageError("--user is empty, which is what calls of nobody have")
    person = Person.named(user, tenant)
    spool = spool_of(ledger)
    try:
        # Before the ledger, lest a request that is delivered meanwhile is seen in neither.
        waiting = None if spool is None else naming(spool, user, tenant or "")
        with open_writer(ledger) as (engine, writer):
            found = left = find(engine, person)
            if found.rows and not dry_run:
                writer.forget(person)
                left = find(engine, person)
    except (SpoolError, StoreError) as error:
        raise LedgerUnreadable(str(error)) from error
    if as_json:
        click.echo(orjson.dumps(_answer(found, left, waiting, dry_run=dry_run)))
    else:
        click.echo("\n".join(_lines(found, left, waiting, dry_run=dry_run)))
    if not found.rows or (left.rows and not dry_run):
        sys.exit(EXIT_NOTHING_FOUND)


def _answer(
    found: Found, left: Found, waiting: Naming | None, *, dry_run: bool
) -> dict[str, object]:
    return {
        "dry_run": dry_run,
        "rows": {"llm_spans.user": found.user, "llm_spans.tag_conflicts": found.tag_conflicts},
        "rows_left": left.rows,
        "elsewhere": found.elsewhere,
        "requests_waiting": None if waiting is None else waiting.waiting,
        "dead_letters": None if waiting is None else waiting.dead_letters,
        "not_reached": list(BEYOND),
    }


def _lines(found: Found, left: Found, waiting: Naming | None, *, dry_run: bool) -> Iterator[str]:
    done = "would be emptied" if dry_run else "emptied"
    if not found.rows:
        yield "The ledger names no such user."
    else:
        yield f"llm_spans.user           {plural(found.user, 'row')} {done}"
        yield f"llm_spans.tag_conflicts  {plural(found.tag_conflicts, 'row')} {done}"
        yield "Their cost stays in every total."
    if left.rows and not dry_run:
        yield (
            f"{plural(left.rows, 'row')} came in meanwhile: stop the apps from sending the id, "
            "and run this again."
        )
    if found.elsewhere:
        yield "The same text is elsewhere, and was left alone:"
        yield from (f"  {place}  {plural(rows, 'row')}" for place, rows in found.elsewhere.items())
    if waiting is None:
        yield "The spool is not beside this ledger and was not looked at."
    else:
        yield from _spool_lines(waiting)
    yield "Not reached from here:"
    yield from (f"  {each}" for each in BEYOND)


def _spool_lines(waiting: Naming) -> Iterator[str]:
    if waiting.waiting:
        yield (
            f"{plural(len(waiting.waiting), 'request')} that wait for delivery name the user: "
            "run this again when they have been delivered."
        )
    if waiting.dead_letters:
        numbers = " ".join(map(str, waiting.dead_letters))
        yield (
            f"Dead letters that name the user: {numbers}. `spantally dead-letters drop {numbers}` throws "
            "them away, with the calls of others in them."
        )
