"""Acknowledged means kept: `kill -9` at the worst moments loses nothing and doubles nothing."""

from __future__ import annotations

import signal
import sys
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from spantally_processor.store import open_store
from spantally_processor.store.location import store_url
from support.otlp import a_call, a_request
from support.processor import AWAY, command, running, settings_in, until

if TYPE_CHECKING:
    from pathlib import Path

GPT_5 = (Decimal("1.25") * 1000 + Decimal(10) * 100) / 1_000_000

NEVER_FLUSH = ("--flush-interval", "3600")
"""Whatever is acknowledged is still only in the spool when the process dies."""

TOTAL = "select uniqExact(trace_id, span_id), count(), sum(cost) from llm_calls"


def test_what_was_acknowledged_and_not_inserted_survives_every_kill(tmp_path: Path) -> None:
    sent = 0
    for _ in range(3):
        with command(tmp_path, *NEVER_FLUSH) as processor:
            for _ in range(5):
                body = a_request(a_call(), a_call()).SerializeToString()
                assert processor.post(body).status_code == 200
                sent += 2
            assert processor.post(body).status_code == 200  # the last one again
            assert processor.metrics()["spantally_spans_stored_total"] == 0
            processor.kill()

    with command(tmp_path) as processor:
        assert processor.post(body).status_code == 200  # and once more, after the restart
        processor.settle()
        assert processor.rows(TOTAL) == [(sent, sent, sent * GPT_5)]
        assert processor.metric("spantally_spans_recovered_total") == sent


DYING = """
import os, signal, sys
from spantally_processor.sinks.clickhouse import LedgerSink

real = LedgerSink.{method}

def dying(self, *args):
    {before}
    real(self, *args)
    os.kill(os.getpid(), signal.SIGKILL)

LedgerSink.{method} = dying
from spantally_processor.cli import main
main()
"""
"""The command, which dies inside its ledger sink."""

MOMENTS = {
    "before the insert": ("write", "os.kill(os.getpid(), signal.SIGKILL)"),
    "between the tables": ("_insert", "pass"),
    "after the insert, before the cursor moves": ("write", "pass"),
}


@pytest.mark.parametrize(("method", "before"), MOMENTS.values(), ids=MOMENTS)
def test_a_kill_around_the_insert_books_the_batch_once(
    tmp_path: Path, method: str, before: str
) -> None:
    program = (sys.executable, "-c", DYING.format(method=method, before=before), "serve")
    body = a_request(a_call(), a_call()).SerializeToString()
    with command(tmp_path, program=program) as processor:
        assert processor.post(body).status_code == 200
        assert processor.process.wait(20) == -signal.SIGKILL

    with command(tmp_path) as processor:
        processor.settle()
        assert processor.rows(TOTAL) == [(2, 2, 2 * GPT_5)]
        # The token of the batch did it, not the views: the tables themselves have each row once.
        assert processor.rows("select count() from llm_spans") == [(2,)]
        assert processor.rows("select count() from trace_steps") == [(2,)]


DYING_HALFWAY = """
import os, pathlib, signal, sys, threading
from spantally_processor.store.embedded import EmbeddedStore

real = EmbeddedStore.insert_native
data = pathlib.Path(sys.argv[sys.argv.index("--data") + 1], "ledger", "store")

def watch():
    there = set(data.glob("*/*/2*_*"))
    while len(set(data.glob("*/*/2*_*")) - there) < {months}:
        pass
    os.kill(os.getpid(), signal.SIGKILL)

def dying(self, table, *args, **named):
    if table == "llm_spans":
        threading.Thread(target=watch, daemon=True).start()
    real(self, table, *args, **named)

EmbeddedStore.insert_native = dying
from spantally_processor.cli import main
main()
"""
"""The command, which dies when so many partitions of an insert are in place."""


@pytest.mark.parametrize("months", [1, 6])
def test_a_kill_between_the_partitions_of_an_insert_books_each_span_once(
    tmp_path: Path, months: int
) -> None:
    calls = [a_call() for _ in range(600)]
    for number, call in enumerate(calls):
        call.start_time_unix_nano -= 31 * 86400 * 10**9 * (number % 12)
    by_month = "select toYYYYMM(start_time) as month, count() from llm_spans group by month"
    program = (sys.executable, "-c", DYING_HALFWAY.format(months=months), "serve")
    with command(tmp_path, program=program) as processor:
        assert processor.post(a_request(*calls).SerializeToString()).status_code == 200
        assert processor.process.wait(20) == -signal.SIGKILL
    store = open_store(store_url(data=tmp_path))
    torn = store._engine.rows(by_month)  # type: ignore[attr-defined]
    store.close()
    assert 0 < len(torn) < 12, "it died halfway"

    with command(tmp_path) as processor:
        processor.settle()
        # The batch came again under its token: what was in place was not put there twice.
        assert sorted(count for _, count in processor.rows(by_month)) == [50] * 12
        assert processor.rows("select count() from llm_calls") == [(600,)]


