"""A connection to ClickHouse or chDB through clickhouse-connect: statements in, rows out.

The only module that knows the driver. Its errors leave as ours, sorted by what the caller should do;
it also logs each of them with a stack trace, which is switched off, since whoever catches ours logs.
"""

from __future__ import annotations

import logging
import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import clickhouse_connect
from clickhouse_connect.driver.binding import quote_identifier
from clickhouse_connect.driver.exceptions import ClickHouseError, DataError
from urllib3.exceptions import HTTPError

from spantally_processor.store.errors import (
    PermanentStoreError,
    StoreError,
    StoreOverloaded,
    TransientStoreError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spantally_processor.store.location import EmbeddedLocation, Host, ServerLocation

logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)

EMBEDDED_OPTIONS = {"max_server_memory_usage_to_ram_ratio": "0.5"}
"""Past this share of the machine's memory the embedded engine refuses queries and inserts."""

_DATA_FAULTS = frozenset(
    {
        6,  # CANNOT_PARSE_TEXT
        27,  # CANNOT_PARSE_INPUT_ASSERTION_FAILED
        53,  # TYPE_MISMATCH
        69,  # ARGUMENT_OUT_OF_BOUND
        70,  # CANNOT_CONVERT_TYPE
        117,  # INCORRECT_DATA
        131,  # TOO_LARGE_STRING_SIZE
        190,  # SIZES_OF_ARRAYS_DONT_MATCH
        321,  # VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
        349,  # CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
        407,  # DECIMAL_OVERFLOW
        469,  # VIOLATED_CONSTRAINT
    }
)
"""ClickHouse error codes that blame the rows; any other code may pass on another day."""

_OVERLOADED = frozenset({252})  # TOO_MANY_PARTS

_ENCODING_FAULTS = (DataError, TypeError, ValueError, AttributeError, ArithmeticError, struct.error)
"""What the driver raises when a Python value does not fit its column."""

_DRIVER_FAULTS = (ClickHouseError, HTTPError, OSError)


class Engine:
    """One connection, bound to one database."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def command(self, statement: str, parameters: Mapping[str, object] | None = None) -> None:
        """Run a statement that returns no rows.

        Raises:
            TransientStoreError: It failed.
        """
        try:
            self._client.command(statement, parameters=dict(parameters or {}))
        except _DRIVER_FAULTS as error:
            raise _translated(error) from error

    @property
    def database(self) -> str:
        """The database that statements are about."""
        return str(self._client.database)

    def database_kind(self) -> str:
        """The engine of the connection's database, such as Atomic; empty when there is no such database.

        Raises:
            TransientStoreError: It failed.
        """
        try:
            found = self._client.command(
                "select any(engine) from system.databases where name = {name:String}",
                parameters={"name": self.database},
                use_database=False,
            )
        except _DRIVER_FAULTS as error:
            raise _translated(error) from error
        return str(found or "")

    def create_database(self, clause: str = "") -> None:
        """Create the connection's database if it is not there.

        Args:
            clause: What follows its name, such as ON CLUSTER.

        Raises:
            TransientStoreError: It failed.
        """
        try:
            statement = f"create database if not exists {quote_identifier(self.database)}{clause}"
            self._client.command(statement, use_database=False)
        except _DRIVER_FAULTS as error:
            raise _translated(error) from error

    def rows(
        self, query: str, parameters: Mapping[str, object] | None = None
    ) -> Sequence[tuple[Any, ...]]:
        """The rows of a query; `{name:Type}` in it takes its value from `parameters`.

        Raises:
            TransientStoreError: It failed.
        """
        try:
            return self._client.query(query, parameters=dict(parameters or {})).result_rows
        except _DRIVER_FAULTS as error:
            raise _translated(error) from error

    def arrow(self, text: str, parameters: Mapping[str, object]) -> Any:
        """The rows of a query as a `pyarrow.Table`, decimals with all their digits.

        Raises:
            TransientStoreError: It failed.
        """
        try:
            return self._client.query_arrow(text, parameters=dict(parameters), use_strings=True)
        except _DRIVER_FAULTS as error:
            raise _translated(error) from error

    def insert(
        self,
        table: str,
        columns: Mapping[str, Sequence[object]],
        *,
        types: Sequence[str],
        settings: Mapping[str, object],
    ) -> None:
        """Append rows given by column; `types` are the columns' ClickHouse types.

        Raises:
            TransientStoreError: The same call may succeed later.
            PermanentStoreError: The rows do not fit the table.
        """
        try:
            self._client.insert(
                table,
                list(columns.values()),
                column_names=list(columns),
                column_type_names=types,
                column_oriented=True,
                settings=dict(settings),
            )
        except (*_DRIVER_FAULTS, *_ENCODING_FAULTS) as error:
            raise _translated(error) from error

    def insert_native(
        self, table: str, names: Sequence[str], block: bytes, *, settings: Mapping[str, object]
    ) -> None:
        """Append the rows of a block in the Native format, whose columns have these names.

        Raises:
            TransientStoreError: The same call may succeed later.
            PermanentStoreError: The rows do not fit the table.
        """
        try:
            self._client.raw_insert(
                quote_identifier(table), names, block, settings=dict(settings), fmt="Native"
            )
        except _DRIVER_FAULTS as error:
            raise _translated(error) from error

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


def connect_embedded(location: EmbeddedLocation) -> Engine:
    """Open chDB on a folder that this process owns, and the database in it.

    Raises:
        StoreError: The engine cannot open the folder.
    """
    try:
        client: Any = clickhouse_connect.get_client(  # pyright: ignore[reportUnknownMemberType]
            interface="chdb",
            path=str(location.path),
            chdb_options=EMBEDDED_OPTIONS,
            show_clickhouse_errors="scrub",
        )
    except _DRIVER_FAULTS as error:
        raise StoreError(f"cannot open the ledger at {location}: {error}") from error
    client.database = location.database
    engine = Engine(client)
    engine.create_database()
    return engine


def connect_server(location: ServerLocation, host: Host) -> Engine:
    """Connect to one server of a location; its database need not be there yet.

    Raises:
        TransientStoreError: The server does not answer, or refuses the user.
    """
    try:
        client: Any = clickhouse_connect.get_client(  # pyright: ignore[reportUnknownMemberType]
            host=host.name,
            port=host.port,
            interface="https" if location.secure else "http",
            username=location.username,
            password=location.password,
            ca_cert=location.authority or None,
            autogenerate_session_id=False,
            show_clickhouse_errors="scrub",
        )
    except _DRIVER_FAULTS as error:
        raise TransientStoreError(
            f"cannot reach ClickHouse at {replace(location, hosts=(host,))}: {_root_cause(error)}"
        ) from error
    client.database = location.database
    return Engine(client)


def _translated(error: Exception) -> StoreError:
    text = _first_line(error)
    code = getattr(error, "code", None)
    if code is None and (cause := _root_cause(error)) not in text:
        text = f"{text}: {cause}"  # the driver says no more than that a request failed
    if code in _OVERLOADED:
        return StoreOverloaded(text)
    blames_data = code in _DATA_FAULTS
    if blames_data or isinstance(error, _ENCODING_FAULTS):
        return PermanentStoreError(text)
    return TransientStoreError(text)


def _root_cause(error: BaseException) -> str:
    """What the operating system said (`Connection refused`), below what the driver made of it."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__cause__ or cause.__context__
    return _first_line(error)


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
