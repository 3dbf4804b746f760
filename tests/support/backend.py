"""A tracing backend on a real socket: takes OTLP/HTTP, keeps what it got, fails as it is told."""

from __future__ import annotations

import gzip
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Backend:
    """What arrived, and how the next requests are answered."""

    def __init__(self) -> None:
        self.url = ""
        self.bodies: list[bytes] = []
        self.paths: list[str] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.answer = b""
        self.refused = 0

    @property
    def requests(self) -> list[ExportTraceServiceRequest]:
        return [ExportTraceServiceRequest.FromString(body) for body in self.bodies]

    @property
    def spans(self) -> list[Span]:
        return [
            span
            for request in self.requests
            for group in request.resource_spans
            for scope in group.scope_spans
            for span in scope.spans
        ]


@contextmanager
def a_backend() -> Iterator[Backend]:
    """Serves a backend for the time of a block."""
    backend = Backend()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if backend.status == 200:
                assert self.headers["content-encoding"] == "gzip"
                backend.bodies.append(gzip.decompress(body))
                backend.paths.append(self.path)
            else:
                backend.refused += 1
            self.send_response(backend.status)
            for name, value in {**backend.headers, "content-length": "0"}.items():
                self.send_header(
                    name, str(len(backend.answer)) if name == "content-length" else value
                )
            self.end_headers()
            self.wfile.write(backend.answer)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    backend.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield backend
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
