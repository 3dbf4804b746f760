"""The ledger: where priced spans are kept, and the one way to open it.

    store = open_store("chdb:///var/lib/spantally/ledger")
    store.migrate()
    store.insert("llm_spans", {"trace_id": [...], ...}, token=digest_of_the_batch)

chDB and a ClickHouse server share one schema and one set of SQL; only connecting differs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from spantally_processor.ledger_options import LedgerOptions
from spantally_processor.store.errors import (
    LedgerMismatch,
    PermanentStoreError,
    StoreError,
    StoreInUse,
    StoreOverloaded,
    TransientStoreError,
)
from spantally_processor.store.location import EmbeddedLocation, parse_store_url
from spantally_processor.store.server import ServerStore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from spantally_processor.query import QueryApp
    from spantally_processor.store.forgetting import Person
    from spantally_processor.store.settling import Booked

__all__ = [
    "LedgerMismatch",
    "PermanentStoreError",
    "Store",
    "StoreError",
    "StoreInUse",
    "StoreOverloaded",
    "TransientStoreError",
    "open_store",
]


class Store(Protocol):
    """An open ledger."""

    @property
    def query_app(self) -> QueryApp | None:
        """The read-only ClickHouse HTTP interface as an ASGI application; None for a server."""
        ...

    def migrate(self) -> list[str]:
        """Create or update the tables and views; returns the files of SQL applied now.

        Raises:
            LedgerMismatch: The ledger was made by a later version, or for another layout.
            TransientStoreError: The ledger cannot be reached now.
        """
        ...

    def insert(self, table: str, columns: Mapping[str, Sequence[object]], *, token: str) -> None:
        """Append rows, column by column; the same token again appends nothing.

        Raises:
            TransientStoreError: The same call may succeed later.
            PermanentStoreError: The rows do not fit the table.
        """
        ...

    def insert_native(self, table: str, names: Sequence[str], block: bytes, *, token: str) -> None:
        """Append the rows of a block in the Native format, whose columns have these names.

        The same token again appends nothing.

        Raises:
            TransientStoreError: The same call may succeed later.
            PermanentStoreError: The rows do not fit the table.
        """
        ...

    def rows(self, query: str) -> Sequence[tuple[Any, ...]]:
        """The rows of a query.

        Raises:
            TransientStoreError: It failed.
        """
        ...

    def settle(self, booked: Booked) -> int:
        """Compare what was booked at one time with what it may repeat; returns how many verdicts changed.

        Raises:
            TransientStoreError: The same call may succeed later.
        """
        ...

    def roll_up(self, *, unless_within_s: int = 0) -> list[date]:
        """Bring the roll-ups up to date; returns the days that were made anew.

        Raises:
            TransientStoreError: The same call may succeed later.
        """
        ...

    def forget(self, person: Person) -> None:
        """Take a user's id out of the ledger, and keep the rows.

        Raises:
            TransientStoreError: The same call may succeed later.
            ValueError: The person is no hash.
        """
        ...

    def publish(self, url: str, door: str = "") -> None:
        """Tell other processes where this one serves reads and takes writes."""
        ...

    def close(self) -> None:
        """Let the ledger go."""
        ...


def open_store(url: str, options: LedgerOptions | None = None) -> Store:
    """Open the ledger at `chdb:///absolute/folder` or `http[s]://user:password@host:8123/database`.

    `options` say how its tables are laid out and how long rows are kept; one server and for ever by default.
    Commas separate the hosts of replicas. A server is not asked for anything yet, so that it may be away.

    Raises:
        StoreInUse: Another process owns the folder.
        StoreError: The URL cannot be read, or the folder cannot be opened.
    """
    location = parse_store_url(url)
    if isinstance(location, EmbeddedLocation):
        # Imported here because it loads the engine: half a second and 390 MB.
        from spantally_processor.store.embedded import EmbeddedStore  # noqa: PLC0415

        return EmbeddedStore(location, options or LedgerOptions())
    return ServerStore(location, options or LedgerOptions())
