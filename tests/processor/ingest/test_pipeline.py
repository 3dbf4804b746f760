"""Each destination gets everything, in its own time, whatever happens to it or to the others."""

from __future__ import annotations

import sqlite3
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from spantally_pricing import RateTable
from spantally_processor.booking import book
from spantally_processor.errors import PermanentSinkError, SpoolError, TransientSinkError
from spantally_processor.pipeline import PATIENCE, Worker
from spantally_processor.spool import Incoming, Spool, digest_of
from spantally_processor.telemetry import Counter, Telemetry
from support.otlp import a_call, a_request
from support.processor import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from opentelemetry.proto.trace.v1.trace_pb2 import Span
    from spantally_processor.booking import BookedRequest, OpenRequest
    from spantally_processor.pricer import Pricer
    from spantally_processor.sinks import SinkBatch
    from spantally_processor.spool.records import Batch

TABLE = RateTable.bundled()


class RecordingSink:
    """Keeps what it is given, and fails as it is told."""

    flush_interval_s = 0.0
    max_quarantine_bytes = 1 << 30

    def __init__(self, name: str, *, max_spans: int = 100) -> None:
        self.name = name
        self.max_spans = max_spans
        self.batches: list[SinkBatch[BookedRequest]] = []
        self.refuses: Callable[[SinkBatch[BookedRequest]], Exception | None] = lambda _: None
        self.tries = 0

    @property
    def maker(self) -> RecordingSink:
        return self

    def open(self) -> None: ...

    def book(self, request: OpenRequest, pricer: Pricer) -> BookedRequest:
        return book(request, pricer)

    def pack(self, batch: SinkBatch[BookedRequest]) -> SinkBatch[BookedRequest]:
        return replace(batch, requests=list(batch.requests))

    def write(self, batch: SinkBatch[BookedRequest]) -> None:
        self.tries += 1
        if error := self.refuses(batch):
            raise error
        self.batches.append(batch)

    def count(self, telemetry: Telemetry, packed: SinkBatch[BookedRequest]) -> None: ...

    def close(self) -> None: ...

    @property
    def span_ids(self) -> list[bytes]:
        return [
            span.view.message.span_id
            for batch in self.batches
            for request in batch.requests
            for span in request.spans
        ]


class Pipeline:
    """A spool, its sinks and their workers."""

    def __init__(self, path: Path, *sinks: RecordingSink) -> None:
        self.path = path
        self.spool = Spool(path, destinations=[s.name for s in sinks], max_bytes=1 << 30)
        self.spool.keep_rate_table(TABLE.version, TABLE.canonical)
        self.telemetry = Telemetry()
        self.workers = [
            Worker(sink, self.spool, self.telemetry, max_bytes=1 << 20) for sink in sinks
        ]

    def start(self) -> None:
        for worker in self.workers:
            worker.start()

    def send(self, *spans: Span) -> None:
        body = a_request(*spans).SerializeToString()
        self.send_raw(body, spans=len(spans))

    def send_raw(self, body: bytes, *, spans: int = 1, digest: bytes | None = None) -> None:
        request = Incoming(
            tenant="",
            received_ns=1,
            content_type="application/x-protobuf",
            encoding="",
            digest=digest or digest_of(body),
            table_version=TABLE.version,
            spans=spans,
            body=body,
        )
        assert self.spool.append(request).result()

    def settle(self) -> None:
        until(lambda: all(self.spool.pending_spans(w.name) == 0 for w in self.workers))

    def stop(self, grace_s: float = 5.0) -> None:
        for worker in self.workers:
            worker.ask_to_stop(grace_s=grace_s)
        for worker in self.workers:
            assert worker.join(10)

    def quarantine(self) -> list[tuple[str, int, str]]:
        connection = sqlite3.connect(self.path)
        rows = connection.execute("select destination, seq, reason from quarantine").fetchall()
        connection.close()
        return rows


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Callable[..., Pipeline]]:
    made: list[Pipeline] = []

    def make(*sinks: RecordingSink) -> Pipeline:
        made.append(Pipeline(tmp_path / "spool.sqlite", *sinks))
        return made[-1]

    yield make
    for each in made:
        if any(worker.is_alive for worker in each.workers):
            each.stop(grace_s=0.0)
        each.spool.close()


def test_every_destination_gets_every_span(pipeline: Callable[..., Pipeline]) -> None:
    sinks = RecordingSink("ledger"), RecordingSink("forward", max_spans=1)
    pipe = pipeline(*sinks)
    pipe.start()
    spans = [a_call() for _ in range(10)]
    for span in spans:
        pipe.send(span)
    pipe.settle()

    for sink in sinks:
        assert sink.span_ids == [span.span_id for span in spans]
    assert pipe.spool.bytes_kept == 0


