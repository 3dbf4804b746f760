"""An app run under `opentelemetry-instrument`, in processes of its own, with its spans sent here by OTLP."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.proto.trace.v1.trace_pb2 import Span
    from support.replay import Replay

BIN = Path(sys.executable).parent

FRAMEWORKS = (
    "aiobotocore,aiohttp-client,aiohttp-server,botocore,celery,django,fastapi,flask,"
    "grpc_aio_client,grpc_aio_server,grpc_client,grpc_server"
)
"""What others instrument that is installed here for other tests. To import it all takes each process of
an app half a second."""


@dataclass
class Received:
    """What the exporters of all the app's processes sent."""

    url: str = ""
    spans: list[Span] = field(default_factory=list["Span"])

    def llm(self) -> list[dict[str, Any]]:
        """The attributes of the LLM spans, strings and numbers only."""
        found = [(span, attributes_of(span)) for span in self.spans]
        return [
            {**attributes, "trace_id": span.trace_id, "parent_id": span.parent_span_id}
            for span, attributes in found
            if "gen_ai.operation.name" in attributes
        ]


def attributes_of(span: Span) -> dict[str, Any]:
    return {
        pair.key: pair.value.string_value or pair.value.int_value
        for pair in span.attributes
        if not pair.value.HasField("array_value")
    }


@contextmanager
def receiver() -> Iterator[Received]:
    """An OTLP/HTTP receiver for the time of a block."""
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers["content-encoding"] == "gzip":
                body = gzip.decompress(body)
            for group in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in group.scope_spans:
                    received.spans += scope.spans
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    received.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def environment(provider: Replay, received: Received, **more: str) -> dict[str, str]:
    """What an instrumented app is started with."""
    return {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "OPENAI_API_KEY": "made-up",
        "OPENAI_BASE_URL": provider.url + "/v1",
        "OTEL_EXPORTER_OTLP_ENDPOINT": received.url,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_BSP_SCHEDULE_DELAY": "60000",
        "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": FRAMEWORKS,
        "SPANTALLY_HOSTS": f"127.0.0.1:{provider.port}=openai|anthropic",
        **more,
    }


def start(
    app: str, folder: Path, provider: Replay, received: Received, **more: str
) -> subprocess.Popen[str]:
    """The app under the launcher; it exports when it ends, and not before."""
    script = folder / "app.py"
    script.write_text(app)
    return subprocess.Popen(
        [BIN / "opentelemetry-instrument", sys.executable, script],
        env=environment(provider, received, **more),
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def run(app: str, folder: Path, provider: Replay, received: Received, **more: str) -> str:
    """Run the app to its end; what it printed."""
    process = start(app, folder, provider, received, **more)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors, errors
    return output
