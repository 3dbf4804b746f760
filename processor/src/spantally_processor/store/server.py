"""The ledger on a ClickHouse server.

The connection is made when it is first needed, and tried again after it was refused, so that the
processor starts, accepts and spools while ClickHouse is away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally_processor.store import migrations, promises
from spantally_processor.store.engine import Engine, connect_server
from spantally_processor.store.inserting import Inserter
from spantally_processor.store.settling import Settler

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spantally_processor.store.location import ServerLocation
    from spantally_processor.store.settling import Booked


class ServerStore:
    """A ledger on a ClickHouse server. Made by `open_store`."""

    query_app = None
    """A server answers queries itself."""

    def __init__(self, location: ServerLocation) -> None:
        self._location = location
        self._engine: Engine | None = None
        self._inserter: Inserter | None = None

    def migrate(self) -> list[str]:
        """Create or update the database, tables and views; returns the schema files applied."""
        engine = self._connected()
        engine.create_database(self._location.database)
        applied = migrations.apply(engine)
        promises.check(engine)
        return applied

    def insert(self, table: str, columns: Mapping[str, Sequence[object]], *, token: str) -> None:
        """Append rows; see `Inserter.insert`."""
        self._inserting().insert(table, columns, token=token)

    def insert_native(self, table: str, names: Sequence[str], block: bytes, *, token: str) -> None:
        """Append the rows of a block; see `Inserter.insert_native`."""
        self._inserting().insert_native(table, names, block, token=token)

    def settle(self, booked: Booked) -> int:
        """Bring the verdicts up to date; see `Settler.settle`."""
        return Settler(self._connected(), self._inserting()).settle(booked)

    def publish(self, url: str) -> None:
        """Nothing to do: readers ask the server."""

    def close(self) -> None:
        """Close the connection; the store cannot be used afterwards."""
        if self._engine is not None:
            self._engine.close()

    def _inserting(self) -> Inserter:
        if self._inserter is None:
            self._inserter = Inserter(self._connected())
        return self._inserter

    def _connected(self) -> Engine:
        if self._engine is None:
            self._engine = connect_server(self._location)
        return self._engine
