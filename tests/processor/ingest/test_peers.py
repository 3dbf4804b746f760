"""An OTLP agent that has nothing to do with us, in front of us and behind us.

rotel's agent (a Rust program in a Python wheel) is used where it is: installed, or at the path in
SPANTALLY_TEST_ROTEL_AGENT.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SpanExportResult
from spantally_processor.config import Target
from support.backend import a_backend
from support.otlp import a_call, a_request, a_span
from support.processor import AWAY, Processor, running, settings_in, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.proto.trace.v1.trace_pb2 import Span

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


def agent_path() -> Path | None:
    if named := os.environ.get("SPANTALLY_TEST_ROTEL_AGENT"):
        return Path(named)
    spec = importlib.util.find_spec("rotel")
    return Path(spec.origin).with_name("rotel-agent") if spec and spec.origin else None


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def an_agent(folder: Path, *, to: str, protocol: str) -> Iterator[tuple[str, str]]:
    """Runs the agent, which sends on to `to`; yields its gRPC address and HTTP URL."""
    program = agent_path()
    if program is None:
        pytest.skip("rotel is not installed; SPANTALLY_TEST_ROTEL_AGENT may name its agent")
    grpc_port, http_port = a_free_port(), a_free_port()
    options = {
        "otlp-grpc-endpoint": f"127.0.0.1:{grpc_port}",
        "otlp-http-endpoint": f"127.0.0.1:{http_port}",
        "pid-file": str(folder / "pid"),
        "log-file": str(folder / "log"),
        "otlp-exporter-endpoint": to,
        "otlp-exporter-protocol": protocol,
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    process = subprocess.Popen(
        [program, "start", "--exporter", "otlp", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: _listens(http_port) and _listens(grpc_port))
        yield f"127.0.0.1:{grpc_port}", f"http://127.0.0.1:{http_port}"
    finally:
        process.terminate()
        process.wait(20)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def a_rich_call() -> Span:
    span = a_call()
    span.trace_state = "vendor=1"
    span.flags = 0x101
    span.kind = span.SPAN_KIND_CLIENT
    span.dropped_attributes_count = 4
    span.events.add(name="an event", time_unix_nano=5)
    span.links.add(trace_id=b"t" * 16, span_id=b"s" * 8)
    return span


@pytest.mark.parametrize("protocol", ["grpc", "http"])
def test_an_agent_in_front_of_us_brings_every_span(tmp_path: Path, protocol: str) -> None:
    with running(settings_in(tmp_path)) as processor:
        to = f"http://{processor.grpc}" if protocol == "grpc" else processor.http
        with an_agent(tmp_path, to=to, protocol=protocol) as (address, _):
            for _ in range(3):
                with grpc.insecure_channel(address) as channel:
                    channel.unary_unary(EXPORT)(
                        a_request(a_rich_call(), a_rich_call()).SerializeToString()
                    )
            until(lambda: processor.metric("spantally_spans_stored_total") == 6)
        assert processor.rows("select uniqExact(span_id), countIf(cost > 0) from llm_calls") == [
            (6, 6)
        ]


@pytest.mark.parametrize("protocol", ["grpc", "http"])
def test_an_agent_behind_us_passes_on_what_we_forward(tmp_path: Path, protocol: str) -> None:
    sent = a_rich_call()
    with (
        a_backend() as backend,
        an_agent(tmp_path, to=backend.url, protocol="http") as (address, url),
    ):
        target = Target(url=f"http://{address}" if protocol == "grpc" else url, protocol=protocol)  # type: ignore[arg-type]
        with running(settings_in(tmp_path, store=AWAY, forward=(target,))) as processor:
            processor.post(a_request(sent).SerializeToString())
            until(lambda: backend.spans)

    (arrived,) = backend.spans
    costs = [p.key for p in arrived.attributes if p.key.startswith("spantally.cost.")]
    assert "spantally.cost.amount" in costs
    kept = [p for p in arrived.attributes if not p.key.startswith("spantally.cost.")]
    del arrived.attributes[:]
    arrived.attributes.extend(kept)
    # The agent's own schema may be older than ours: flags are lost on its way, not on ours.
    arrived.flags = sent.flags
    for link in arrived.links:
        link.flags = 0
    assert arrived == sent


def a_finished_span() -> ReadableSpan:
    provider = TracerProvider()
    span = provider.get_tracer("t").start_span("x")
    span.end()
    assert isinstance(span, ReadableSpan)
    return span


@pytest.mark.parametrize("kind", ["grpc", "http"])
def test_the_official_exporters_come_back_after_every_refusal_that_a_retry_can_fix(
    tmp_path: Path, kind: str
) -> None:
    """The spool is full until the ledger has its first batch; the exporter tries for 10 s."""
    full = a_request(a_call(), a_span({"x": "y" * 4000})).SerializeToString()
    small = settings_in(tmp_path, spool_max_bytes=5000, flush_interval_s=1.5)
    with running(small) as processor:
        assert processor.post(full).status_code == 200
        exporter = exporter_to(processor, kind)
        assert exporter.export([a_finished_span()]) is SpanExportResult.SUCCESS
        exporter.shutdown()
        assert processor.metric("spantally_spans_received_total") == 3
        outcomes = processor.metrics()
        name = f'spantally_requests_total{{outcome="try_later",signal="traces",transport="{kind}"}}'
        assert outcomes[name] >= 1


def exporter_to(processor: Processor, kind: str) -> GrpcExporter | HttpExporter:
    if kind == "grpc":
        return GrpcExporter(endpoint=f"http://{processor.grpc}", insecure=True)
    return HttpExporter(endpoint=f"{processor.http}/v1/traces")
