"""The batches of one destination: taken from the spool, booked and packed in a thread of their own.

While the worker writes one batch the next one is made ready here. It is then in memory only: its bounds
go on disk when its turn comes, and a crash before that lets the next process choose anew.
"""

from __future__ import annotations

import hashlib
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, NamedTuple

from spantally_pricing import RateTable

from spantally_processor.booking import DamagedRecord, OpenRequest, opened
from spantally_processor.pricer import Pricer
from spantally_processor.sinks import B, P, SinkBatch
from spantally_processor.spool import NOTHING_TAKEN, Batch, SetAside, Taken

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from spantally_processor.sinks import Sink
    from spantally_processor.spool import Spool

TICK_S = 0.2
"""How long an empty spool is waited on before somebody looks whether to stop."""


class Made(NamedTuple, Generic[B, P]):
    """Requests as their sink wants them."""

    booked: Sequence[B]
    packed: P


@dataclass(slots=True)
class OpenBatch(Generic[B, P]):
    """A batch, read from the spool."""

    batch: Batch
    spans: int
    """In its records, damaged ones included."""
    requests: Sequence[OpenRequest]
    damaged: Sequence[SetAside]
    making: Future[Made[B, P]] | None = None
    """Kept over the tries of a batch, unless it failed."""


class Batching(Generic[B, P]):
    """Makes batches for a sink. Its methods are for one thread; a second one does the work."""

    def __init__(
        self, sink: Sink[B, P], spool: Spool, *, max_bytes: int, stop: threading.Event
    ) -> None:
        """`stop` ends the waiting for company."""
        self._sink = sink
        self._spool = spool
        self._max_bytes = max_bytes
        self._stop = stop
        self._pricers: dict[str, Pricer] = {}
        self._beside = ThreadPoolExecutor(1, thread_name_prefix=f"for-{sink.name}")
        self._ahead: Future[OpenBatch[B, P] | None] | None = None

    def next(self) -> OpenBatch[B, P] | None:
        """Returns the batch whose turn it is; None when there is nothing for a moment.

        The batch that a crash left unfinished comes again first, exactly as it was.
        """
        ahead, self._ahead = self._ahead, None
        return (ahead or self._beside.submit(self._open, NOTHING_TAKEN)).result()

    def look_ahead(self, current: OpenBatch[B, P]) -> None:
        """Begins with the batch after this one, unless that was done."""
        if self._ahead is None:
            taken = Taken(current.batch.last_seq, current.spans)
            self._ahead = self._beside.submit(self._open, taken)

    def made(self, of: OpenBatch[B, P]) -> Made[B, P]:
        """Returns the whole batch; raises what went wrong with making it, and then it is made anew."""
        making = of.making or self._beside.submit(self._make, of.batch, of.requests)
        of.making = None
        made = making.result()
        of.making = making
        return made

    def made_part(
        self, of: OpenBatch[B, P], requests: Sequence[OpenRequest], name: str
    ) -> Made[B, P]:
        """Returns a part of a batch, under a token of its own."""
        return self._beside.submit(self._make, of.batch, requests, name).result()

    def close(self) -> None:
        """Ends the thread; what it has made ready is still in the spool."""
        self._beside.shutdown(cancel_futures=True)

    def _open(self, beyond: Taken) -> OpenBatch[B, P] | None:
        """Takes the batch after what is `beyond` taken, and has it made next."""
        begun = self._spool.pending_batch(self._sink.name) if beyond == NOTHING_TAKEN else None
        batch = begun or self._wait(beyond)
        if batch is None:
            return None
        requests: list[OpenRequest] = []
        damaged: list[SetAside] = []
        records = self._spool.read(self._sink.name, batch.first_seq, batch.last_seq)
        for record in records:
            try:
                requests.append(opened(record, max_bytes=self._max_bytes))
            except DamagedRecord as error:
                damaged.append(SetAside(seq=record.seq, spans=record.spans, reason=str(error)))
        making = self._beside.submit(self._make, batch, requests)
        return OpenBatch(batch, sum(record.spans for record in records), requests, damaged, making)

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

    def _make(self, batch: Batch, requests: Sequence[OpenRequest], part: str = "") -> Made[B, P]:
        token = f"{batch.token}/{part}" if part else batch.token
        pricers = [self._pricer(request.table_version) for request in requests]
        booked = list(map(self._sink.book, requests, pricers))
        whole = SinkBatch(requests=booked, booked_ns=batch.booked_ns, token=token)
        return Made(booked, self._sink.pack(whole))

    def _pricer(self, version: str) -> Pricer:
        if version not in self._pricers:
            canonical = self._spool.rate_table(version)
            if canonical is None:
                raise DamagedRecord(f"its rate table {version} is not in the spool")
            self._pricers[version] = Pricer(RateTable(canonical))
        return self._pricers[version]


def _batch(destination: str, first_seq: int, last_seq: int) -> Batch:
    booked_ns = time.time_ns()
    named = f"{destination} {first_seq} {last_seq} {booked_ns}"
    token = hashlib.blake2b(named.encode(), digest_size=16).hexdigest()
    return Batch(first_seq=first_seq, last_seq=last_seq, booked_ns=booked_ns, token=token)
