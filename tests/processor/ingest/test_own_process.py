"""Pricing has a process of its own: it comes to the same bytes, and its death loses nothing."""

from __future__ import annotations

import os
import signal
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from spantally_pricing import RateTable
from spantally_processor.attribution import Attribution, Rule
from spantally_processor.errors import PermanentSinkError
from spantally_processor.making import InThread, Work
from spantally_processor.own_process import InOwnProcess
from spantally_processor.sinks.inserts import LedgerMaker
from spantally_processor.spool import Batch, Record, digest_of
from support.new_ledger import new_ledger
from support.otlp import a_call, a_request, a_span
from support.processor import command, until

if TYPE_CHECKING:
    from opentelemetry.proto.trace.v1.trace_pb2 import Span
    from support.processor import Command

TABLE = RateTable.bundled()


def work(*spans: Span, table_version: str = TABLE.version) -> Work:
    body = a_request(*spans).SerializeToString()
    record = Record(
        seq=1,
        tenant="acme",
        received_ns=1,
        content_type="application/x-protobuf",
        encoding="",
        digest=digest_of(body),
        table_version=table_version,
        spans=len(spans),
        body=body,
    )
    batch = Batch(first_seq=1, last_seq=1, booked_ns=1, token="t")
    tables = {TABLE.version: TABLE.canonical}
    return Work(batch=batch, records=[record], tables=tables, max_bytes=1 << 20)


def children(pid: int) -> list[int]:
    """The Pythons that a process has started, but for the one that watches over shared memory."""
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    found = " ".join(path.read_text(encoding="ascii") for path in threads).split()
    return [child for child in map(int, found) if b"spawn_main" in commandline(child)]


def beside_of(processor: Command) -> int:
    """The process that prices, once the one that puts rates into rows has ended."""
    until(lambda: processor.rows("select count() from llm_rates")[0][0])
    until(lambda: len(children(processor.process.pid)) == 1)
    (child,) = children(processor.process.pid)
    return child


def commandline(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def test_both_workshops_come_to_the_same_bytes_and_the_same_errors() -> None:
    calls = [a_call(gen_ai__usage__output_tokens=count) for count in range(50)]
    batch = work(*calls, a_span({"x": 1}), a_span({}, span_id=b""))
    here, beside = InThread(LedgerMaker(), "ledger"), InOwnProcess(LedgerMaker())
    with closing(here), closing(beside):
        made = here.submit(batch).result()
        assert made.packed.stored == 51
        assert made.packed.rejected == 1
        assert beside.submit(batch).result() == made
        for workshop in (here, beside):
            with pytest.raises(PermanentSinkError, match="rate table v0 is not in the spool"):
                workshop.submit(work(a_call(), table_version="v0")).result()


def test_another_process_takes_over_from_one_that_died() -> None:
    beside = InOwnProcess(LedgerMaker())
    batch = work(a_call())
    with closing(beside):
        before = beside.submit(batch).result()
        (child,) = children(os.getpid())
        os.kill(child, signal.SIGSTOP)
        begun = beside.submit(batch)
        os.kill(child, signal.SIGKILL)
        with pytest.raises(BrokenProcessPool):
            begun.result(timeout=20)
        assert beside.submit(batch).result() == before
    until(lambda: not children(os.getpid()))


def test_rules_that_were_read_again_hold_for_the_next_batch() -> None:
    rules = Attribution((Rule("app.team", "team", "attribute"),))
    beside = InOwnProcess(LedgerMaker())
    with closing(beside):
        call = work(a_call(**{"app.team": "growth"}))
        assert b"growth" not in beside.submit(call).result().packed.inserts[-1].blocks
        beside.use(LedgerMaker(rules))
        assert b"growth" in beside.submit(call).result().packed.inserts[-1].blocks


def test_the_processor_goes_on_when_the_process_beside_it_is_killed(tmp_path: Path) -> None:
    new_ledger(tmp_path)  # without prices, for which a process is started as well
    with command(tmp_path) as processor:
        for number in range(3):
            child = beside_of(processor)
            os.kill(child, signal.SIGKILL)
            assert processor.post(a_request(a_call()).SerializeToString()).status_code == 200
            processor.settle()
            assert processor.rows("select count() from llm_calls") == [(number + 1,)]
            assert children(processor.process.pid) != [child]
        assert processor.metric("spantally_spans_quarantined_total") == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_process_beside_it_ends_with_the_processor(
    tmp_path: Path, number: signal.Signals
) -> None:
    with command(tmp_path) as processor:
        child = beside_of(processor)
        os.kill(processor.process.pid, number)
        processor.process.wait(20)
        until(lambda: not commandline(child))


def test_signals_to_the_whole_group_leave_it_at_work_until_all_is_delivered(tmp_path: Path) -> None:
    with command(tmp_path, "--flush-interval", "30") as processor:
        child = beside_of(processor)
        assert processor.post(a_request(a_call()).SerializeToString()).status_code == 200
        os.kill(child, signal.SIGTERM)  # as an init system or a terminal does, to both
        os.kill(processor.process.pid, signal.SIGTERM)
        assert processor.process.wait(20) == 0
    with command(tmp_path) as processor:
        assert processor.metric("spantally_spans_recovered_total") == 0
        assert processor.rows("select count() from llm_calls") == [(1,)]
