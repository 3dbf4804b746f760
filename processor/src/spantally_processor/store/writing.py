"""Open the ledger for a command that writes to it, whoever owns it at the moment.

A server is written to directly. An embedded ledger is written to through its owner's door while a processor
runs (`receivers/write_door.py`), and opened here while none does.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Protocol

import httpx
import orjson

from spantally_processor.store.errors import PermanentStoreError, TransientStoreError
from spantally_processor.store.forgetting import forget
from spantally_processor.store.inserting import Inserter
from spantally_processor.store.location import EmbeddedLocation, parse_store_url
from spantally_processor.store.ownership import owner_of
from spantally_processor.store.reading import open_reader
from spantally_processor.store.rollup import roll_up

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from spantally_processor.store.engine import Engine
    from spantally_processor.store.forgetting import Person


PATIENCE_S = 900.0
"""For a command's write; a change of many rows takes minutes."""


class Writer(Protocol):
    """Appends blocks to tables of the ledger, and little else."""

    def insert_native(self, table: str, names: Sequence[str], block: bytes, *, token: str) -> None:
        """Append the rows of a block in the Native format; the same token again appends nothing.

        Raises:
            TransientStoreError: The same call may succeed later.
            PermanentStoreError: The rows do not fit the table.
        """
        ...

    def roll_up(self) -> list[date]:
        """Bring the roll-ups up to date; returns the days that were made anew.

        Raises:
            TransientStoreError: The same call may succeed later.
        """
        ...

    def forget(self, person: Person) -> None:
        """Take a user's id out of the ledger; see `forgetting.forget`.

        Raises:
            TransientStoreError: The same call may succeed later.
        """
        ...


@contextmanager
def open_writer(url: str) -> Generator[tuple[Engine, Writer]]:
    """The ledger at a store URL, for reading and for writing.

    Raises:
        StoreError: There is no ledger, it cannot be reached, or its owner takes no writes.
    """
    location = parse_store_url(url)
    with open_reader(url) as engine:
        owner = owner_of(location.path) if isinstance(location, EmbeddedLocation) else None
        if owner is None or not owner.door:
            yield engine, _Direct(engine)
            return
        with httpx.Client(
            transport=httpx.HTTPTransport(uds=owner.door), timeout=PATIENCE_S
        ) as client:
            yield engine, _Door(client)


class _Direct(Inserter):
    """The ledger itself."""

    def roll_up(self) -> list[date]:
        return roll_up(self._engine)

    def forget(self, person: Person) -> None:
        forget(self._engine, person)


class _Door:
    """The door of a running processor."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def insert_native(self, table: str, names: Sequence[str], block: bytes, *, token: str) -> None:
        self._post("/", block, {"table": table, "names": ",".join(names), "token": token})

    def roll_up(self) -> list[date]:
        return [date.fromisoformat(day) for day in orjson.loads(self._post("/rollup", b"", {}))]

    def forget(self, person: Person) -> None:
        self._post("/forget", orjson.dumps(person._asdict()), {})

    def _post(self, path: str, body: bytes, asked: Mapping[str, str]) -> bytes:
        try:
            answer = self._client.post(f"http://door{path}", params=asked, content=body)
        except httpx.HTTPError as error:
            raise TransientStoreError(f"the processor does not answer: {error}") from error
        if answer.status_code == 503:
            raise TransientStoreError(answer.text)
        if answer.status_code != 200:
            raise PermanentStoreError(answer.text)
        return answer.content
