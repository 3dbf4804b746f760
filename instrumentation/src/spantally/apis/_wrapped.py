"""A vendor's API as somebody else serves it: the vendor's own reading, and what the host has to add."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spantally._json import JsonObject, parse_object

if TYPE_CHECKING:
    from spantally._sse import ServerSentEvent
    from spantally.apis import Api, Attributes, EventReader, Head, Report, Request


@dataclass(frozen=True)
class Wrapped:
    """The vendor's API in all but `complete`.

    Args:
        inner: The API itself.
    """

    inner: Api

    marker: ClassVar[bytes] = b""
    """What is in the event of a stream that the host has put there; empty for none."""

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def operation(self) -> str:
        return self.inner.operation

    def fits(self, request: JsonObject) -> bool:
        return self.inner.fits(request)

    def read_request(self, request: Request) -> Attributes:
        return self.inner.read_request(request)

    def read_response(self, response: JsonObject, head: Head) -> Report:
        return self.complete(self.inner.read_response(response, head), response, head)

    def read_stream(self, head: Head) -> EventReader | None:
        reader = self.inner.read_stream(head)
        return None if reader is None else _WrappedStream(self, reader, head)

    def complete(self, report: Report, said: JsonObject, head: Head) -> Report:
        """Add to a report what the host says, in the response (or the marked event) or its head."""
        raise NotImplementedError


class _WrappedStream:
    """The inner reader; only its report has more."""

    def __init__(self, wrapped: Wrapped, reader: EventReader, head: Head) -> None:
        self._wrapped = wrapped
        self._reader = reader
        self._head = head
        self._said: JsonObject = {}
        if not wrapped.marker:
            self.feed = reader.feed

    @property
    def markers(self) -> tuple[bytes, ...]:
        marker = self._wrapped.marker
        return (*self._reader.markers, marker) if marker else self._reader.markers

    def feed(self, event: ServerSentEvent) -> None:
        if self._wrapped.marker in event.data:
            self._said = parse_object(event.data) or {}
        self._reader.feed(event)

    def report(self) -> Report:
        return self._wrapped.complete(self._reader.report(), self._said, self._head)
