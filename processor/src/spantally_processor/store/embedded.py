"""The ledger in chDB: ClickHouse's engine inside this process, its data in a folder.

One process owns the folder (`ownership.py`), one lock serialises its writes, and reads from outside
go through `query_app`. What surprised us: the driver writes each block to a file in the process's
temporary folder on its way into the engine, and a killed process leaves it there; so inserts get a
folder of their own, emptied at start. Never fork after a store is open: the child hangs.
"""

from __future__ import annotations

import tempfile
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from spantally_processor.query import QueryApp
from spantally_processor.store import forgetting, migrations, promises
from spantally_processor.store.engine import connect_embedded
from spantally_processor.store.inserting import Inserter
from spantally_processor.store.ownership import Ownership
from spantally_processor.store.read_only import ReadOnlyEngine
from spantally_processor.store.rollup import roll_up
from spantally_processor.store.settling import Settler

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from spantally_processor.ledger_options import LedgerOptions
    from spantally_processor.store.forgetting import Person
    from spantally_processor.store.location import EmbeddedLocation
    from spantally_processor.store.settling import Booked

INSERT_FOLDER = "inserting"
"""Where blocks on their way into the engine are; inside the ledger's folder."""

CLAIM_PATIENCE_S = 3.0
"""How long a command that happens to be reading the ledger is waited for."""

_write_lock = threading.RLock()


class EmbeddedStore:
    """A chDB ledger that this process owns. Made by `open_store`."""

    def __init__(self, location: EmbeddedLocation, options: LedgerOptions) -> None:
        self._options = options
        location.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._ownership = Ownership.claim_patiently(location.path, CLAIM_PATIENCE_S)
        try:
            self._insert_folder = _emptied(location.path / INSERT_FOLDER)
            self._engine = connect_embedded(location)
        except BaseException:
            self._ownership.release()
            raise
        self._inserter = Inserter(self._engine)
        self._settler = Settler(self._engine, self._inserter)
        self.query_app = QueryApp(ReadOnlyEngine(str(location.path), location.database))
        """The read-only ClickHouse HTTP interface, an ASGI application."""

    def migrate(self) -> list[str]:
        """Create or update the tables and views; returns the files of SQL applied now."""
        with _write_lock:
            applied = migrations.apply(self._engine, self._options)
            promises.check(self._engine)
            return applied

    def insert(self, table: str, columns: Mapping[str, Sequence[object]], *, token: str) -> None:
        """Append rows; see `Inserter.insert`."""
        with _write_lock, _temporary_files_in(self._insert_folder):
            self._inserter.insert(table, columns, token=token)

    def insert_native(self, table: str, names: Sequence[str], block: bytes, *, token: str) -> None:
        """Append the rows of a block; see `Inserter.insert_native`."""
        with _write_lock, _temporary_files_in(self._insert_folder):
            self._inserter.insert_native(table, names, block, token=token)

    def rows(self, query: str) -> Sequence[tuple[Any, ...]]:
        """The rows of a query."""
        with _write_lock:
            return self._engine.rows(query)

    def settle(self, booked: Booked) -> int:
        """Bring the verdicts up to date; see `Settler.settle`."""
        with _write_lock, _temporary_files_in(self._insert_folder):
            return self._settler.settle(booked)

    def roll_up(self, *, unless_within_s: int = 0) -> list[date]:
        """Bring the roll-ups up to date; see `rollup.roll_up`."""
        with _write_lock, _temporary_files_in(self._insert_folder):
            return roll_up(self._engine, unless_within_s=unless_within_s)

    def forget(self, person: Person) -> None:
        """Take a user's id out of the ledger; see `forgetting.forget`."""
        with _write_lock:
            forgetting.forget(self._engine, person)

    def publish(self, url: str, door: str = "") -> None:
        """Tell other processes, such as the command line, where this one serves reads and takes writes."""
        self._ownership.publish(url, door)

    def close(self) -> None:
        """Let the ledger go; the store cannot be used afterwards."""
        self.query_app.close()
        with _write_lock:
            self._engine.close()
            self._ownership.release()


def _emptied(folder: Path) -> Path:
    folder.mkdir(exist_ok=True, mode=0o700)
    with _write_lock:
        for left_over in folder.iterdir():
            left_over.unlink()
    return folder


@contextmanager
def _temporary_files_in(folder: Path) -> Generator[None]:
    """Point the process's temporary folder at `folder`; the driver offers no other way."""
    before = tempfile.tempdir
    tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before
