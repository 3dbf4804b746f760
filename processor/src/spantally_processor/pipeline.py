"""One worker thread for each destination, each at its own pace.

A worker takes a batch from the spool, books it, hands it to its sink and moves its cursor; the batch
is on disk before the sink sees it, so a crash anywhere repeats exactly the same batch. Trouble for
now is retried for ever with backoff. A span that can never be written is set aside, alone, so that
it stops nothing (`narrowing.py`). The worker loop is the one place that survives an unexpected error;
one that a batch meets again and again is taken for the fault of some span in it.
"""

from __future__ import annotations

import hashlib
import logging
import random
import threading
import time
from typing import TYPE_CHECKING, Generic

from spantally_pricing import RateTable

from spantally_processor.booking import DamagedRecord, opened
from spantally_processor.errors import PermanentSinkError, SpantallyError, TransientSinkError
from spantally_processor.narrowing import narrowed
from spantally_processor.pricer import Pricer
from spantally_processor.sinks import B, SinkBatch
from spantally_processor.spool import Batch, SetAside
from spantally_processor.telemetry import Counter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spantally_processor.booking import OpenRequest
    from spantally_processor.sinks import Sink
    from spantally_processor.spool import Spool
    from spantally_processor.telemetry import Telemetry

_log = logging.getLogger(__name__)

FIRST_BACKOFF_S = 0.25
MAX_BACKOFF_S = 30.0
OVERLOAD_PAUSE_S = 30.0
"""How long an overloaded destination is left alone: the breaker is open. Then one batch is the probe; with
it the breaker closes, or the pause begins anew."""
PATIENCE = 5
"""Unexpected errors in a row until the batch is to blame, and narrowed down."""
_TICK_S = 0.2
"""How long a worker waits before it looks whether it should stop."""


