"""Spans a second from a socket to a queryable row, and how long an acknowledgement takes.

Run: `python tests/bench/ingest.py [--spans 512] [--requests 200] [--senders 4] [--forward]`. The
processor runs as the command in a process of its own, on an empty ledger in a temporary folder; the
rows and their sum are checked before a number is printed. Every span is an LLM call with 22
attributes, the dearest kind. Compare numbers of one machine only; there is no threshold here.
"""

from __future__ import annotations

import argparse
import gzip
import os
import platform
import statistics
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

sys.path.append(str(Path(__file__).parents[1]))

from support.backend import a_backend
from support.otlp import a_call, a_request
from support.processor import Command, command

if TYPE_CHECKING:
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

GPT_5 = (Decimal("1.25") * 1000 + Decimal(10) * 100) / 1_000_000

EXTRA = {
    "gen_ai.usage.cache_read.input_tokens": 0,
    "gen_ai.usage.reasoning.output_tokens": 64,
    "http.response.status_code": 200,
    "server.address": "api.openai.com",
    "spantally.api": "openai.chat_completions",
    "spantally.service_tier": "default",
    "spantally.tag.customer": "acme",
    "spantally.tag.environment": "production",
    "spantally.tag.feature": "search",
    "spantally.tag.property": "seaside",
    "spantally.tag.team": "growth",
    "spantally.tag.workflow": "concierge",
    "spantally.tag_sources": "customer=baggage,feature=explicit,team=env,workflow=explicit",
}


def a_varied_call() -> Span:
    """A call with a response id of its own; spans that share one are one call."""
    response_id = f"chatcmpl-{os.urandom(16).hex()}"
    call = a_call(**EXTRA, gen_ai__response__id=response_id)
    call.trace_id, call.span_id = os.urandom(16), os.urandom(8)
    return call


def bodies(requests: int, spans: int) -> list[bytes]:
    """Gzipped requests; every span has ids of its own."""
    made = (a_request(*(a_varied_call() for _ in range(spans))) for _ in range(requests))
    return [gzip.compress(request.SerializeToString(), compresslevel=6) for request in made]


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


def load(processor: Command, work: list[bytes], senders: int) -> list[float]:
    """Sends all bodies; returns the time of each acknowledgement in seconds."""
    latencies: list[float] = []
    threads = [
        threading.Thread(target=send, args=(processor.http, work[n::senders], latencies))
        for n in range(senders)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return latencies


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=512, help="in a request")
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--senders", type=int, default=4)
    parser.add_argument("--forward", action="store_true", help="to a backend in this process")
    options = parser.parse_args()
    work = bodies(options.requests, options.spans)
    warm_up = bodies(4, options.spans)
    total = options.requests * options.spans
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        more: list[str] = []
        if options.forward:
            more = ["--forward", stack.enter_context(a_backend()).url]
        processor = stack.enter_context(command(Path(folder), *more))
        load(processor, warm_up, 1)
        processor.settle()
        started = time.perf_counter()
        latencies = sorted(load(processor, work, options.senders))
        acknowledged = time.perf_counter() - started
        processor.settle()
        queryable = time.perf_counter() - started
        rows = total + len(warm_up) * options.spans
        assert processor.rows("select count(), sum(cost) from llm_calls") == [(rows, rows * GPT_5)]
        paced = paced_latencies(processor, options.spans)
    print(f"{platform.machine()}, CPython {platform.python_version()}, {options}")
    print(f"{sum(map(len, work)) / total:.0f} B a span on the wire (gzip)")
    print(f"acknowledged {total / acknowledged:,.0f} spans/s, queryable {total / queryable:,.0f}")
    print(f"ack at full load: {in_ms(latencies)}")
    print(f"ack at 10,000 spans/s offered: {in_ms(paced)}")


def paced_latencies(processor: Command, spans: int, seconds: float = 4.0) -> list[float]:
    """Acknowledgement times when 10,000 spans arrive each second."""
    interval = spans / 10_000
    latencies: list[float] = []
    work = bodies(int(seconds / interval), spans)
    begun = time.perf_counter()
    for number, body in enumerate(work):
        time.sleep(max(0.0, begun + number * interval - time.perf_counter()))
        send(processor.http, [body], latencies)
    return sorted(latencies)


def in_ms(latencies: list[float]) -> str:
    """Median, 99th percentile and maximum of sorted seconds, as text."""
    p99 = latencies[min(len(latencies) - 1, int(len(latencies) * 0.99))]
    median = statistics.median(latencies)
    return f"p50 {median * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms, max {latencies[-1] * 1e3:.1f} ms"


if __name__ == "__main__":
    main()
