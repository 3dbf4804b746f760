"""Amazon's event stream: binary frames out of a byte stream that is cut anywhere.

A frame is a prelude (length of the whole, length of the headers, a CRC of those eight bytes), headers,
payload, and a CRC of everything before it, all big-endian. Both checksums are verified: after one that is
wrong nothing can be found again, so what follows is dropped and the call's usage is partial.
https://smithy.io/2.0/aws/amazon-eventstream.html (2026-11)

An event comes out under its `:event-type`. An exception comes out as an error with its type as the code:
its message may quote the prompt and is left behind.
"""

from __future__ import annotations

import json
import zlib
from struct import Struct

from spantally._sse import MAX_EVENT_BYTES, ServerSentEvent

_PRELUDE = Struct(">III")
_CHECKSUM = Struct(">I")
_OVERHEAD = _PRELUDE.size + _CHECKSUM.size

_MOST_KINDS = 64
_STRING = 7
_SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Bytes of a header's value by its type; types 6 and 7 have their length in front."""


class AwsEventSplitter:
    """Feed it chunks, get the events of the frames that they complete."""

    between_events = False
    """Frames are not text: nothing is to be looked for in them from outside."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._broken = False
        self._read_before: dict[bytes, tuple[bytes, bytes]] = {}

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """The events that `chunk` completes."""
        if self._broken:
            return []
        buffer = self._buffer
        buffer += chunk
        events: list[ServerSentEvent] = []
        start = 0
        while len(buffer) - start >= _OVERHEAD:
            length, headers_length, checksum = _PRELUDE.unpack_from(buffer, start)
            if not _is_prelude(buffer, start, length, headers_length, checksum):
                self._broken = True
                break
            end = start + length
            if len(buffer) < end:
                break
            frame = bytes(buffer[start:end])
            if _CHECKSUM.unpack_from(frame, length - 4)[0] != zlib.crc32(frame[:-4]):
                self._broken = True
                break
            events.append(self._event(frame, headers_length))
            start = end
        if self._broken:
            buffer.clear()
        else:
            del buffer[:start]
        return events

    def finish(self) -> list[ServerSentEvent]:
        """Nothing: half a frame says nothing."""
        return []

    def _event(self, frame: bytes, headers_length: int) -> ServerSentEvent:
        payload_start = _PRELUDE.size + headers_length
        block = frame[_PRELUDE.size : payload_start]
        # A stream has few kinds of events, and all of one kind have the same headers.
        kind, code = self._read_before.get(block) or self._read(block)
        if code:
            error = {"error": {"code": code.decode(errors="replace")}}
            return ServerSentEvent(b"error", json.dumps(error).encode())
        return ServerSentEvent(kind, frame[payload_start:-4])

    def _read(self, block: bytes) -> tuple[bytes, bytes]:
        headers = _read_headers(block)
        code = headers.get(b":exception-type") or headers.get(b":error-code") or b""
        if len(self._read_before) < _MOST_KINDS:
            self._read_before[block] = headers.get(b":event-type", b""), code
        return headers.get(b":event-type", b""), code


def _is_prelude(
    buffer: bytearray, start: int, length: int, headers_length: int, checksum: int
) -> bool:
    fits = headers_length <= length - _OVERHEAD and length <= MAX_EVENT_BYTES
    return fits and zlib.crc32(buffer[start : start + 8]) == checksum


def _read_headers(block: bytes) -> dict[bytes, bytes]:
    """The headers that are strings."""
    headers: dict[bytes, bytes] = {}
    position = 0
    while position < len(block):
        name_end = position + 1 + block[position]
        name, kind = block[position + 1 : name_end], block[name_end]
        position = name_end + 1
        if kind in _SIZES:
            position += _SIZES[kind]
            continue
        length = int.from_bytes(block[position : position + 2], "big")
        position += 2
        if kind == _STRING:
            headers[name] = block[position : position + length]
        position += length
    return headers
