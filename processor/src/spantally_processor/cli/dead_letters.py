"""`spantally dead-letters`: what a destination refused for good, and what should become of it.

Exit codes: 0 answered, 1 there is no such dead letter, 2 wrong command line, 3 there is no spool.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

from spantally_processor.cli.spool_file import SPOOL_FILE
from spantally_processor.errors import Refused
from spantally_processor.otlp.compression import inflate
from spantally_processor.otlp.decode import decode_traces
from spantally_processor.spool.dead_letters import DeadLetter, DeadLetters, Wish
from spantally_processor.store.location import default_data_dir

if TYPE_CHECKING:
    from collections.abc import Callable


EXIT_NOTHING_FOUND = 1
EXIT_UNAVAILABLE = 3

_LARGEST = 1 << 30


def _data_option(command: Callable[..., None]) -> Callable[..., None]:
    return click.option(
        "--data",
        "folder",
        metavar="DIR",
        envvar="SPANTALLY_DATA",
        type=click.Path(file_okay=False),
        help="Data folder of `spantally serve`. [env: SPANTALLY_DATA]",
    )(command)


@click.group(name="dead-letters")
def dead_letters() -> None:
    """Requests that the ledger or a forward target refused for good.

    They are in the spool with the reason, and count as quarantined. A replay goes through pricing and
    delivery once more, to the destination that refused it and to no other. The processor does it within
    seconds, or when it starts.
    """


@dead_letters.command(name="list")
@_data_option
@click.option("--destination", default="", help="Only those of one destination.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_(folder: str | None, destination: str, *, as_json: bool) -> None:
    """List them, the oldest first."""
    letters = _read(folder).all(destination)
    for letter in letters:
        click.echo(orjson.dumps(letter) if as_json else _line(letter))
    if not letters:
        click.echo("there are no dead letters", err=True)


@dead_letters.command()
@_data_option
@click.argument("number", type=int)
def show(folder: str | None, number: int) -> None:
    """Show one: why it was refused, and the spans in it by name and id."""
    found = _read(folder)
    letter = _chosen(found, (number,), everything=False)[0]
    click.echo(f"{_line(letter)}\nreason: {letter.reason}")
    body = found.body(number)
    if body is None:
        click.echo("its body was damaged, or had no room")
        return
    try:
        message = decode_traces(inflate(body, letter.encoding, limit=_LARGEST), letter.content_type)
    except Refused as error:
        click.echo(f"its body cannot be read: {error}")
        return
    for group in message.resource_spans:
        for scope in group.scope_spans:
            for span in scope.spans:
                click.echo(f"  {span.trace_id.hex()} {span.span_id.hex()} {span.name}")


def _asking(wish: Wish, about: str) -> click.Command:
    @dead_letters.command(name=wish.value, help=about)
    @_data_option
    @click.argument("numbers", type=int, nargs=-1)
    @click.option("--all", "everything", is_flag=True, help="All of them.")
    def ask(folder: str | None, numbers: tuple[int, ...], *, everything: bool) -> None:
        if everything == bool(numbers):
            raise click.UsageError("name numbers, or --all")
        found = _read(folder)
        letters = _chosen(found, numbers, everything=everything)
        lost = [letter for letter in letters if wish is Wish.REPLAY and not letter.can_replay]
        for letter in lost:
            click.echo(f"{letter.number}: its body is not there, so it stays", err=True)
        asked = [letter.number for letter in letters if letter not in lost]
        found.wish(wish, asked)
        click.echo(f"{wish.value}: {len(asked)} asked for")

    return ask


_asking(Wish.REPLAY, "Deliver them once more, to where they were refused.")
_asking(Wish.DROP, "Throw them away for good.")


def _read(folder: str | None) -> DeadLetters:
    data = Path(folder) if folder else default_data_dir()
    spool = data.expanduser().absolute() / SPOOL_FILE
    if not spool.is_file():
        click.echo(f"spantally dead-letters: there is no spool in {data}", err=True)
        sys.exit(EXIT_UNAVAILABLE)
    return DeadLetters(spool)


def _chosen(found: DeadLetters, numbers: tuple[int, ...], *, everything: bool) -> list[DeadLetter]:
    letters = {letter.number: letter for letter in found.all()}
    missing = [str(number) for number in numbers if number not in letters]
    if missing or not letters:
        click.echo(f"there is no dead letter {', '.join(missing)}".rstrip(), err=True)
        sys.exit(EXIT_NOTHING_FOUND)
    return list(letters.values()) if everything else [letters[number] for number in numbers]


def _line(letter: DeadLetter) -> str:
    when = datetime.fromtimestamp(letter.quarantined_ns // 10**9, UTC)
    asked = f"  ({letter.wish} asked for)" if letter.wish else ""
    return (
        f"{letter.number}  {when:%Y-%m-%d %H:%M:%S}  {letter.destination}  {letter.spans} spans  "
        f"{letter.size} bytes  {letter.reason[:60]}{asked}"
    )
