"""What the reading commands share: where the ledger is, which period, how errors end."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from spantally_processor.periods import period_of
from spantally_processor.store.errors import StoreError
from spantally_processor.store.location import store_url
from spantally_processor.store.reading import open_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from spantally_processor.store.engine import Engine

EXIT_NOTHING_FOUND = 1


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
    """Add --period, --from, --to, --last and --timezone; the command gets a `period`."""

    @wraps(command)
    def run(
        *args: Any,
        name: str | None,
        since: str | None,
        until: str | None,
        last: str | None,
        timezone: str,
        **options: Any,
    ) -> None:
        asked = {"period": name, "from": since, "to": until, "last": last, "timezone": timezone}
        try:
            period = period_of(asked, now=datetime.now(UTC), prefix="--")
        except ValueError as error:
            raise click.UsageError(str(error)) from None
        command(*args, period=period, **options)

    for option in reversed(
        (
            click.option(
                "--period",
                "name",
                metavar="NAME",
                help="Only calls of 2026-Q3, 2026-11, 2026-W47, 2026-11-20, 2026, today, yesterday, "
                "this-month, last-quarter …",
            ),
            click.option(
                "--last",
                metavar="SPAN",
                help="Only calls of the last 30m, 24h, 7d, 4w …; up to --to, or now.",
            ),
            click.option(
                "--from",
                "since",
                metavar="TIME",
                help="Only calls from this time on: 2026-11-01 or 2026-11-01T12:00+01:00.",
            ),
            click.option("--to", "until", metavar="TIME", help="Only calls before this time."),
            click.option(
                "--timezone",
                metavar="ZONE",
                default="UTC",
                envvar="SPANTALLY_TIMEZONE",
                help="Whose days and months are meant: Europe/Amsterdam. "
                "[default: UTC; env: SPANTALLY_TIMEZONE]",
            ),
        )
    ):
        run = option(run)
    return run


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