DYING_AHEAD = """
import os, signal, threading
from spantally_processor.own_process import InOwnProcess
from spantally_processor.sinks.clickhouse import LedgerSink

real_submit, real_write = InOwnProcess.submit, LedgerSink.write
ready = threading.Semaphore(0)

def submit(self, work):
    future = real_submit(self, work)
    future.add_done_callback(lambda _: ready.release())
    return future

def write(self, packed):
    if {stores}:
        real_write(self, packed)
    assert ready.acquire(timeout=20) and ready.acquire(timeout=20), "the next batch is not made ready"
    os.kill(os.getpid(), signal.SIGKILL)

InOwnProcess.submit, LedgerSink.write = submit, write
from spantally_processor.cli import main
main()
"""
"""The command, which dies in the write of its first batch once the second is ready."""


@pytest.mark.parametrize("stores", [False, True], ids=["before the insert", "after it"])
def test_a_kill_while_the_next_batch_lies_ready_books_both_once(
    tmp_path: Path, *, stores: bool
) -> None:
    with command(tmp_path, *NEVER_FLUSH) as processor:
        for _ in range(2):
            body = a_request(a_call(), a_call()).SerializeToString()
            assert processor.post(body).status_code == 200
        processor.kill()

    program = (sys.executable, "-c", DYING_AHEAD.format(stores=stores), "serve")
    with command(tmp_path, "--flush-rows", "1", program=program) as processor:
        assert processor.process.wait(30) == -signal.SIGKILL

    with command(tmp_path) as processor:
        processor.settle()
        assert processor.rows(TOTAL) == [(4, 4, 4 * GPT_5)]
        assert processor.rows("select count() from llm_spans") == [(4,)]
        assert processor.rows("select count() from trace_steps") == [(4,)]


def test_sigterm_delivers_what_it_can_and_exits_with_0(tmp_path: Path) -> None:
    with command(tmp_path, *NEVER_FLUSH) as processor:
        processor.post(a_request(a_call()).SerializeToString())
        processor.process.terminate()
        assert processor.process.wait(20) == 0

    with command(tmp_path) as processor:
        assert processor.rows(TOTAL) == [(1, 1, GPT_5)]
        assert processor.metric("spantally_spans_recovered_total") == 0


def test_a_stop_with_the_ledger_away_keeps_everything(tmp_path: Path) -> None:
    with running(settings_in(tmp_path, store=AWAY)) as processor:
        processor.post(a_request(a_call()).SerializeToString())
        until(lambda: processor.metric("spantally_deliveries_retried_total") >= 1)

    with running(settings_in(tmp_path)) as processor:
        processor.settle()
        assert processor.rows(TOTAL) == [(1, 1, GPT_5)]


def test_rates_that_change_in_between_do_not_change_what_was_acknowledged(tmp_path: Path) -> None:
    dearer = tmp_path / "dearer.toml"
    dearer.write_text(
        'schema = "rates/1"\nprovider = "openai"\ncurrency = "USD"\n'
        'source = "https://example.com"\nchecked = 2026-11-23\n'
        '[[model]]\nid = "gpt-5"\nids = ["gpt-5", "gpt-5-2025-08-07"]\n'
        "[[model.rates]]\nfrom = 2026-01-01T00:00:00Z\ninput = 100\noutput = 100\n"
    )
    with running(settings_in(tmp_path, store=AWAY)) as processor:
        processor.post(a_request(a_call()).SerializeToString())

    with running(settings_in(tmp_path, rates=(dearer,))) as processor:
        processor.post(a_request(a_call()).SerializeToString())
        processor.settle()
        rows = processor.rows("select cost, table_version from llm_spans order by cost")

    assert [cost for cost, _ in rows] == [GPT_5, Decimal(1100 * 100) / 1_000_000]
    assert len({version for _, version in rows}) == 2
