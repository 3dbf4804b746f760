"""A real HTTP server on loopback that answers every request with one prepared response.

It is a proxy as well: a client that is told so sends it `http://api.openai.com/v1/…`, so that a provider's
own host name is on the request while the bytes stay on this machine."""

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


class _Handler(BaseHTTPRequestHandler):
    replay: Replay
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        if "chunked" in self.headers.get("transfer-encoding", ""):
            while size := int(self.rfile.readline(), 16):
                self.rfile.read(size + 2)
            self.rfile.readline()
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self._answer()

    def _answer(self) -> None:
        self.replay.seen.append({name.lower(): value for name, value in self.headers.items()})
        answer = self.replay.answer
        time.sleep(answer.delay_s)
        self.send_response(answer.status)
        headers = {"content-type": answer.content_type, **answer.headers}
        if answer.compress:
            headers["content-encoding"] = "gzip"
        for name, value in {**headers, "transfer-encoding": "chunked"}.items():
            if value:
                self.send_header(name, value)
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


@contextmanager
def serve() -> Iterator[Replay]:
    """Run the server for as long as the block lasts."""
    replay = Replay(0, Answer(b"{}"))
    server = _QuietServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"replay": replay}))
    replay.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield replay
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
