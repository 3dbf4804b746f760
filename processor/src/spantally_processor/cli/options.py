"""What the reading commands share: where the ledger is, which period, how errors end."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from spantally_processor.store.errors import StoreError
from spantally_processor.store.location import store_url
from spantally_processor.store.reading import open_reader
from spantally_processor.store.reports import Period

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from spantally_processor.store.engine import Engine

EXIT_NOTHING_FOUND = 1

_DURATION = re.compile(r"^(\d+)(m|h|d|w)$")
_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}


class LedgerUnreadable(click.ClickException):
    """Ends a command: there is no ledger, or nobody lets it be read."""

    exit_code = 3


def ledger_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add --store and --data; the command gets their meaning as `ledger`, a store URL."""

    @wraps(command)
    def run(*args: Any, store: str | None, data: str | None, **options: Any) -> None:
        command(*args, ledger=store_url(store=store, data=data), **options)

    data_option = click.option(
        "--data",
        metavar="DIR",
        envvar="SPANTALLY_DATA",
        help="Data folder of `spantally serve`. [env: SPANTALLY_DATA]",
    )
    store_option = click.option(
        "--store",
        metavar="URL",
        envvar="SPANTALLY_STORE",
        help="Ledger, instead of the one in the data folder: chdb:///folder or "
        "http(s)://user:password@host:8123/database. [env: SPANTALLY_STORE]",
    )
    return store_option(data_option(run))


def period_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add --from, --to and --last; the command gets their meaning as `period`."""

    @wraps(command)
    def run(
        *args: Any, since: str | None, until: str | None, last: str | None, **options: Any
    ) -> None:
        command(*args, period=period_of(since, until, last), **options)

    since_option = click.option(
        "--from",
        "since",
        metavar="TIME",
        help="Only calls from this time on: 2026-11-01 or 2026-11-01T12:00+01:00.",
    )
    until_option = click.option(
        "--to",
        "until",
        metavar="TIME",
        help="Only calls before this time; UTC unless it has an offset.",
    )
    last_option = click.option(
        "--last",
        metavar="SPAN",
        help="Only calls of the last 30m, 24h, 7d, 4w …; instead of --from.",
    )
    return since_option(until_option(last_option(run)))


def period_of(since: str | None, until: str | None, last: str | None) -> Period:
    """The period that the options name; everything when they name none.

    Raises:
        click.UsageError: They cannot be read, or contradict each other.
    """
    if last is not None and since is not None:
        raise click.UsageError("give --last or --from, not both")
    end = _time("--to", until) if until is not None else Period().end
    start = _time("--from", since) if since is not None else Period().start
    if last is not None:
        start = (end if until is not None else datetime.now(UTC)) - _duration(last)
    if start >= end:
        raise click.UsageError(f"the period is empty: it starts at {start} and ends at {end}")
    return Period(start, end)


@contextmanager
def opened(ledger: str) -> Generator[Engine]:
    """The ledger for reading.

    Raises:
        LedgerUnreadable: It cannot be opened, or a query failed.
    """
    try:
        with open_reader(ledger) as engine:
            yield engine
    except StoreError as error:
        raise LedgerUnreadable(str(error)) from error


def _time(option: str, text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(
            f"{option}: {text!r} is not a time; expected 2026-11-01 or 2026-11-01T12:00+01:00"
        ) from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _duration(text: str) -> timedelta:
    match = _DURATION.match(text)
    if match is None or not int(match[1]):
        raise click.UsageError(
            f"--last: {text!r} is not a span of time; expected 30m, 24h, 7d or 4w"
        )
    try:
        return int(match[1]) * _UNITS[match[2]]
    except OverflowError:
        raise click.UsageError(f"--last: {text!r} is longer than time itself") from None
