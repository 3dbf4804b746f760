"""Durable accept: a disk queue with one cursor for each destination (SQLite, WAL, group commit).

Invariant: a request whose future has resolved is on disk, and stays there until every destination
has taken it or it lies in quarantine. The budget counts bodies, undelivered and in quarantine, so
a destination that is away for long ends in refusal at the door and never in loss.
What surprised us: without AUTOINCREMENT, SQLite hands out a deleted row's number again, and a
cursor would skip the new record.
"""

from __future__ import annotations

import fcntl
import logging
import sqlite3
import sys
import threading
from typing import TYPE_CHECKING

from spantally_processor.errors import SpoolError, TryLater
from spantally_processor.spool import dead_letters, statements
from spantally_processor.spool.group_commit import GroupCommit
from spantally_processor.spool.records import NOTHING_TAKEN, RECORD_OVERHEAD

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future
    from io import TextIOWrapper
    from pathlib import Path

    from spantally_processor.spool.records import Batch, Incoming, Record, SetAside, Taken

_log = logging.getLogger(__name__)

MAX_BATCH_BYTES = 16 << 20
"""Bodies that are read into memory at once, unless a single one is larger."""


class Spool:
    """A durable queue of requests. Any thread may call any method."""

    def __init__(self, path: Path, *, destinations: Sequence[str], max_bytes: int) -> None:
        """Opens or creates the spool at `path`.

        A cursor of a destination that is no longer in `destinations` is dropped, or its backlog
        would stay for ever; a new destination starts at the oldest record that is still there.
        Raises SpoolError when another process has it open, or SQLite cannot read it.
        """
        self._max_bytes = max_bytes
        self._appended = threading.Condition()
        self._lock_file = _lock(path)
        path.touch(mode=0o600)  # bodies may hold what an app recorded; SQLite's other files follow
        try:
            connection = _connect(path)
            for name in statements.prepare(connection, destinations):
                _log.warning(
                    "%s is no destination any more; what it had before it is given up", name
                )
            self._bytes = statements.bytes_kept(connection)
            self._pending = statements.pending_spans(connection)
            self._cursors = statements.cursors(connection)
            self._quarantined = statements.quarantined_bytes(connection)
            self._reader = _connect(path)
        except sqlite3.Error as error:
            self._lock_file.close()
            raise SpoolError(f"cannot open the spool {path}: {error}") from error
        self._read_lock = threading.Lock()
        self._writer = GroupCommit(connection)

    def keep_rate_table(self, version: str, canonical: bytes) -> None:
        """Keeps the rate table that new records will name."""
        self._writer.submit(
            lambda connection: statements.keep_rate_table(connection, version, canonical)
        ).result()

    def rate_table(self, version: str) -> bytes | None:
        """Returns the canonical form of a rate table that records name."""
        with self._read_lock:
            return statements.rate_table(self._reader, version)

    def rate_table_versions(self) -> list[str]:
        """Returns the versions of the rate tables that records name, the newest included."""
        with self._read_lock:
            return statements.rate_table_versions(self._reader)

    def append(self, request: Incoming) -> Future[bool]:
        """Keeps a request. The future resolves once it is on disk: True, or False for a resend.

        The future fails with SpoolError when the disk refuses. Raises TryLater when the budget is
        spent.
        """
        size = len(request.body) + RECORD_OVERHEAD
        with self._appended:
            if self._bytes + size > self._max_bytes:
                raise TryLater(f"the spool is full: {self._bytes} of {self._max_bytes} bytes")
            self._bytes += size
        future = self._writer.submit(lambda connection: statements.append(connection, request))

        def settle(done: Future[bool]) -> None:
            kept = done.exception() is None and done.result()
            with self._appended:
                if not kept:
                    self._bytes -= size
                    return
                for destination in self._pending:
                    self._pending[destination] += request.spans
                self._appended.notify_all()

        future.add_done_callback(settle)
        return future

    def wait(
        self, destination: str, *, spans: int, timeout_s: float, beyond: Taken = NOTHING_TAKEN
    ) -> bool:
        """Waits until `destination` has at least `spans` spans to take; returns whether it has.

        Those `beyond` what it has taken, whether that is finished yet or not.
        """

        def waiting() -> int:
            unfinished = self._cursors[destination] < beyond.last_seq
            return self._pending[destination] - (beyond.spans if unfinished else 0)

        with self._appended:
            return self._appended.wait_for(lambda: waiting() >= spans, timeout=timeout_s)

    def pending_batch(self, destination: str) -> Batch | None:
        """Returns the batch that was begun and not finished, after a crash for instance."""
        with self._read_lock:
            return statements.pending_batch(self._reader, destination)

    def next_range(
        self, destination: str, *, max_spans: int, beyond: Taken = NOTHING_TAKEN
    ) -> tuple[int, int] | None:
        """Returns first and last seq of what to take next: at least one record, or None."""
        with self._read_lock:
            return statements.next_range(
                self._reader,
                destination,
                beyond.last_seq,
                max_spans=max_spans,
                max_bytes=MAX_BATCH_BYTES,
            )

    def read(self, destination: str, first_seq: int, last_seq: int) -> list[Record]:
        """Returns a destination's records; one that the disk returns damaged has no body."""
        with self._read_lock:
            try:
                return statements.read(self._reader, destination, first_seq, last_seq)
            except sqlite3.DatabaseError:
                return statements.read_singly(self._reader, destination, first_seq, last_seq)

    def begin(self, destination: str, batch: Batch) -> None:
        """Puts on disk what is about to be written, so that a crash repeats exactly that."""
        self._writer.submit(
            lambda connection: statements.begin(connection, destination, batch)
        ).result()

    def finish(
        self,
        destination: str,
        last_seq: int,
        quarantined: Sequence[SetAside] = (),
        *,
        max_quarantine_bytes: int = sys.maxsize,
    ) -> None:
        """Moves a destination past `last_seq`; `quarantined` is what it refused for good.

        Once a destination has `max_quarantine_bytes` in quarantine, what it refuses leaves a note
        without its body.
        """
        room = max_quarantine_bytes - self._quarantined.get(destination, 0)
        done = self._writer.submit(
            lambda connection: statements.finish(
                connection,
                destination,
                last_seq,
                quarantined,
                quarantine_room=room,
            )
        ).result()
        with self._appended:
            self._quarantined[destination] = (
                self._quarantined.get(destination, 0) + done.quarantined_bytes
            )
            self._bytes -= done.freed_bytes
            self._pending[destination] -= done.spans
            self._cursors[destination] = last_seq

    def grant_wishes(self) -> dict[str, int]:
        """Does what operators asked for dead letters; returns spans to be taken again, by destination."""
        with self._read_lock:
            if not dead_letters.has_wishes(self._reader):
                return {}
        granted = self._writer.submit(dead_letters.grant).result()
        with self._appended:
            for destination, wish in granted.items():
                self._pending[destination] = self._pending.get(destination, 0) + wish.replayed_spans
                self._quarantined[destination] -= wish.replayed_bytes + wish.dropped_bytes
                self._bytes -= wish.dropped_bytes
            self._appended.notify_all()
        return {name: wish.replayed_spans for name, wish in granted.items()}

    def pending_spans(self, destination: str) -> int:
        """Returns how many spans a destination has before it."""
        with self._appended:
            return self._pending[destination]

    def oldest_received_ns(self, destination: str) -> int | None:
        """Returns when the oldest record before a destination came in, in Unix ns."""
        with self._read_lock:
            return statements.oldest_received_ns(self._reader, destination)

    @property
    def bytes_kept(self) -> int:
        """Bytes of bodies, undelivered and in quarantine, with the overhead of each."""
        with self._appended:
            return self._bytes

    @property
    def is_full(self) -> bool:
        """Whether the budget has no room for even an empty request."""
        return self.bytes_kept + RECORD_OVERHEAD > self._max_bytes

    def close(self) -> None:
        """Writes what was submitted and releases the files. What is undelivered stays."""
        self._writer.close()
        with self._read_lock:
            self._reader.close()
        self._lock_file.close()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("pragma journal_size_limit = 67108864")
    return connection


def _lock(path: Path) -> TextIOWrapper:
    lock_file = path.with_suffix(".lock").open("w")
    try:
        fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock_file.close()
        raise SpoolError(
            f"another process has the spool {path} open; stop it, or give this one its own --data"
        ) from None
    return lock_file
