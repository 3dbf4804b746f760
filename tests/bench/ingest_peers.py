"""The processor beside other receivers of OTLP: same bodies, same sender, same machine, in turns.

Run: `python tests/bench/ingest_peers.py [--requests 200] [--rounds 3]`. rotel's agent is installed into an
environment of its own; the Collector is built where Go is (minutes, once). Both are run twice: throwing
spans away, and encoding them as inserts for a ClickHouse that throws them away.

What they do not do: none writes to disk before it acknowledges, so a kill loses what it holds; none prices a
span, counts a call once, or waits until it can be queried. What the processor does here is all of that,
the work of its embedded ClickHouse included, which the others leave to a server that is not counted.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

sys.path.append(str(Path(__file__).parents[1]))

from support import peers
from support.calls_at_scale import load
from support.discarding_clickhouse import DiscardingClickHouse
from support.environments import NotAvailableError
from support.ledger import served
from support.process_time import cpu_seconds
from support.processor import command
from support.sender import send_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

Start: TypeAlias = "Callable[[Path], AbstractContextManager[tuple[str, int]]]"
"""Starts a receiver; gives its URL and process id."""

QUIET_S = 1.0
"""A receiver that has used no processor time for this long has done what it had to do."""


class Result(NamedTuple):
    """What one receiver took for one load."""

    cpu_us: float
    """A span."""
    spans_s: float
    """From the first byte sent until the receiver had nothing more to do."""
    acknowledged_s: float
    """Spans a second that were acknowledged."""


@contextmanager
def ours(folder: Path) -> Iterator[tuple[str, int]]:
    """The processor, on an empty embedded ledger."""
    with command(folder) as processor:
        yield processor.http, processor.process.pid


def measured(start: Start, bodies: list[bytes], warm_up: list[bytes], spans: int) -> Result:
    """Runs a receiver once."""
    with tempfile.TemporaryDirectory() as folder, start(Path(folder)) as (url, pid):
        send_all(url, warm_up, 1)
        when_quiet(pid)
        cpu_s, started = cpu_seconds(pid), time.perf_counter()
        sent = send_all(url, bodies, 4)
        seconds = when_quiet(pid) - started
        cpu_s = cpu_seconds(pid) - cpu_s
    total = len(bodies) * spans
    return Result(cpu_s / total * 1e6, total / seconds, total / sent.seconds)


def when_quiet(pid: int) -> float:
    """Waits until a process rests; returns since when."""
    since, before = time.perf_counter(), cpu_seconds(pid)
    while time.perf_counter() - since < QUIET_S:
        time.sleep(0.02)
        if (now := cpu_seconds(pid)) - before > 0.01:  # a tick now and then is no work
            since, before = time.perf_counter(), now
    return since


def receivers(stack: ExitStack, folder: Path) -> dict[str, Start]:
    """Those that this machine has."""
    clickhouse = DiscardingClickHouse(folder / "clickhouse")
    stack.callback(clickhouse.close)
    url = stack.enter_context(served(clickhouse))
    found: dict[str, Start] = {"spantally, priced and queryable": ours}
    for name, program, run in (
        ("rotel", peers.rotel, peers.a_rotel),
        ("Collector", peers.collector, peers.a_collector),
    ):
        try:
            program()
        except NotAvailableError as error:
            print(f"{name} is left out: {error}")
            continue
        found[f"{name}, thrown away"] = run
        found[f"{name}, encoded for ClickHouse"] = lambda where, run=run: run(where, clickhouse=url)
    return found


def main() -> None:
    """Measures in turns and prints the best of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=512, help="in a request")
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, {options}")
    bodies = load(options.requests, options.spans, seed=2).bodies
    warm_up = load(8, options.spans, seed=1).bodies
    results: dict[str, list[Result]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        found = receivers(stack, folder)
        for _ in range(options.rounds):
            for name, start in found.items():
                result = measured(start, bodies, warm_up, options.spans)
                results.setdefault(name, []).append(result)
    best = {
        name: Result(
            min(each.cpu_us for each in each_round),
            max(each.spans_s for each in each_round),
            max(each.acknowledged_s for each in each_round),
        )
        for name, each_round in results.items()
    }
    ours_cpu = next(iter(best.values())).cpu_us
    print(
        f"{'best of ' + str(options.rounds):32} {'us CPU a span':>14} {'ratio':>6} {'done':>9} {'acked':>9}"
    )
    for name, each in best.items():
        print(
            f"{name:32} {each.cpu_us:14.1f} {each.cpu_us / ours_cpu:6.2f}"
            f" {each.spans_s:9,.0f} {each.acknowledged_s:9,.0f}"
        )
    print(
        "spans/s; without a file, a price or a row: all but the first."
        " The ClickHouse of the first is in its CPU, that of the others is not."
    )


if __name__ == "__main__":
    main()
