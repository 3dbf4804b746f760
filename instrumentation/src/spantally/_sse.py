"""Server-sent events out of a byte stream that is cut anywhere.

https://html.spec.whatwg.org/multipage/server-sent-events.html (2026-11). Only `event` and `data` are
kept. Bytes are split, never decoded: most events are dropped by their readers without a look inside.
"""

from __future__ import annotations

from typing import NamedTuple

MAX_EVENT_BYTES = 64 * 1024 * 1024
"""A stream that never ends a line is not kept in memory beyond this."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class ServerSentEvent(NamedTuple):
    """One event; `name` is empty when the stream gave none."""

    name: bytes
    data: bytes


class EventSplitter:
    """Feed it chunks, get events. Line ends may be LF, CRLF or CR."""

    def __init__(self) -> None:
        self._rest = b""
        self._more: list[bytes] = []
        self._size = 0
        self._name = b""
        self._data: list[bytes] = []

    @property
    def between_events(self) -> bool:
        """Whether everything that was fed has come out again."""
        return not (self._rest or self._data or self._name)

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """The events that `chunk` completes."""
        lines = self._lines(chunk)
        return [event for line in lines if (event := self._line(line)) is not None]

    def finish(self) -> list[ServerSentEvent]:
        """What a stream leaves behind that ended without its last blank line."""
        lines = (b"".join((self._rest, *self._more)).rstrip(b"\r"), b"")
        self._rest, self._more, self._size = b"", [], 0
        return [event for line in lines if (event := self._line(line)) is not None]

    def _lines(self, chunk: bytes) -> list[bytes]:
        buffer = chunk
        if self._rest:
            if b"\n" not in chunk and b"\r" not in chunk and not self._rest.endswith(b"\r"):
                self._keep(chunk)
                return []
            buffer = b"".join((self._rest, *self._more, chunk))
            self._rest, self._more, self._size = b"", [], 0
        held = b""
        if b"\r" in buffer:
            # A CR at the very end may be half of a CRLF: it waits for the next chunk.
            held = b"\r" if buffer.endswith(b"\r") else b""
            buffer = buffer.removesuffix(held).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *lines, rest = buffer.split(b"\n")
        if rest or held:
            self._keep(rest + held)
        return lines

    def _keep(self, piece: bytes) -> None:
        """Keep a piece of a line; a long one (an image) is put together once, when it ends."""
        if self._rest:
            self._more.append(piece)
        else:
            self._rest = piece
        self._size += len(piece)
        if self._size > MAX_EVENT_BYTES:
            self._rest, self._more, self._size = b"", [], 0

    def _line(self, line: bytes) -> ServerSentEvent | None:
        if not line:
            return self._dispatch()
        if line.startswith(b"data:"):
            self._data.append(line[6:] if line[5:6] == b" " else line[5:])
        elif line.startswith(b"event:"):
            name = line[6:].strip()
            self._name = b"" if name == b"message" else name  # the standard's name for no name
        elif line.startswith(_BYTE_ORDER_MARK):
            return self._line(line[len(_BYTE_ORDER_MARK) :])
        return None

    def _dispatch(self) -> ServerSentEvent | None:
        name, data = self._name, self._data
        self._name, self._data = b"", []
        return ServerSentEvent(name, b"\n".join(data)) if data else None
