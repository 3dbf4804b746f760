"""A real HTTP server on loopback that answers every POST with one prepared response."""

from __future__ import annotations

import gzip
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Answer:
    """What to send. The body goes out chunked, `chunk` bytes at a time; `cut` drops the line after as many."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    chunk: int = 65536
    compress: bool = False
    cut: int | None = None
    delay_s: float = 0

    @property
    def sent(self) -> bytes:
        return gzip.compress(self.body) if self.compress else self.body


@dataclass
class Replay:
    """The server's address, what it answers, and the headers of the requests that it saw."""

    port: int
    answer: Answer
    seen: list[dict[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that goes away in the middle is part of what is tested."""


@contextmanager
def serve() -> Iterator[Replay]:
    """Run the server for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            replay.seen.append({name.lower(): value for name, value in self.headers.items()})
            answer = replay.answer
            time.sleep(answer.delay_s)
            self.send_response(answer.status)
            self.send_header("content-type", answer.content_type)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.compress:
                self.send_header("content-encoding", "gzip")
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            try:
                self._send(answer)
            except OSError:
                self.close_connection = True  # the client went away

        def _send(self, answer: Answer) -> None:
            body = answer.sent if answer.cut is None else answer.sent[: answer.cut]
            for start in range(0, len(body), answer.chunk):
                piece = body[start : start + answer.chunk]
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                self.wfile.flush()
            if answer.cut is None:
                self.wfile.write(b"0\r\n\r\n")
            else:
                self.close_connection = True

    server = _QuietServer(("127.0.0.1", 0), Handler)
    replay = Replay(server.server_port, Answer(b"{}"))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield replay
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
