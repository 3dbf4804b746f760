"""Server-sent events out of a byte stream that is cut anywhere.

https://html.spec.whatwg.org/multipage/server-sent-events.html (2026-11). Only `event` and `data` are
kept. Bytes are split, never decoded: most events are dropped by their readers without a look inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_EVENT_BYTES = 64 * 1024 * 1024
"""A stream that never ends a line is not kept in memory beyond this."""


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event; `name` is empty when the stream gave none."""

    name: bytes
    data: bytes


class EventSplitter:
    """Feed it chunks, get events. Line ends may be LF, CRLF or CR."""

    def __init__(self) -> None:
        self._rest = b""
        self._name = b""
        self._data: list[bytes] = []

    def feed(self, chunk: bytes) -> Iterator[ServerSentEvent]:
        """The events that `chunk` completes."""
        buffer = self._rest + chunk if self._rest else chunk
        if b"\r" in buffer:
            # A CR at the very end may be half of a CRLF: it waits for the next chunk.
            held = buffer.endswith(b"\r")
            buffer = (buffer[:-1] if held else buffer).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            lines = buffer.split(b"\n")
            self._rest = lines.pop() + (b"\r" if held else b"")
        else:
            lines = buffer.split(b"\n")
            self._rest = lines.pop()
        if len(self._rest) > MAX_EVENT_BYTES:
            self._rest = b""
        for line in lines:
            event = self._line(line)
            if event is not None:
                yield event

    def finish(self) -> Iterator[ServerSentEvent]:
        """What a stream leaves behind that ended without its last blank line."""
        for line in (self._rest.rstrip(b"\r"), b""):
            event = self._line(line)
            if event is not None:
                yield event
        self._rest = b""

    def _line(self, line: bytes) -> ServerSentEvent | None:
        if not line:
            return self._dispatch()
        if line.startswith(b"data:"):
            self._data.append(line[6:] if line[5:6] == b" " else line[5:])
        elif line.startswith(b"event:"):
            self._name = line[6:].strip()
        return None

    def _dispatch(self) -> ServerSentEvent | None:
        name, data = self._name, self._data
        self._name, self._data = b"", []
        return ServerSentEvent(name, b"\n".join(data)) if data else None
