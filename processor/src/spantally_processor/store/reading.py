"""Open the ledger to read from it, whoever owns it at the moment.

A server is asked directly. An embedded ledger is asked through its owner's read interface while a
processor runs, and opened here while none does; the same queries go to the same engine, so the answers
are the same.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from spantally_processor.ledger_options import LedgerOptions
from spantally_processor.store import migrations
from spantally_processor.store.engine import Engine, connect_embedded
from spantally_processor.store.errors import StoreError, StoreInUse
from spantally_processor.store.location import (
    EmbeddedLocation,
    Host,
    ServerLocation,
    parse_store_url,
)
from spantally_processor.store.ownership import OWNER_FILE, Ownership, owner_of
from spantally_processor.store.replicas import connect_any

if TYPE_CHECKING:
    from collections.abc import Generator

PATIENCE_S = 5.0
"""How long an owner that serves no reads is waited for: a processor that starts, or another command."""

ENGINE_FOLDER = "metadata"
"""What chDB keeps in every folder that it has opened."""

_EVERY_ADDRESS = {"", "0.0.0.0", "::"}  # noqa: S104 - compared with, not bound
"""What an owner that listens everywhere publishes; it answers this machine on the loopback address."""


@contextmanager
def open_reader(url: str, *, up_to_date: bool = True) -> Generator[Engine]:
    """A connection for reading the ledger at a store URL.

    With `up_to_date`, tables and views that an embedded ledger lacks are made when nobody owns it.

    Raises:
        StoreError: There is no ledger, it cannot be reached, or its owner serves no reads.
    """
    location = parse_store_url(url)
    if isinstance(location, ServerLocation):
        engine, ownership = connect_any(location), None
    else:
        engine, ownership = _embedded(location, up_to_date=up_to_date)
    try:
        yield engine
    finally:
        engine.close()
        if ownership is not None:
            ownership.release()


def _embedded(location: EmbeddedLocation, *, up_to_date: bool) -> tuple[Engine, Ownership | None]:
    if not (location.path / OWNER_FILE).exists():
        raise _no_ledger(location)
    give_up = time.monotonic() + PATIENCE_S
    while True:
        owner = owner_of(location.path)
        if owner is not None and owner.url:
            return connect_any(_read_interface(owner.url, location.database)), None
        if owner is None and not (location.path / ENGINE_FOLDER).is_dir():
            raise _no_ledger(location)  # to open it would make one, among somebody's files
        try:
            return _opened(location, up_to_date=up_to_date)
        except StoreInUse:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.1)


def _no_ledger(location: EmbeddedLocation) -> StoreError:
    around = location.path.parent
    if (around / OWNER_FILE).exists() and (around / ENGINE_FOLDER).is_dir():
        hint = f"{around} is itself a ledger: name the folder around it, --data {around.parent}."
    else:
        hint = "Start `spantally serve`, or name another place with --data or --store."
    return StoreError(f"there is no ledger at {location} yet. {hint}")


def _opened(location: EmbeddedLocation, *, up_to_date: bool) -> tuple[Engine, Ownership]:
    ownership = Ownership.claim(location.path)
    try:
        engine = connect_embedded(location)
        if up_to_date:
            migrations.apply(engine, LedgerOptions(), retain=False)
    except BaseException:
        ownership.release()
        raise
    return engine, ownership


def _read_interface(url: str, database: str) -> ServerLocation:
    parts = urlsplit(url)
    host = parts.hostname or ""
    return ServerLocation(
        hosts=(Host("127.0.0.1" if host in _EVERY_ADDRESS else host, parts.port or 8123),),
        secure=parts.scheme == "https",
        database=database,
    )
