"""One worker thread for each destination, each at its own pace.

A worker takes a batch that was made ready (`batching.py`), hands it to its sink and moves its cursor, one
after the other; the batch is on disk before the sink sees it, so a crash anywhere repeats exactly the
same batch. Trouble for now is retried for ever with backoff. A span that can never be written is set
aside, alone, so that it stops nothing (`narrowing.py`). The worker loop is the one place that survives
an unexpected error; one that a batch meets again and again is taken for the fault of some span in it.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from typing import TYPE_CHECKING, Any, Generic

from spantally_processor.batching import Batching
from spantally_processor.errors import (
    PermanentSinkError,
    SpantallyError,
    SpoolError,
    TransientSinkError,
)
from spantally_processor.making import InThread
from spantally_processor.narrowing import narrowed
from spantally_processor.sinks import P
from spantally_processor.spool import SetAside
from spantally_processor.telemetry import Counter

if TYPE_CHECKING:
    from collections.abc import Callable

    from spantally_processor.batching import OpenBatch
    from spantally_processor.making import Made, Workshop
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

_jitter = random.Random()  # noqa: S311 - no secret; its own, so that no other thread's numbers depend on it


class Worker(Generic[P]):
    """Moves requests from the spool to one sink until it is told to stop."""

    def __init__(
        self,
        sink: Sink[Any, P],
        spool: Spool,
        telemetry: Telemetry,
        *,
        max_bytes: int,
        workshop: Workshop[Any, P] | None = None,
    ) -> None:
        """Without a `workshop`, batches are made in a thread of this process."""
        self.name = sink.name
        self._sink = sink
        self._spool = spool
        self._telemetry = telemetry
        self._overload_pause_s = OVERLOAD_PAUSE_S
        self.trouble = ""
        """Why the destination takes nothing now; empty when it does."""
        self.breaker_is_open = False
        self._failures = 0
        """Unexpected errors since the last batch went well."""
        self._is_open = False
        self._stop = threading.Event()
        workshop = workshop or InThread(sink.maker, sink.name)
        self._batching = Batching(sink, spool, workshop, max_bytes=max_bytes, stop=self._stop)
        self._current: OpenBatch[P] | None = None
        """Not finished: it is tried until it is."""
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
            except SpoolError as error:  # a full disk, say: no fault of the batch, and it passes
                backoff_s = self._back_off(backoff_s, TransientSinkError(str(error)))
            except Exception:  # noqa: BLE001 - the one worker loop: whatever it is, the records stay
                _log.exception("worker %s failed; it tries again", self.name)
                self._telemetry.count(Counter.FAILURES, destination=self.name)
                self._failures += 1
                backoff_s = self._back_off(backoff_s, None)
            else:
                backoff_s, self._failures = 0.0, 0
                self.trouble, self.breaker_is_open = "", False
        self._batching.close()
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
        self._stop.wait(pause * _jitter.uniform(0.5, 1.0))
        return longer

    def _step(self) -> None:
        """Writes one batch, while the next one is made ready."""
        if not self._is_open:
            self._sink.open()
            self._is_open = True
        current = self._current = self._current or self._batching.next()
        if current is None:
            return
        self._spool.begin(self.name, current.batch)
        self._batching.look_ahead(current)
        taken, refused = self._deliver(current)
        self._spool.finish(
            self.name,
            current.batch.last_seq,
            refused,
            max_quarantine_bytes=self._sink.max_quarantine_bytes,
        )
        self._current = None
        for seq, reason in {each.seq: each.reason for each in refused}.items():
            _log.error(
                "%s: record %d, or spans of it, is in quarantine: %s", self.name, seq, reason
            )
        lost = sum(each.spans for each in refused)
        with self._telemetry.together():
            self._telemetry.expect(self.name, -current.spans)
            self._telemetry.count(Counter.QUARANTINED, lost, destination=self.name)
            for made in taken:
                self._sink.count(self._telemetry, made.packed)

    def _deliver(self, current: OpenBatch[P]) -> tuple[list[Made[P]], list[SetAside]]:
        """Returns what the sink took, and what is damaged or refused for good."""
        culprits: list[SetAside] = []
        try:
            taken = [self._take(lambda: self._batching.made(current))]
        except PermanentSinkError as error:
            taken, found = narrowed(
                current.records,
                error,
                lambda part, name: [
                    self._take(lambda: self._batching.made_part(current, part, name))
                ],
            )
            whole = {record.seq: record for record in current.records}
            culprits = [
                SetAside(
                    seq=record.seq,
                    spans=record.spans,
                    reason=reason,
                    part=None if record is whole[record.seq] else record.body,
                )
                for record, reason in found
            ]
        return taken, [*(each for made in taken for each in made.damaged), *culprits]

    def _take(self, make: Callable[[], Made[P]]) -> Made[P]:
        """Has a batch or a part of it written; raises TransientSinkError or PermanentSinkError."""
        try:
            made = make()
            self._sink.write(made.packed)
        except (SpantallyError, OSError, MemoryError):  # the last two are not the spans' fault
            raise
        except Exception as error:
            if self._failures < PATIENCE:
                raise
            raise PermanentSinkError(f"unexpected: {error!r}") from error
        return made
