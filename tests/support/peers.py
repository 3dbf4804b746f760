"""Other receivers of OTLP, as programs to compare with: rotel's agent and an OpenTelemetry Collector.

The agent is a Rust program in a Python wheel. The Collector is built by its own builder from the Go
module proxy, once, into `.cache/collector`: a few minutes, and only where Go is.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
from typing import TYPE_CHECKING

from support import go_programs
from support.environments import environment
from support.processor import until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

VERSION = "v0.165.0"
MANIFEST = f"""
dist:
  name: otelcol
  output_path: .
receivers:
  - gomod: go.opentelemetry.io/collector/receiver/otlpreceiver {VERSION}
processors:
  - gomod: go.opentelemetry.io/collector/processor/batchprocessor {VERSION}
exporters:
  - gomod: go.opentelemetry.io/collector/exporter/nopexporter {VERSION}
  - gomod: github.com/open-telemetry/opentelemetry-collector-contrib/exporter/clickhouseexporter {VERSION}
"""
CONFIGURATION = """
receivers:
  otlp:
    protocols: {{http: {{endpoint: "{listen}"}}}}
processors:
  batch: {{send_batch_size: 8192, timeout: 500ms}}
exporters:
  nop: {{}}
  clickhouse: {{endpoint: "{clickhouse}", database: otel, compress: none, async_insert: false}}
service:
  telemetry: {{metrics: {{level: none}}, logs: {{level: warn}}}}
  pipelines:
    traces: {{receivers: [otlp], processors: [batch], exporters: [{exporter}]}}
"""
"""In memory, as is usual: what is acknowledged is in no file."""


def rotel() -> Path:
    """The agent's program; raises NotAvailableError."""
    (program,) = environment("rotel").folder.glob("lib/python*/site-packages/rotel/rotel-agent")
    return program


def collector() -> Path:
    """The Collector's program; raises NotAvailableError."""
    return go_programs.collector(MANIFEST).program


@contextlib.contextmanager
def a_rotel(folder: Path, *, clickhouse: str = "") -> Iterator[tuple[str, int]]:
    """The agent, which throws spans away or inserts them; yields its URL and process id."""
    port = a_free_port()
    options = {
        "otlp-http-endpoint": f"127.0.0.1:{port}",
        "otlp-grpc-endpoint": f"127.0.0.1:{a_free_port()}",
        "pid-file": str(folder / "rotel.pid"),
        "exporter": "clickhouse" if clickhouse else "blackhole",
    }
    if clickhouse:
        options |= {
            "clickhouse-exporter-endpoint": clickhouse,
            "clickhouse-exporter-compression": "none",
            "clickhouse-exporter-async-insert": "false",
        }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    with _running([str(rotel()), "start", *arguments], port) as process:
        yield f"http://127.0.0.1:{port}", process


@contextlib.contextmanager
def a_collector(folder: Path, *, clickhouse: str = "") -> Iterator[tuple[str, int]]:
    """The Collector, which throws spans away or inserts them; yields its URL and process id."""
    port = a_free_port()
    path = folder / "collector.yaml"
    path.write_text(
        CONFIGURATION.format(
            listen=f"127.0.0.1:{port}",
            clickhouse=clickhouse or "http://127.0.0.1:1",
            exporter="clickhouse" if clickhouse else "nop",
        )
    )
    with _running([str(collector()), f"--config={path}"], port) as process:
        yield f"http://127.0.0.1:{port}", process


@contextlib.contextmanager
def _running(command: Sequence[str], port: int) -> Iterator[int]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        until(lambda: process.poll() is not None or listens(port), timeout_s=60)
        assert process.poll() is None, f"{command[0]} ended with {process.returncode}"
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


def a_free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
