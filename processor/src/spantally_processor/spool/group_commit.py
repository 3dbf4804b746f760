"""One thread that owns the only writing connection; what waited for the disk shares the next fsync.

`synchronous=FULL` in WAL mode makes every commit reach the disk before it returns, so a future that
has resolved stands for bytes that survive `kill -9`. Each piece of work runs in a savepoint: one
that fails takes nobody with it.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from spantally_processor.errors import SpoolError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_MAX_GROUP = 256


class _Job:
    """A piece of work and the promise of its result."""

    __slots__ = ("future", "result", "work")

    def __init__(self, work: Callable[[sqlite3.Connection], Any]) -> None:
        self.work = work
        self.future: Future[Any] = Future()
        # A waiter that is cancelled must not cancel what is about to be on disk.
        self.future.set_running_or_notify_cancel()
        self.result: Any = None

    def run(self, connection: sqlite3.Connection) -> bool:
        """Runs in a savepoint; returns whether it may be committed.

        Raises sqlite3.Error when SQLite gave up the whole transaction, as it does on a full disk.
        """
        connection.execute("savepoint job")
        try:
            self.result = self.work(connection)
        except sqlite3.Error as error:
            if not connection.in_transaction:
                raise
            connection.execute("rollback to job")
            connection.execute("release job")
            self.future.set_exception(SpoolError(f"the spool refused a write: {error}"))
            return False
        connection.execute("release job")
        return True


class GroupCommit:
    """Runs functions against one connection, as many as are waiting in each transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closed = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="spool-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Returns a future that resolves to what `work` returned, after the commit is on disk.

        It fails with SpoolError when SQLite refuses (disk full, I/O error) or after `close`.
        """
        job = _Job(work)
        with self._lock:
            if self._closed:
                job.future.set_exception(SpoolError("the spool is closed"))
            else:
                self._jobs.put(job)
        return job.future

    def close(self) -> None:
        """Finishes what was submitted, then stops the thread and closes the connection."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._jobs.put(None)
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        while True:
            job = self._jobs.get()
            if job is None:
                return
            group = [job]
            last = self._drain(group)
            self._commit(group)
            if last:
                return

    def _drain(self, group: list[_Job]) -> bool:
        """Adds what is waiting to the group; returns whether the end was among it."""
        while len(group) < _MAX_GROUP:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return False
            if job is None:
                return True
            group.append(job)
        return False

    def _commit(self, group: list[_Job]) -> None:
        done: list[_Job] = []
        try:
            self._connection.execute("begin immediate")
            done = [job for job in group if job.run(self._connection)]
            self._connection.execute("commit")
        except sqlite3.Error as error:
            self._roll_back()
            for job in group:
                if not job.future.done():
                    job.future.set_exception(SpoolError(f"the spool could not commit: {error}"))
            return
        for job in done:
            job.future.set_result(job.result)

    def _roll_back(self) -> None:
        # A full disk rolls back by itself, and then there is no transaction left to end.
        if self._connection.in_transaction:
            self._connection.execute("rollback")
