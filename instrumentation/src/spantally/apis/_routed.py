"""An API behind a gateway that says by request or response whose model it is.

A gateway that sells at the vendor's price without a mark-up is priced as the vendor: the provider of such a
call is the one behind. What cannot be told stays the gateway's own, and unpriced.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spantally import _wire

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from spantally._json import JsonObject
    from spantally.apis import Api, Attributes, EventReader, Head, Report, Request


@dataclass(frozen=True)
class Routed:
    """An API, and who is behind it.

    Args:
        inner: The API itself.
        upstream: The upstream's name in the gateway's spelling, from the request and the response's
            headers (empty before there is a response); None when it cannot be told.
        name_of: From the gateway's spelling, in lower case, to our providers' names; None for a stranger.
    """

    inner: Api
    upstream: Callable[[Request, Mapping[str, str]], str | None]
    name_of: Callable[[str], str | None]

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def operation(self) -> str:
        return self.inner.operation

    def fits(self, request: JsonObject) -> bool:
        return self.inner.fits(request)

    def read_request(self, request: Request) -> Attributes:
        return self.inner.read_request(request) | self._who(request, {})

    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = self.inner.read_response(response, head)
        report.attributes.update(self._who(head.request, head.headers))
        return report

    def read_stream(self, head: Head) -> EventReader | None:
        reader = self.inner.read_stream(head)
        return (
            None if reader is None else _RoutedStream(reader, self._who(head.request, head.headers))
        )

    def _who(self, request: Request, headers: Mapping[str, str]) -> Attributes:
        upstream = self.upstream(request, headers)
        if not upstream:
            return {}
        attributes: Attributes = {_wire.UPSTREAM_PROVIDER: upstream}
        if name := self.name_of(upstream.lower()):
            attributes[_wire.PROVIDER] = name
        return attributes


class _RoutedStream:
    """The inner reader; only its report has more."""

    def __init__(self, reader: EventReader, who: Attributes) -> None:
        self._reader = reader
        self._who = who
        self.feed = reader.feed

    @property
    def markers(self) -> tuple[bytes, ...]:
        return self._reader.markers

    def report(self) -> Report:
        report = self._reader.report()
        report.attributes.update(self._who)
        return report
