"""JSON lines out of a byte stream that is cut anywhere: one event for each line that is not blank."""

from __future__ import annotations

from spantally._sse import MAX_EVENT_BYTES, ServerSentEvent


class LineSplitter:
    """Feed it chunks, get lines."""

    def __init__(self) -> None:
        self._rest = b""

    @property
    def between_events(self) -> bool:
        """Whether everything that was fed has come out again."""
        return not self._rest

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """The lines that `chunk` completes."""
        *lines, rest = (self._rest + chunk).split(b"\n")
        self._rest = rest if len(rest) <= MAX_EVENT_BYTES else b""
        return [ServerSentEvent(b"", line) for line in map(bytes.strip, lines) if line]

    def finish(self) -> list[ServerSentEvent]:
        """The last line, when it did not end."""
        return self.feed(b"\n")
