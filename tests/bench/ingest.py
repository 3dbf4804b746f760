"""Spans a second from a socket to a queryable row, and what that does to acknowledgements and memory.

Run: `python tests/bench/ingest.py [--spans 512] [--requests 400] [--senders 4] [--forward]`. The
processor runs as the command in a process of its own, on an empty ledger in a temporary folder; the
rows and their sum are checked before a number is printed. Every span is an LLM call with 22 or 23
attributes, the dearest kind, and no two have the same counts. Bodies are made and gzipped before the
clock starts; the sender runs on the same cores, and its share is printed. Compare numbers of one machine
only. `ingest_peers.py` has other receivers beside this one.

The outage: a second processor has a ClickHouse server that does not answer, takes the same load, and
is then started again with a ledger that does. A processor that meets a new rate table puts its prices into the
ledger, 3 s of CPU once a table; both ledgers have them before a clock starts.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.append(str(Path(__file__).parents[1]))

from support.backend import a_backend
from support.calls_at_scale import load
from support.process_time import cpu_seconds, memory
from support.processor import AWAY, Command, command, until
from support.sender import Connection, send_all

if TYPE_CHECKING:
    from decimal import Decimal

    from support.calls_at_scale import Load

SUMS = "select count(), sum(cost) from llm_calls"
LONG_S = 600.0


def settle(processor: Command) -> None:
    """Waits until the ledger has everything that was acknowledged."""
    pending = 'spantally_spans_pending{destination="ledger"}'
    until(lambda: processor.metrics()[pending] == 0, timeout_s=LONG_S, every_s=0.05)


def have_rates(processor: Command) -> None:
    """Waits until the ledger has the prices of the rate table, which happens once a table."""
    until(lambda: processor.rows("select count() from llm_rates")[0][0], timeout_s=LONG_S)


def check(processor: Command, spans: int, *loads: Load) -> None:
    """Asserts that the ledger has exactly these loads."""
    cost: Decimal = sum((each.cost for each in loads[1:]), loads[0].cost)
    assert processor.rows(SUMS) == [(spans, cost)], (processor.rows(SUMS), spans, cost)


def measure_throughput(processor: Command, options: argparse.Namespace) -> None:
    """Prints spans a second, acknowledgement times and time to visible."""
    pid, cores = processor.process.pid, os.cpu_count() or 1
    warm_up = load(8, options.spans, seed=1)
    work = load(options.requests, options.spans, seed=2)
    total = options.requests * options.spans
    send_all(processor.http, warm_up.bodies, 1)
    settle(processor)
    have_rates(processor)
    cpu_s, started = cpu_seconds(pid), time.perf_counter()
    sent = send_all(processor.http, work.bodies, options.senders)
    settle(processor)
    queryable = time.perf_counter() - started
    cpu_s = cpu_seconds(pid) - cpu_s
    check(processor, total + 8 * options.spans, warm_up, work)
    print(f"{work.plain_bytes / total:.0f} B a span, {work.wire_bytes / total:.0f} B gzipped")
    print(f"acknowledged {total / sent.seconds:,.0f} spans/s, queryable {total / queryable:,.0f}")
    print(
        f"processor: {cpu_s / total * 1e6:.1f} us of CPU a span, {cpu_s / queryable / cores:.0%} of"
        f" {cores} cores, {memory(pid)}"
    )
    print(
        f"sender: {sent.cpu_s / total * 1e6:.2f} us of CPU a span,"
        f" {sent.cpu_s / sent.seconds / cores:.1%} of the cores while it sends"
    )
    print(f"ack at full load: {in_ms(sent.latencies)}")
    print(f"ack at 10,000 spans/s offered: {in_ms(paced_latencies(processor, options.spans))}")
    settle(processor)
    print(f"visible after: {in_ms(sorted(time_to_visible(processor, n) for n in range(10)))}")


def paced_latencies(processor: Command, spans: int, seconds: float = 4.0) -> list[float]:
    """Acknowledgement times when 10,000 spans arrive each second."""
    interval = spans / 10_000
    latencies: list[float] = []
    work = load(int(seconds / interval), spans, seed=3)
    connection = Connection(processor.http)
    begun = time.perf_counter()
    for number, body in enumerate(work.bodies):
        time.sleep(max(0.0, begun + number * interval - time.perf_counter()))
        connection.send(body, latencies)
    connection.close()
    return sorted(latencies)


def time_to_visible(processor: Command, number: int) -> float:
    """Seconds from sending one span to the query that finds it, on a processor with nothing else to do."""
    ((before, _),) = processor.rows(SUMS)
    started = time.perf_counter()
    send_all(processor.http, load(1, 1, seed=100 + number).bodies, 1)
    until(lambda: processor.rows(SUMS)[0][0] > before)
    return time.perf_counter() - started


def measure_outage(folder: Path, options: argparse.Namespace) -> None:
    """Prints memory while ClickHouse is away, and how fast what was kept is written afterwards."""
    work = load(options.requests, options.spans, seed=4)
    total = options.requests * options.spans
    with command(folder) as processor:
        have_rates(processor)
    with command(folder, "--store", AWAY) as processor:
        send_all(processor.http, work.bodies, options.senders)
        print(f"ClickHouse away, {total:,} spans kept: {memory(processor.process.pid)}")
    print(f"spool: {size(folder, 'spool*') / total:.0f} B a span")
    begun = time.perf_counter()
    with command(folder) as processor:
        started = time.perf_counter()
        settle(processor)
        seconds = time.perf_counter() - started
        check(processor, total, work)
        print(f"start to ready {started - begun:.1f} s")
        print(f"replay {total / seconds:,.0f} spans/s, {memory(processor.process.pid)}")
        parts = processor.rows(PARTS)
    for table, each, count in parts:
        print(f"{table}: {each:.0f} B a row in {count} parts")


PARTS = """
select table, sum(bytes_on_disk) / sum(rows), count()
from system.parts
where active and database = currentDatabase() and table in ('llm_spans', 'trace_steps')
group by table order by table
"""


def size(folder: Path, pattern: str) -> int:
    """Bytes of the files of such names in a folder."""
    return sum(path.stat().st_size for path in folder.glob(pattern))


def in_ms(latencies: list[float]) -> str:
    """Median, 99th percentile and maximum of sorted seconds, as text."""
    p99 = latencies[min(len(latencies) - 1, int(len(latencies) * 0.99))]
    median = statistics.median(latencies)
    return f"p50 {median * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms, max {latencies[-1] * 1e3:.1f} ms"


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=512, help="in a request")
    parser.add_argument("--requests", type=int, default=400)
    parser.add_argument("--senders", type=int, default=4)
    parser.add_argument("--forward", action="store_true", help="to a backend in this process")
    options = parser.parse_args()
    print(f"{platform.machine()}, CPython {platform.python_version()}, {options}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        more: list[str] = []
        if options.forward:
            more = ["--forward", stack.enter_context(a_backend()).url]
        with command(folder / "steady", *more) as processor:
            measure_throughput(processor, options)
        measure_outage(folder / "outage", options)


if __name__ == "__main__":
    main()
