"""The replicas of a ClickHouse server: one is in use, the next takes over when it has trouble.

An insert may be tried at a second replica although the first has committed it: the token of the insert
makes that one, since replicated tables share what they remember of tokens. Tables that are not replicated
would be two ledgers, so another server with such tables is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from spantally_processor.store import promises
from spantally_processor.store.engine import Engine, connect_server
from spantally_processor.store.errors import StoreOverloaded, TransientStoreError
from spantally_processor.store.inserting import Inserter

if TYPE_CHECKING:
    from collections.abc import Callable

    from spantally_processor.store.location import ServerLocation

T = TypeVar("T")


class Replica:
    """A connection to one replica."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.inserter = Inserter(engine)


class Replicas:
    """All of a location's hosts. The connection is made when it is first needed."""

    def __init__(self, location: ServerLocation) -> None:
        self._location = location
        self._at = 0
        self._replica: Replica | None = None
        self._identity: set[str] = set()
        """Whose tables these are, once that is known."""

    def run(self, work: Callable[[Replica], T]) -> T:
        """Returns what `work` returned at the replica in use, or at the next one that can do it.

        Raises:
            TransientStoreError: None of them can now; it says why for each.
            PermanentStoreError: The data is refused.
        """
        hosts = self._location.hosts
        troubles: list[TransientStoreError] = []
        for _ in hosts:
            try:
                return work(self._connected())
            except StoreOverloaded:  # so are the others, which hold the same parts
                raise
            except TransientStoreError as error:
                if len(hosts) == 1:
                    raise
                troubles.append(type(error)(f"{hosts[self._at]}: {error}"))
                self.close()
                self._at = (self._at + 1) % len(hosts)
        raise TransientStoreError("; ".join(map(str, troubles))) from troubles[-1]

    def remember(self, replica: Replica) -> None:
        """Notes whose tables these are, so that no other server's are taken for theirs."""
        self._identity = promises.identity(replica.engine)

    def close(self) -> None:
        """Let the connection go; `run` makes a new one."""
        if self._replica is not None:
            self._replica.engine.close()
            self._replica = None

    def _connected(self) -> Replica:
        if self._replica is None:
            engine = connect_server(self._location, self._location.hosts[self._at])
            if self._identity and promises.identity(engine) != self._identity:
                engine.close()
                raise TransientStoreError(
                    "another server, with tables of its own; several addresses need replicated "
                    "tables: create the database with the engine Replicated before the first start"
                )
            self._replica = Replica(engine)
        return self._replica


def connect_any(location: ServerLocation) -> Engine:
    """Connect to the first replica that answers.

    Raises:
        TransientStoreError: None does; it says why for each.
    """
    return Replicas(location).run(lambda replica: replica.engine)