@pytest.mark.parametrize("down", ["ledger", "forward"])
def test_a_destination_that_is_away_neither_delays_nor_loses_the_others(
    pipeline: Callable[..., Pipeline], down: str
) -> None:
    sinks = {name: RecordingSink(name) for name in ("ledger", "forward")}
    other = next(sink for name, sink in sinks.items() if name != down)
    sinks[down].refuses = lambda _: TransientSinkError("away")
    pipe = pipeline(*sinks.values())
    pipe.start()
    spans = [a_call() for _ in range(3)]
    for span in spans:
        pipe.send(span)

    until(lambda: len(other.span_ids) == 3 and sinks[down].tries >= 2)
    assert sinks[down].span_ids == []
    assert pipe.spool.pending_spans(down) == 3

    sinks[down].refuses = lambda _: None
    pipe.settle()
    assert sinks[down].span_ids == [span.span_id for span in spans]
    assert pipe.telemetry.total(Counter.RETRIES, destination=down) >= 2


def test_a_batch_is_tried_again_as_it_was_although_more_has_arrived(
    pipeline: Callable[..., Pipeline],
) -> None:
    sink = RecordingSink("ledger")
    tried: list[tuple[str, int, int]] = []

    def away_at_first(batch: SinkBatch[BookedRequest]) -> Exception | None:
        tried.append((batch.token, batch.booked_ns, len(batch.requests)))
        return TransientSinkError("away") if len(tried) < 3 else None

    sink.refuses = away_at_first
    pipe = pipeline(sink)
    pipe.send(a_call())
    pipe.start()
    until(lambda: tried)
    pipe.send(a_call())
    pipe.settle()

    assert tried[0] == tried[1] == tried[2]
    assert tried[3][0] != tried[0][0]


def test_a_batch_that_was_not_finished_is_the_same_batch_in_the_next_process(
    pipeline: Callable[..., Pipeline],
) -> None:
    first = RecordingSink("ledger")
    first.refuses = lambda _: TransientSinkError("killed here")
    pipe = pipeline(first)
    pipe.send(a_call(), a_call())
    tried: list[SinkBatch[BookedRequest]] = []
    first.refuses = lambda batch: (tried.append(batch), TransientSinkError("away"))[1]
    pipe.start()
    until(lambda: tried)
    pipe.stop()
    pipe.spool.close()

    second = RecordingSink("ledger")
    again = pipeline(second)
    again.send(a_call())
    again.start()
    again.settle()

    begun, repeated = tried[0], second.batches[0]
    assert (repeated.token, repeated.booked_ns) == (begun.token, begun.booked_ns)
    assert [[s.priced for s in r.spans] for r in repeated.requests] == [
        [s.priced for s in r.spans] for r in begun.requests
    ]


def test_a_request_that_a_sink_refuses_for_good_is_set_aside_alone(
    pipeline: Callable[..., Pipeline],
) -> None:
    poison, *good = [a_call() for _ in range(4)]
    sink = RecordingSink("ledger")
    sink.refuses = lambda batch: (
        PermanentSinkError("a bad type")
        if any(s.view.message.span_id == poison.span_id for r in batch.requests for s in r.spans)
        else None
    )
    pipe = pipeline(sink)
    for span in (good[0], poison, *good[1:]):
        pipe.send(span)
    pipe.start()
    pipe.settle()

    assert sorted(sink.span_ids) == [span.span_id for span in good]
    assert pipe.quarantine() == [("ledger", 2, "a bad type")]
    # Counted once it has left the spool, which is what settles.
    until(lambda: pipe.telemetry.total(Counter.QUARANTINED, destination="ledger") == 1)


def test_a_damaged_record_is_set_aside_and_the_rest_goes_on(
    pipeline: Callable[..., Pipeline],
) -> None:
    sink = RecordingSink("ledger")
    pipe = pipeline(sink)
    before, after = a_call(), a_call()
    pipe.send(before)
    pipe.send_raw(b"\xff\xff\xff", spans=7)
    pipe.send_raw(a_request(a_call()).SerializeToString(), digest=b"of something else")
    pipe.send(after)
    pipe.start()
    pipe.settle()

    assert sorted(sink.span_ids) == [before.span_id, after.span_id]
    assert sorted(seq for _, seq, _ in pipe.quarantine()) == [2, 3]
    until(lambda: pipe.telemetry.total(Counter.QUARANTINED) == 8)


def test_an_unexpected_error_is_counted_and_does_not_end_the_worker(
    pipeline: Callable[..., Pipeline], caplog: pytest.LogCaptureFixture
) -> None:
    sink = RecordingSink("ledger")
    errors: list[Exception | None] = [ZeroDivisionError("a bug"), None]
    sink.refuses = lambda _: errors.pop(0) if errors else None
    pipe = pipeline(sink)
    pipe.send(span := a_call())
    pipe.start()
    pipe.settle()

    assert sink.span_ids == [span.span_id]
    assert pipe.telemetry.total(Counter.FAILURES, destination="ledger") == 1
    assert "a bug" in caplog.text


