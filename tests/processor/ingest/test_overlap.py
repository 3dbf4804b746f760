"""While one batch is written the next is made ready, and no promise is weaker for it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spantally_pricing import RateTable
from spantally_processor.errors import PermanentSinkError, TransientSinkError
from spantally_processor.pipeline import Worker
from spantally_processor.spool import Incoming, Spool, digest_of
from spantally_processor.telemetry import PENDING, Counter, Telemetry
from support.processor import until

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pytest
    from spantally_processor.booking import OpenRequest
    from spantally_processor.pricer import Pricer
    from spantally_processor.sinks import SinkBatch

TABLE = RateTable.bundled()


class Destination:
    """A sink that keeps each batch once by its token, as ClickHouse does, and has trouble as it is told."""

    name = "ledger"
    flush_interval_s = 0.0
    max_quarantine_bytes = 1 << 30

    def __init__(self, *, max_spans: int = 1, poison: frozenset[bytes] = frozenset()) -> None:
        self.max_spans = max_spans
        self.poison = poison
        self.stored: dict[str, SinkBatch[OpenRequest]] = {}
        self.given: list[str] = []
        self.before: Callable[[], object] = lambda: None
        self.after: Callable[[], object] = lambda: None
        self.on_book: Callable[[], object] = lambda: None

    @property
    def maker(self) -> Destination:
        return self

    def open(self) -> None: ...

    def close(self) -> None: ...

    def book(self, request: OpenRequest, pricer: Pricer) -> OpenRequest:
        self.on_book()
        return request

    def pack(self, batch: SinkBatch[OpenRequest]) -> SinkBatch[OpenRequest]:
        return replace(batch, requests=list(batch.requests))

    def write(self, packed: SinkBatch[OpenRequest]) -> None:
        self.given.append(packed.token)
        self.before()
        if any(request.body in self.poison for request in packed.requests):
            raise PermanentSinkError("poison")
        known = self.stored.setdefault(packed.token, packed)
        assert known.booked_ns == packed.booked_ns
        assert [r.body for r in known.requests] == [r.body for r in packed.requests]
        self.after()

    def count(self, telemetry: Telemetry, packed: SinkBatch[OpenRequest]) -> None:
        telemetry.count(Counter.STORED, sum(request.received for request in packed.requests))

    @property
    def seqs(self) -> list[list[int]]:
        """Of each batch as they were stored; what was narrowed down to parts is put in order."""
        batches: dict[str, list[int]] = {}
        for token, part in self.stored.items():
            seqs = batches.setdefault(token.partition("/")[0], [])
            seqs += [request.seq for request in part.requests]
        return [sorted(seqs) for seqs in batches.values()]


def a_spool(path: Path) -> Spool:
    spool = Spool(path, destinations=["ledger"], max_bytes=1 << 30)
    spool.keep_rate_table(TABLE.version, TABLE.canonical)
    return spool


def send(spool: Spool, *bodies: bytes, spans: int = 1) -> None:
    for body in bodies:
        incoming = Incoming(
            tenant="",
            received_ns=1,
            content_type="application/x-protobuf",
            encoding="",
            digest=digest_of(body),
            table_version=TABLE.version,
            spans=spans,
            body=body,
        )
        assert spool.append(incoming).result()


def test_the_next_batch_is_booked_while_one_is_written(tmp_path: Path) -> None:
    spool = a_spool(tmp_path / "spool.sqlite")
    sink = Destination()
    booked = threading.Semaphore(0)
    sink.on_book = booked.release
    seen: list[bool] = []
    # The first write waits until two requests are booked: its own, and the one of the next batch.
    sink.before = lambda: seen.append(booked.acquire(timeout=5) and booked.acquire(timeout=5))
    send(spool, b"first", b"second")
    worker = Worker(sink, spool, Telemetry(), max_bytes=1 << 20)
    worker.start()
    until(lambda: seen)
    booked.release(10)
    until(lambda: spool.pending_spans("ledger") == 0)
    worker.ask_to_stop(grace_s=1)
    assert worker.join(5)
    spool.close()

    assert seen[0]


def test_no_more_than_one_batch_is_booked_ahead_of_a_destination_that_is_away(
    tmp_path: Path,
) -> None:
    spool = a_spool(tmp_path / "spool.sqlite")
    sink = Destination()
    booked: list[None] = []
    sink.on_book = lambda: booked.append(None)

    def away() -> None:
        raise TransientSinkError("away")

    sink.before = away
    send(spool, *(b"%d" % number for number in range(9)))
    worker = Worker(sink, spool, Telemetry(), max_bytes=1 << 20)
    worker.start()
    until(lambda: len(sink.given) >= 3)
    worker.ask_to_stop(grace_s=1)
    assert worker.join(5)
    spool.close()

    assert len(booked) == 2
    assert len(set(sink.given)) == 1, "the same batch is tried again, and no other"


@dataclass(frozen=True)
class Life:
    """What is in the spool, and what happens to it."""

    sizes: list[int]
    """Spans of each request."""
    poisoned: set[int]
    """Requests that the destination refuses for good."""
    damaged: set[int]
    """Requests that the disk gives back as others."""
    faults: list[str]
    """What happens at each step in turn: nothing, trouble at a moment, a bug."""
    max_spans: int
    stops: list[int]
    """How many spans are left, at most, when the worker is stopped and another process goes on."""


LIVES = st.builds(
    Life,
    sizes=st.lists(st.integers(1, 4), min_size=1, max_size=12),
    poisoned=st.sets(st.integers(0, 11), max_size=3),
    damaged=st.sets(st.integers(0, 11), max_size=3),
    faults=st.lists(st.sampled_from(("", "before", "after", "booking", "bug")), max_size=25),
    max_spans=st.integers(1, 6),
    stops=st.lists(st.integers(0, 40), max_size=3),
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(life=LIVES)
def test_with_faults_everything_is_stored_once_in_order_and_the_books_balance(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, life: Life
) -> None:
    monkeypatch.setattr("spantally_processor.pipeline.FIRST_BACKOFF_S", 0.0005)
    monkeypatch.setattr("spantally_processor.pipeline.MAX_BACKOFF_S", 0.001)
    monkeypatch.setattr("spantally_processor.pipeline.PATIENCE", 100)  # the bugs go away
    monkeypatch.setattr("spantally_processor.batching.TICK_S", 0.005)
    bodies = [b"request %d" % number for number in range(len(life.sizes))]
    sink = Destination(
        max_spans=life.max_spans,
        poison=frozenset(body for number, body in enumerate(bodies) if number in life.poisoned),
    )
    in_trouble(sink, life.faults)
    path = tmp_path_factory.mktemp("spool") / "spool.sqlite"
    spool = a_spool(path)
    for number, (body, size) in enumerate(zip(bodies, life.sizes, strict=True)):
        send(spool, body, spans=size)
        if number in life.damaged:
            damage(spool, number + 1)

    quarantined = 0
    for left in (*life.stops, 0):
        telemetry = Telemetry()
        recovered = spool.pending_spans("ledger")
        telemetry.count(Counter.RECOVERED, recovered)
        telemetry.expect("ledger", recovered)
        worker = Worker(sink, spool, telemetry, max_bytes=1 << 20)
        worker.start()
        while spool.pending_spans("ledger") > left:
            assert balance(telemetry) == recovered
            time.sleep(0)  # else the worker waits for the interpreter, 9 seconds of CPU in all
        worker.ask_to_stop(grace_s=0)
        assert worker.join(5)
        assert balance(telemetry) == recovered
        quarantined += telemetry.total(Counter.QUARANTINED)
        spool.close()
        spool = a_spool(path)
    assert spool.pending_spans("ledger") == 0
    spool.close()

    lost = [number for number in range(len(bodies)) if number in life.poisoned | life.damaged]
    assert quarantined == sum(life.sizes[number] for number in lost)
    kept = [number + 1 for number in range(len(bodies)) if number not in lost]
    assert [seq for batch in sink.seqs for seq in batch] == kept


def in_trouble(sink: Destination, faults: Sequence[str]) -> None:
    """Lets these faults happen, one after the other, each at its moment."""
    left = list(faults)

    def at(moment: str) -> None:
        fault = left[0] if left else ""
        if fault in ("", moment) or (fault == "bug" and moment != "booking"):
            del left[:1]
        if fault == moment:
            raise TransientSinkError(moment)
        if fault == "bug" and moment != "booking":
            raise ZeroDivisionError("a bug")

    sink.before = lambda: at("before")
    sink.after = lambda: at("after")
    sink.on_book = lambda: at("booking")


def damage(spool: Spool, seq: int) -> None:
    """As a disk that flips bits."""
    spool._writer.submit(
        lambda connection: connection.execute(
            "update records set body = x'00' where seq = ?", (seq,)
        )
    ).result()


def balance(telemetry: Telemetry) -> int:
    """What became of the spans, at one moment."""
    families = {family.metric: family.samples for family in telemetry.families()}
    names = (PENDING, Counter.STORED.metric, Counter.QUARANTINED.metric)
    return sum(int(value) for name in names for _, value in families[name])