class Worker(Generic[B]):
    """Moves requests from the spool to one sink until it is told to stop."""

    def __init__(
        self,
        sink: Sink[B],
        spool: Spool,
        telemetry: Telemetry,
        *,
        max_bytes: int,
        overload_pause_s: float = OVERLOAD_PAUSE_S,
    ) -> None:
        self.name = sink.name
        self._sink = sink
        self._spool = spool
        self._telemetry = telemetry
        self._max_bytes = max_bytes
        self._overload_pause_s = overload_pause_s
        self.trouble = ""
        """Why the destination takes nothing now; empty when it does."""
        self.breaker_is_open = False
        self._failures = 0
        """Unexpected errors since the last batch went well."""
        self._pricers: dict[str, Pricer] = {}
        self._is_open = False
        self._stop = threading.Event()
        self._drain_until = 0.0
        self._thread = threading.Thread(target=self._run, name=f"to-{sink.name}", daemon=True)

    def open(self) -> None:
        """Opens the sink, if it can be opened now; if not, the thread tries again."""
        try:
            self._sink.open()
        except TransientSinkError as error:
            _log.warning("%s cannot be reached yet: %s", self.name, error)
        else:
            self._is_open = True

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether the worker is at work."""
        return self._thread.is_alive()

    def ask_to_stop(self, *, grace_s: float) -> None:
        """Lets the worker end when it has caught up, when its sink has trouble, or after a time."""
        self._drain_until = time.monotonic() + grace_s
        self._stop.set()

    def join(self, timeout_s: float) -> bool:
        """Returns whether the thread has ended."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        backoff_s = 0.0
        while not self._should_end(in_trouble=backoff_s > 0):
            try:
                self._step()
            except TransientSinkError as error:
                backoff_s = self._back_off(backoff_s, error)
            except Exception:  # noqa: BLE001 - the one worker loop: whatever it is, the records stay
                _log.exception("worker %s failed; it tries again", self.name)
                self._telemetry.count(Counter.FAILURES, destination=self.name)
                self._failures += 1
                backoff_s = self._back_off(backoff_s, None)
            else:
                backoff_s, self._failures = 0.0, 0
                self.trouble, self.breaker_is_open = "", False
        self._sink.close()

    def _should_end(self, *, in_trouble: bool) -> bool:
        if not self._stop.is_set():
            return False
        caught_up = self._spool.pending_spans(self.name) == 0
        return caught_up or in_trouble or time.monotonic() > self._drain_until

    def _back_off(self, backoff_s: float, error: TransientSinkError | None) -> float:
        self.trouble = "an unexpected error" if error is None else str(error)
        if error is not None:
            if backoff_s == 0.0:  # once for each spell of trouble
                _log.warning("%s takes nothing for now: %s", self.name, error)
            self._telemetry.count(Counter.RETRIES, destination=self.name)
        longer = min(max(backoff_s * 2, FIRST_BACKOFF_S), MAX_BACKOFF_S)
        if error is not None and error.overloaded:
            self.breaker_is_open = True
            self._stop.wait(self._overload_pause_s)
            return longer
        asked = error.retry_after_s if error is not None else None
        pause = min(asked, MAX_BACKOFF_S) if asked else longer
        self._stop.wait(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, no secret
        return longer

    def _step(self) -> None:
        if not self._is_open:
            self._sink.open()
            self._is_open = True
        batch = self._spool.pending_batch(self.name) or self._begin()
        if batch is None:
            return
        records = self._spool.read(self.name, batch.first_seq, batch.last_seq)
        requests: list[OpenRequest] = []
        refused: list[SetAside] = []
        for record in records:
            try:
                requests.append(opened(record, max_bytes=self._max_bytes))
            except DamagedRecord as error:
                refused.append(SetAside(seq=record.seq, spans=record.spans, reason=str(error)))
        taken, culprits = self._deliver(batch, requests)
        refused += culprits
        self._spool.finish(
            self.name,
            batch.last_seq,
            refused,
            max_quarantine_bytes=self._sink.max_quarantine_bytes,
        )
        for seq, reason in {each.seq: each.reason for each in refused}.items():
            _log.error(
                "%s: record %d, or spans of it, is in quarantine: %s", self.name, seq, reason
            )
        lost = sum(each.spans for each in refused)
        with self._telemetry.together():
            self._telemetry.expect(self.name, -sum(record.spans for record in records))
            self._telemetry.count(Counter.QUARANTINED, lost, destination=self.name)
            self._sink.count(self._telemetry, taken)

    def _begin(self) -> Batch | None:
        """Waits for a batch to fill up or its time to pass, and puts its bounds on disk."""
        if not self._spool.wait(self.name, spans=1, timeout_s=_TICK_S):
            return None
        deadline = time.monotonic() + self._sink.flush_interval_s
        while not self._stop.is_set() and (left := deadline - time.monotonic()) > 0:
            if self._spool.wait(
                self.name, spans=self._sink.max_spans, timeout_s=min(left, _TICK_S)
            ):
                break
        bounds = self._spool.next_range(self.name, max_spans=self._sink.max_spans)
        if bounds is None:
            return None
        batch = _batch(self.name, *bounds)
        self._spool.begin(self.name, batch)
        return batch

    def _pricer(self, version: str) -> Pricer:
        if version not in self._pricers:
            canonical = self._spool.rate_table(version)
            if canonical is None:
                raise DamagedRecord(f"its rate table {version} is not in the spool")
            self._pricers[version] = Pricer(RateTable(canonical))
        return self._pricers[version]

    def _deliver(
        self, batch: Batch, requests: Sequence[OpenRequest]
    ) -> tuple[Sequence[B], list[SetAside]]:
        """Returns what the sink took, and what it refuses for good."""
        if not requests:
            return (), []
        try:
            return self._take(batch, requests), []
        except PermanentSinkError as error:
            taken, culprits = narrowed(
                requests, error, lambda part, name: self._take(batch, part, name)
            )
        whole = {request.seq: request for request in requests}
        return taken, [
            SetAside(
                seq=request.seq,
                spans=request.received,
                reason=reason,
                part=None if request is whole[request.seq] else request.body,
            )
            for request, reason in culprits
        ]

    def _take(self, batch: Batch, requests: Sequence[OpenRequest], part: str = "") -> Sequence[B]:
        """Books and writes a batch or a named part of it; raises TransientSinkError or PermanentSinkError."""
        token = f"{batch.token}/{part}" if part else batch.token
        pricers = [self._pricer(request.table_version) for request in requests]
        try:
            booked = list(map(self._sink.book, requests, pricers))
            self._sink.write(SinkBatch(requests=booked, booked_ns=batch.booked_ns, token=token))
        except (SpantallyError, OSError, MemoryError):  # the last two are not the spans' fault
            raise
        except Exception as error:
            if self._failures < PATIENCE:
                raise
            raise PermanentSinkError(f"unexpected: {error!r}") from error
        return booked


def _batch(destination: str, first_seq: int, last_seq: int) -> Batch:
    booked_ns = time.time_ns()
    named = f"{destination} {first_seq} {last_seq} {booked_ns}"
    token = hashlib.blake2b(named.encode(), digest_size=16).hexdigest()
    return Batch(first_seq=first_seq, last_seq=last_seq, booked_ns=booked_ns, token=token)
