"""Dead letters: requests that a destination refused for good, in the spool's table `quarantine`.

Whoever looks at them opens the file beside the processor; SQLite allows that. What should become of
one is written down as a wish, and the processor, which keeps the spool's accounts, grants it: within a
second or two when it runs, else at its next start.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from spantally_processor.errors import SpoolError
from spantally_processor.spool.records import RECORD_OVERHEAD

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

_COLUMNS = (
    "id, destination, quarantined_ns, reason, tenant, received_ns, content_type, encoding, spans, size,"
    " wish, body is not null and digest is not null"
)

_REPLAY = """
insert into records (tenant, received_ns, content_type, encoding, digest, table_version, spans, size,
    body, only_for)
select tenant, received_ns, content_type, encoding, digest, table_version, spans, size, body, destination
from quarantine where id = ?
"""


class Wish(Enum):
    """What an operator wants of a dead letter."""

    REPLAY = "replay"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A request that a destination refused for good."""

    number: int
    destination: str
    quarantined_ns: int
    reason: str
    tenant: str
    received_ns: int
    content_type: str
    encoding: str
    spans: int
    size: int
    wish: str
    """`replay` or `drop` when it was asked for and not yet done."""
    can_replay: bool
    """Its body is there."""


@dataclass(slots=True)
class Granted:
    """What was done for a destination."""

    replayed_spans: int = 0
    replayed_bytes: int = 0
    dropped_bytes: int = 0


class DeadLetters:
    """The dead letters of a data folder, for a process beside the processor."""

    def __init__(self, spool: Path) -> None:
        self._spool = spool

    def all(self, destination: str = "") -> list[DeadLetter]:
        """Returns the dead letters, of one destination if it is named; raises SpoolError."""
        with self._connection() as connection:
            rows = connection.execute(
                f"select {_COLUMNS} from quarantine where ? in ('', destination) order by id",  # noqa: S608
                (destination,),
            )
            return [_dead_letter(row) for row in rows]

    def body(self, number: int) -> bytes | None:
        """Returns the body of one, as it was received; raises SpoolError."""
        with self._connection() as connection:
            row = connection.execute(
                "select body from quarantine where id = ?", (number,)
            ).fetchone()
            return None if row is None else row[0]

    def wish(self, wish: Wish, numbers: Sequence[int]) -> None:
        """Asks the processor for something; raises SpoolError."""
        with self._connection() as connection, connection:
            connection.executemany(
                "update quarantine set wish = ? where id = ?",
                [(wish.value, number) for number in numbers],
            )

    @contextmanager
    def _connection(self) -> Generator[sqlite3.Connection]:
        try:
            with closing(
                sqlite3.connect(f"{self._spool.as_uri()}?mode=rw", uri=True, timeout=10)
            ) as connection:
                yield connection
        except sqlite3.Error as error:
            raise SpoolError(f"cannot read the spool {self._spool}: {error}") from error


def has_wishes(connection: sqlite3.Connection) -> bool:
    """Whether there is something to grant."""
    return bool(
        connection.execute(
            "select exists (select 1 from quarantine where wish is not null)"
        ).fetchone()[0]
    )


def grant(connection: sqlite3.Connection) -> dict[str, Granted]:
    """Does what was asked for; a letter that has no body, or no destination any more, stays."""
    granted: dict[str, Granted] = {}
    rows = connection.execute(
        "select id, destination, wish, spans, size, body is not null and digest is not null"
        " and destination in (select destination from cursors) from quarantine"
        " where wish is not null order by id"
    ).fetchall()
    for number, destination, wish, spans, size, can_replay in rows:
        done = granted.setdefault(destination, Granted())
        if wish == Wish.DROP.value:
            done.dropped_bytes += size + RECORD_OVERHEAD
        elif can_replay:
            connection.execute(_REPLAY, (number,))
            done.replayed_spans += spans
            done.replayed_bytes += size + RECORD_OVERHEAD
        else:
            connection.execute("update quarantine set wish = null where id = ?", (number,))
            continue
        connection.execute("delete from quarantine where id = ?", (number,))
    return granted


def _dead_letter(row: Sequence[object]) -> DeadLetter:
    number, destination, quarantined_ns, reason, tenant, received_ns, *rest = row
    content_type, encoding, spans, size, wish, can_replay = rest
    return DeadLetter(
        number=int(str(number)),
        destination=str(destination),
        quarantined_ns=int(str(quarantined_ns)),
        reason=str(reason),
        tenant=str(tenant or ""),
        received_ns=int(str(received_ns or 0)),
        content_type=str(content_type or ""),
        encoding=str(encoding or ""),
        spans=int(str(spans)),
        size=int(str(size)),
        wish=str(wish or ""),
        can_replay=bool(can_replay),
    )
