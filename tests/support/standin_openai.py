"""OpenAI's chat completions on loopback, as fast as Python's own server goes: for benchmarks."""

from __future__ import annotations

import itertools
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNKS = 200

_USAGE = {
    "prompt_tokens": 1200, "completion_tokens": 300, "total_tokens": 1500,
    "prompt_tokens_details": {"cached_tokens": 1024, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 128, "audio_tokens": 0},
}  # fmt: skip
_HEAD = {"created": 1, "model": "gpt-5-2025-08-07", "service_tier": "default"}
_serial = itertools.count(1)


def _whole() -> bytes:
    message = {"role": "assistant", "content": "word " * 200}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    head = {"id": f"chatcmpl-{next(_serial)}", **_HEAD, "object": "chat.completion"}
    return json.dumps({**head, "usage": _USAGE, "choices": [choice]}).encode()


def _events() -> Iterator[bytes]:
    head = {"id": f"chatcmpl-{next(_serial)}", **_HEAD, "object": "chat.completion.chunk"}

    def event(delta: dict[str, str], reason: str | None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return _data({**head, "choices": [choice], "usage": None})

    word = event({"content": "word "}, None)
    for _ in range(CHUNKS - 2):
        yield word
    yield event({}, "stop")
    yield _data({**head, "choices": [], "usage": _USAGE}) + b"data: [DONE]\n\n"


def _data(event: dict[str, object]) -> bytes:
    return b"data: " + json.dumps(event, separators=(",", ":")).encode() + b"\n\n"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if b'"stream":true' in body.replace(b" ", b""):
            self._begin("text/event-stream", "transfer-encoding", "chunked")
            for event in _events():
                self.wfile.write(b"%x\r\n%b\r\n" % (len(event), event))
            self.wfile.write(b"0\r\n\r\n")
        else:
            whole = _whole()
            self._begin("application/json", "content-length", str(len(whole)))
            self.wfile.write(whole)

    def _begin(self, kind: str, name: str, value: str) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header(name, value)
        self.end_headers()


@contextmanager
def a_stand_in() -> Iterator[str]:
    """Its address, for the time of a block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
