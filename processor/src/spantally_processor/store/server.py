"""The ledger on a ClickHouse server, or on the replicas of one.

The connection is made when it is first needed, and tried again after it was refused, so that the
processor starts, accepts and spools while ClickHouse is away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spantally_processor.store import forgetting, migrations, promises
from spantally_processor.store.replicas import Replica, Replicas
from spantally_processor.store.rollup import roll_up
from spantally_processor.store.settling import Settler

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from spantally_processor.ledger_options import LedgerOptions
    from spantally_processor.store.forgetting import Person
    from spantally_processor.store.location import ServerLocation
    from spantally_processor.store.settling import Booked


class ServerStore:
    """A ledger on a ClickHouse server. Made by `open_store`."""

    query_app = None
    """A server answers queries itself."""

    def __init__(self, location: ServerLocation, options: LedgerOptions) -> None:
        self._location = location
        self._options = options
        self._replicas = Replicas(location)

    def migrate(self) -> list[str]:
        """Create or update the database, tables and views; returns the files of SQL applied now."""
        return self._replicas.run(self._migrated)

    def insert(self, table: str, columns: Mapping[str, Sequence[object]], *, token: str) -> None:
        """Append rows; see `Inserter.insert`."""
        self._replicas.run(lambda replica: replica.inserter.insert(table, columns, token=token))

    def insert_native(self, table: str, names: Sequence[str], block: bytes, *, token: str) -> None:
        """Append the rows of a block; see `Inserter.insert_native`."""
        self._replicas.run(
            lambda replica: replica.inserter.insert_native(table, names, block, token=token)
        )

    def rows(self, query: str) -> Sequence[tuple[Any, ...]]:
        """The rows of a query."""
        return self._replicas.run(lambda replica: replica.engine.rows(query))

    def settle(self, booked: Booked) -> int:
        """Bring the verdicts up to date; see `Settler.settle`."""
        return self._replicas.run(
            lambda replica: Settler(replica.engine, replica.inserter).settle(booked)
        )

    def roll_up(self, *, unless_within_s: int = 0) -> list[date]:
        """Bring the roll-ups up to date; see `rollup.roll_up`."""
        return self._replicas.run(
            lambda replica: roll_up(replica.engine, unless_within_s=unless_within_s)
        )

    def forget(self, person: Person) -> None:
        """Take a user's id out of the ledger; see `forgetting.forget`."""
        self._replicas.run(lambda replica: forgetting.forget(replica.engine, person))

    def publish(self, url: str, door: str = "") -> None:
        """Nothing to do: readers ask the server."""

    def close(self) -> None:
        """Close the connection."""
        self._replicas.close()

    def _migrated(self, replica: Replica) -> list[str]:
        applied = migrations.apply(replica.engine, self._options)
        promises.check(replica.engine)
        self._replicas.remember(replica)
        return applied
