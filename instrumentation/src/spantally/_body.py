"""A response body, read on the side while the app reads it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spantally._json import JsonObject, child, parse_object, text
from spantally._sse import EventSplitter
from spantally.providers import Report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally.providers import Api, EventReader

MAX_BODY_BYTES = 64 * 1024 * 1024
"""A larger JSON body is let through unread; its usage is missing."""

_ERROR_CODE = re.compile(r"[A-Za-z0-9_.:\-]{1,64}")


class JsonBody:
    """One JSON document, parsed when it is complete."""

    def __init__(self, api: Api, headers: Mapping[str, str]) -> None:
        self._api = api
        self._headers = headers
        self._chunks: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> None:
        """Keep a chunk (a reference, not a copy)."""
        self._size += len(data)
        if self._size <= MAX_BODY_BYTES:
            self._chunks.append(data)
        else:
            self._chunks.clear()

    def report(self) -> tuple[Report, str | None]:
        """What the provider said, and the error code if it is an error."""
        document = parse_object(b"".join(self._chunks))
        if document is None:
            return Report(complete=False), None
        return self._api.read_response(document, self._headers), error_code(document)


class EventBody:
    """A stream of server-sent events, read as they pass."""

    def __init__(self, reader: EventReader) -> None:
        self._splitter = EventSplitter()
        self._reader = reader
        self._error: str | None = None

    def feed(self, data: bytes) -> None:
        """Read the events that this chunk completes; most are seen to be dull from outside."""
        if data.endswith(b"\n\n") and self._splitter.between_events:
            for marker in self._reader.markers:
                if marker in data:
                    break
            else:
                return
        for event in self._splitter.feed(data):
            if event.name == b"error" or event.data.startswith(b'{"error"'):
                self._error = error_code(parse_object(event.data) or {}) or "stream_error"
            else:
                self._reader.feed(event)

    def report(self) -> tuple[Report, str | None]:
        """What the provider said up to now, and the error that broke the stream, if one did."""
        for event in self._splitter.finish():
            self._reader.feed(event)
        return self._reader.report(), self._error


def body_reader(api: Api, headers: Mapping[str, str]) -> JsonBody | EventBody:
    """The reader for a response with these headers (names in lower case)."""
    is_stream = "text/event-stream" in headers.get("content-type", "")
    reader = api.read_stream(headers) if is_stream else None
    return JsonBody(api, headers) if reader is None else EventBody(reader)


def error_code(body: JsonObject) -> str | None:
    """The provider's own code for what went wrong; never its message, which may quote the prompt."""
    error = child(body, "error")
    for candidate in (text(error, "code"), text(error, "type"), text(body, "code")):
        if candidate and _ERROR_CODE.fullmatch(candidate):
            return candidate
    return None
