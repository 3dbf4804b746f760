"""JSON lines out of a byte stream that is cut anywhere: one event for each line that is not blank.

A JSON array that is streamed (Gemini without `alt=sse`) is read likewise, once it has ended or was cut.
"""

from __future__ import annotations

import json
import re

from spantally._sse import MAX_EVENT_BYTES, ServerSentEvent

_NEXT_ELEMENT = re.compile(r"[\s,]*(?=[^\s,\]])")


class LineSplitter:
    """Feed it chunks, get lines."""

    def __init__(self) -> None:
        self._rest: list[bytes] = []  # pieces, so that a long line is put together once
        self._size = 0

    @property
    def between_events(self) -> bool:
        """Whether everything that was fed has come out again."""
        return not self._rest

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """The lines that `chunk` completes."""
        first, end, others = chunk.partition(b"\n")
        self._keep(first)
        if not end:
            return []
        *lines, rest = others.split(b"\n")
        lines.insert(0, b"".join(self._rest))
        self._rest, self._size = [], 0
        self._keep(rest)
        return [ServerSentEvent(b"", line) for line in map(bytes.strip, lines) if line]

    def _keep(self, piece: bytes) -> None:
        if piece:
            self._rest.append(piece)
            self._size += len(piece)
        if self._size > MAX_EVENT_BYTES:
            self._rest, self._size = [], 0

    def finish(self) -> list[ServerSentEvent]:
        """The last line, when it did not end."""
        return self.feed(b"\n")


def elements_as_lines(content: bytes) -> bytes:
    """The elements of a JSON array one a line, also of one that was cut; anything else as it is."""
    document = content.decode(errors="replace").strip()
    if not document.startswith("["):
        return content
    lines: list[bytes] = []
    decode = json.JSONDecoder().raw_decode
    position = 1
    while found := _NEXT_ELEMENT.match(document, position):
        try:
            item, position = decode(document, found.end())
        except ValueError:
            break
        lines.append(json.dumps(item).encode())
    return b"\n".join(lines)
