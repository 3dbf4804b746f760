"""The batches of one destination: taken from the spool, and made ready beside the one that is written.

While the worker writes one batch the next one is made ready here. It is then in memory only: its bounds
go on disk when its turn comes, and a crash before that lets the next process choose anew.
"""

from __future__ import annotations

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic

from spantally_processor.making import Work
from spantally_processor.sinks import P
from spantally_processor.spool import NOTHING_TAKEN, Batch, Taken

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence
    from concurrent.futures import Future

    from spantally_processor.making import Made, Workshop
    from spantally_processor.sinks import Sink
    from spantally_processor.spool import Record, Spool

TICK_S = 0.2
"""How long an empty spool is waited on before somebody looks whether to stop."""


@dataclass(slots=True)
class OpenBatch(Generic[P]):
    """A batch, read from the spool."""

    batch: Batch
    records: Sequence[Record]
    making: Future[Made[P]] | None = None
    """Kept over the tries of a batch, unless it failed."""

    @property
    def spans(self) -> int:
        """In its records, damaged ones included."""
        return sum(record.spans for record in self.records)


class Batching(Generic[P]):
    """Has batches made for a sink. Its methods are for one thread; others do the work."""

    def __init__(
        self,
        sink: Sink[Any, P],
        spool: Spool,
        workshop: Workshop[Any, P],
        *,
        max_bytes: int,
        stop: threading.Event,
    ) -> None:
        """`stop` ends the waiting for company."""
        self._sink = sink
        self._spool = spool
        self._workshop = workshop
        self._max_bytes = max_bytes
        self._stop = stop
        self._reading = ThreadPoolExecutor(1, thread_name_prefix=f"reads-{sink.name}")
        self._ahead: Future[OpenBatch[P] | None] | None = None

    def next(self) -> OpenBatch[P] | None:
        """Returns the batch whose turn it is; None when there is nothing for a moment.

        The batch that a crash left unfinished comes again first, exactly as it was.
        """
        ahead, self._ahead = self._ahead, None
        return (ahead or self._reading.submit(self._open, NOTHING_TAKEN)).result()

    def look_ahead(self, current: OpenBatch[P]) -> None:
        """Begins with the batch after this one, unless that was done."""
        if self._ahead is None:
            taken = Taken(current.batch.last_seq, current.spans)
            self._ahead = self._reading.submit(self._open, taken)

    def made(self, of: OpenBatch[P]) -> Made[P]:
        """Returns the whole batch; raises what went wrong with making it, and then it is made anew."""
        making = of.making or self._submit(of.batch, of.records)
        of.making = None
        made = making.result()
        of.making = making
        return made

    def made_part(self, of: OpenBatch[P], records: Sequence[Record], name: str) -> Made[P]:
        """Returns a part of a batch, under a token of its own."""
        return self._submit(of.batch, records, name).result()

    def close(self) -> None:
        """Ends the threads; what is made ready is still in the spool."""
        self._reading.shutdown(cancel_futures=True)
        self._workshop.close()

    def _open(self, beyond: Taken) -> OpenBatch[P] | None:
        """Takes the batch after what is `beyond` taken, and has it made next."""
        begun = self._spool.pending_batch(self._sink.name) if beyond == NOTHING_TAKEN else None
        batch = begun or self._wait(beyond)
        if batch is None:
            return None
        records = self._spool.read(self._sink.name, batch.first_seq, batch.last_seq)
        return OpenBatch(batch, records, self._submit(batch, records))

    def _wait(self, beyond: Taken) -> Batch | None:
        """Waits for a batch to fill up or its time to pass."""
        name, sink = self._sink.name, self._sink
        if not self._spool.wait(name, spans=1, timeout_s=TICK_S, beyond=beyond):
            return None
        deadline = time.monotonic() + sink.flush_interval_s
        while not self._stop.is_set() and (left := deadline - time.monotonic()) > 0:
            patience = min(left, TICK_S)
            if self._spool.wait(name, spans=sink.max_spans, timeout_s=patience, beyond=beyond):
                break
        bounds = self._spool.next_range(name, max_spans=sink.max_spans, beyond=beyond)
        return None if bounds is None else _batch(name, *bounds)

    def _submit(self, batch: Batch, records: Sequence[Record], part: str = "") -> Future[Made[P]]:
        versions = {record.table_version for record in records}
        found = {version: self._spool.rate_table(version) for version in versions}
        tables = {version: table for version, table in found.items() if table is not None}
        return self._workshop.submit(
            Work(batch=batch, records=records, tables=tables, max_bytes=self._max_bytes, part=part)
        )


def _batch(destination: str, first_seq: int, last_seq: int) -> Batch:
    booked_ns = time.time_ns()
    named = f"{destination} {first_seq} {last_seq} {booked_ns}"
    token = hashlib.blake2b(named.encode(), digest_size=16).hexdigest()
    return Batch(first_seq=first_seq, last_seq=last_seq, booked_ns=booked_ns, token=token)
