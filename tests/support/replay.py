"""A real HTTP server on loopback that answers every request with one prepared response.

It is a proxy as well: a client that is told so sends it `http://api.openai.com/v1/…`, so that a provider's
own host name is on the request while the bytes stay on this machine."""

from __future__ import annotations

import gzip
import threading
import time
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Answer:
    """What to send. The body goes out chunked, `chunk` bytes at a time; `cut` drops the line after as many.

    `compress` is an encoding (True: gzip); `sized` sends a content-length and no chunks;
    it waits `delay_s` before it answers and `pause_s` after each piece.
    """

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    chunk: int = 65536
    compress: bool | str = False
    sized: bool = False
    cut: int | None = None
    delay_s: float = 0
    pause_s: float = 0

    @property
    def sent(self) -> bytes:
        return ENCODINGS[self.encoding](self.body) if self.compress else self.body

    @property
    def encoding(self) -> str:
        return self.compress if isinstance(self.compress, str) else "gzip"


def _brotli(body: bytes) -> bytes:
    return pytest.importorskip("brotli").compress(body)


def _zstd(body: bytes) -> bytes:
    return pytest.importorskip("zstandard").compress(body)


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, mtime=0)


ENCODINGS = {"gzip": _gzip, "br": _brotli, "zstd": _zstd, "deflate": zlib.compress}


@dataclass
class Replay:
    """The server's address, what it answers (`first` once each, then `answer`), and what it saw."""

    port: int
    answer: Answer
    first: list[Answer] = field(default_factory=list)
    seen: list[dict[str, str]] = field(default_factory=list)
    """The headers of each request, and its first line under `:request`."""
    bodies: list[bytes] = field(default_factory=list)

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
        body = b""
        if "chunked" in self.headers.get("transfer-encoding", ""):
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size + 2)[:size]
            self.rfile.readline()
        body += self.rfile.read(int(self.headers.get("content-length") or 0))
        self.replay.bodies.append(body)
        self._answer()

    def _answer(self) -> None:
        seen = {name.lower(): value for name, value in self.headers.items()}
        self.replay.seen.append({":request": f"{self.command} {self.path}", **seen})
        answer = self.replay.first.pop(0) if self.replay.first else self.replay.answer
        time.sleep(answer.delay_s)
        self.send_response(answer.status)
        headers = {"content-type": answer.content_type, **answer.headers}
        if answer.compress:
            headers["content-encoding"] = answer.encoding
        sized = {"content-length": str(len(answer.sent))}
        framing = sized if answer.sized else {"transfer-encoding": "chunked"}
        for name, value in {**headers, **framing}.items():
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
            self.wfile.write(piece if answer.sized else b"%x\r\n%b\r\n" % (len(piece), piece))
            self.wfile.flush()
            time.sleep(answer.pause_s)
        if answer.cut is None:
            self.wfile.write(b"" if answer.sized else b"0\r\n\r\n")
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
