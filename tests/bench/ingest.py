"""Spans a second from a socket to a queryable row, and what that does to acknowledgements and memory.

Run: `python tests/bench/ingest.py [--spans 512] [--requests 400] [--senders 4] [--forward]`. The
processor runs as the command in a process of its own, on an empty ledger in a temporary folder; the
rows and their sum are checked before a number is printed. Every span is an LLM call with 22 or 23
attributes, the dearest kind, and no two have the same counts. Compare numbers of one machine only.

The outage: a second processor has a ClickHouse server that does not answer, takes the same load, and
is then started again with a ledger that does.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

sys.path.append(str(Path(__file__).parents[1]))

from support.backend import a_backend
from support.calls_at_scale import load
from support.processor import AWAY, Command, command, until

if TYPE_CHECKING:
    from decimal import Decimal

    from support.calls_at_scale import Load

SUMS = "select count(), sum(cost) from llm_calls"
LONG_S = 600.0


def send(url: str, mine: list[bytes], latencies: list[float]) -> None:
    """One sender on one connection, as fast as it is answered; a refusal is sent again."""
    headers = {"content-type": "application/x-protobuf", "content-encoding": "gzip"}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
        for body in mine:
            status = 503
            while status == 503:
                started = time.perf_counter()
                status = client.post("/v1/traces", content=body).status_code
                latencies.append(time.perf_counter() - started)
            assert status == 200, status


def send_all(processor: Command, work: Load, senders: int) -> list[float]:
    """Sends all bodies; returns the time of each acknowledgement in seconds, sorted."""
    latencies: list[float] = []
    threads = [
        threading.Thread(target=send, args=(processor.http, work.bodies[n::senders], latencies))
        for n in range(senders)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(latencies)


def settle(processor: Command) -> None:
    """Waits until the ledger has everything that was acknowledged."""
    pending = 'spantally_spans_pending{destination="ledger"}'
    until(lambda: processor.metrics()[pending] == 0, timeout_s=LONG_S)


def check(processor: Command, spans: int, *loads: Load) -> None:
    """Asserts that the ledger has exactly these loads."""
    cost: Decimal = sum((each.cost for each in loads[1:]), loads[0].cost)
    assert processor.rows(SUMS) == [(spans, cost)], (processor.rows(SUMS), spans, cost)


def measure_throughput(processor: Command, options: argparse.Namespace) -> None:
    """Prints spans a second, acknowledgement times and time to visible."""
    warm_up = load(8, options.spans, seed=1)
    work = load(options.requests, options.spans, seed=2)
    total = options.requests * options.spans
    send_all(processor, warm_up, 1)
    settle(processor)
    cpu_s = cpu_seconds(processor)
    started = time.perf_counter()
    latencies = send_all(processor, work, options.senders)
    acknowledged = time.perf_counter() - started
    settle(processor)
    queryable = time.perf_counter() - started
    cpu_s = cpu_seconds(processor) - cpu_s
    check(processor, total + 8 * options.spans, warm_up, work)
    print(f"{work.plain_bytes / total:.0f} B a span, {work.wire_bytes / total:.0f} B gzipped")
    print(f"acknowledged {total / acknowledged:,.0f} spans/s, queryable {total / queryable:,.0f}")
    print(f"processor: {cpu_s / total * 1e6:.1f} us of CPU a span, {memory(processor)}")
    print(f"ack at full load: {in_ms(latencies)}")
    print(f"ack at 10,000 spans/s offered: {in_ms(paced_latencies(processor, options.spans))}")
    settle(processor)
    print(f"visible after: {in_ms(sorted(time_to_visible(processor, n) for n in range(10)))}")


def paced_latencies(processor: Command, spans: int, seconds: float = 4.0) -> list[float]:
    """Acknowledgement times when 10,000 spans arrive each second."""
    interval = spans / 10_000
    latencies: list[float] = []
    work = load(int(seconds / interval), spans, seed=3)
    begun = time.perf_counter()
    for number, body in enumerate(work.bodies):
        time.sleep(max(0.0, begun + number * interval - time.perf_counter()))
        send(processor.http, [body], latencies)
    return sorted(latencies)


def time_to_visible(processor: Command, number: int) -> float:
    """Seconds from sending one span to the query that finds it, on a processor with nothing else to do."""
    ((before, _),) = processor.rows(SUMS)
    started = time.perf_counter()
    send(processor.http, load(1, 1, seed=100 + number).bodies, [])
    until(lambda: processor.rows(SUMS)[0][0] > before)
    return time.perf_counter() - started


def measure_outage(folder: Path, options: argparse.Namespace) -> None:
    """Prints memory while ClickHouse is away, and how fast what was kept is written afterwards."""
    work = load(options.requests, options.spans, seed=4)
    total = options.requests * options.spans
    with command(folder, "--store", AWAY) as processor:
        send_all(processor, work, options.senders)
        print(f"ClickHouse away, {total:,} spans kept: {memory(processor)}")
    with command(folder) as processor:
        started = time.perf_counter()
        settle(processor)
        seconds = time.perf_counter() - started
        check(processor, total, work)
        print(f"replay {total / seconds:,.0f} spans/s, {memory(processor)}")


def memory(processor: Command) -> str:
    """Memory of the processor now and at most."""
    lines = Path(f"/proc/{processor.process.pid}/status").read_text(encoding="utf-8").splitlines()
    kilobytes = {line.split()[0]: int(line.split()[1]) for line in lines if line.startswith("Vm")}
    return f"{kilobytes['VmRSS:'] / 1e3:,.0f} MB, at most {kilobytes['VmHWM:'] / 1e3:,.0f} MB"


def cpu_seconds(processor: Command) -> float:
    """User and system time of the processor until now."""
    fields = Path(f"/proc/{processor.process.pid}/stat").read_text(encoding="utf-8").split()
    return (int(fields[13]) + int(fields[14])) / 100


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