def test_an_error_that_a_batch_meets_again_and_again_sets_its_span_aside(
    pipeline: Callable[..., Pipeline], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spantally_processor.pipeline.FIRST_BACKOFF_S", 0.01)
    poison, *good = [a_call() for _ in range(4)]

    def fails(batch: SinkBatch[BookedRequest]) -> Exception | None:
        ids = [s.view.message.span_id for r in batch.requests for s in r.spans]
        return ZeroDivisionError("a bug") if poison.span_id in ids else None

    sink = RecordingSink("ledger")
    sink.refuses = fails
    pipe = pipeline(sink)
    pipe.send(*good[:2], poison, good[2])
    pipe.start()
    pipe.settle()

    assert sorted(sink.span_ids) == [span.span_id for span in good]
    assert pipe.quarantine() == [("ledger", 1, "unexpected: ZeroDivisionError('a bug')")]
    assert pipe.telemetry.total(Counter.FAILURES) == PATIENCE


def test_trouble_of_the_machine_is_never_the_spans_fault(
    pipeline: Callable[..., Pipeline], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spantally_processor.pipeline.FIRST_BACKOFF_S", 0.001)
    monkeypatch.setattr("spantally_processor.pipeline.MAX_BACKOFF_S", 0.01)
    sink = RecordingSink("ledger")
    sink.refuses = lambda _: OSError("no room in /tmp") if sink.tries <= 3 * PATIENCE else None
    pipe = pipeline(sink)
    pipe.send(span := a_call())
    pipe.start()
    pipe.settle()

    assert sink.span_ids == [span.span_id]
    assert pipe.quarantine() == []


def test_a_spool_without_room_is_trouble_that_is_named_and_passes(
    pipeline: Callable[..., Pipeline],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("spantally_processor.pipeline.FIRST_BACKOFF_S", 0.001)
    monkeypatch.setattr("spantally_processor.pipeline.MAX_BACKOFF_S", 0.01)
    sink = RecordingSink("ledger")
    pipe = pipeline(sink)
    pipe.send(span := a_call())
    (worker,) = pipe.workers
    begin, full = pipe.spool.begin, threading.Event()
    full.set()

    def begins(destination: str, batch: Batch) -> None:
        if full.is_set():
            raise SpoolError("database or disk is full")
        begin(destination, batch)

    monkeypatch.setattr(pipe.spool, "begin", begins)
    pipe.start()
    until(lambda: pipe.telemetry.total(Counter.RETRIES) > PATIENCE)
    assert worker.trouble == "database or disk is full"
    full.clear()
    pipe.settle()

    assert sink.span_ids == [span.span_id]
    assert pipe.telemetry.total(Counter.FAILURES) == 0
    assert caplog.text.count("disk is full") == 1, "once for a spell of trouble"
    assert "Traceback" not in caplog.text


def test_stopping_drains_what_it_can(pipeline: Callable[..., Pipeline]) -> None:
    sink = RecordingSink("ledger", max_spans=1)
    pipe = pipeline(sink)
    for _ in range(20):
        pipe.send(a_call())
    pipe.start()
    pipe.stop()

    assert len(sink.span_ids) == 20


def test_stopping_while_a_destination_is_away_is_quick_and_keeps_everything(
    pipeline: Callable[..., Pipeline],
) -> None:
    sink = RecordingSink("ledger")
    sink.refuses = lambda _: TransientSinkError("away", retry_after_s=30.0)
    pipe = pipeline(sink)
    pipe.send(a_call())
    pipe.start()
    until(lambda: sink.tries)
    stopped = threading.Thread(target=pipe.stop, kwargs={"grace_s": 60.0})
    stopped.start()
    stopped.join(5)

    assert not stopped.is_alive()
    assert pipe.spool.pending_spans("ledger") == 1


def test_a_batch_waits_for_company_until_it_is_full(pipeline: Callable[..., Pipeline]) -> None:
    sink = RecordingSink("ledger", max_spans=4)
    sink.flush_interval_s = 60.0
    pipe = pipeline(sink)
    pipe.start()
    for _ in range(4):
        pipe.send(a_call())
    pipe.settle()

    assert [len(batch.requests) for batch in sink.batches] == [4]


def test_an_overloaded_destination_is_left_alone_then_probed_with_one_batch(
    pipeline: Callable[..., Pipeline],
) -> None:
    sink = RecordingSink("ledger", max_spans=1)
    sink.refuses = lambda _: TransientSinkError("too many parts", overloaded=True)
    pipe = pipeline(sink)
    (worker,) = pipe.workers
    worker._overload_pause_s = 0.3
    for _ in range(3):
        pipe.send(a_call())
    pipe.start()
    until(lambda: worker.breaker_is_open)
    time.sleep(0.15)
    assert sink.tries == 1, "it was tried again while the breaker was open"

    until(lambda: sink.tries == 2)
    assert worker.breaker_is_open, "a probe that fails keeps it open"
    sink.refuses = lambda _: None
    pipe.settle()

    assert not worker.breaker_is_open
    assert worker.trouble == ""
    assert len(sink.span_ids) == 3
