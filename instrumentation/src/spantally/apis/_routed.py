"""An API behind a gateway that says by request or response whose model it is.

A gateway that sells at the vendor's price without a mark-up is priced as the vendor: the provider of such a
call is the one behind. What cannot be told stays the gateway's own, and unpriced.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spantally import _wire
from spantally.apis._wrapped import Wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from spantally._json import JsonObject
    from spantally.apis import Attributes, Head, Report, Request


@dataclass(frozen=True)
class Routed(Wrapped):
    """An API, and who is behind it.

    Args:
        inner: The API itself.
        upstream: The upstream's name in the gateway's spelling, from the request and the response's
            headers (empty before there is a response); None when it cannot be told.
        name_of: From the gateway's spelling, in lower case, to our providers' names; None for a stranger.
    """

    upstream: Callable[[Request, Mapping[str, str]], str | None]
    name_of: Callable[[str], str | None]

    def read_request(self, request: Request) -> Attributes:
        return self.inner.read_request(request) | self._who(request, {})

    def complete(self, report: Report, said: JsonObject, head: Head) -> Report:
        report.attributes.update(self._who(head.request, head.headers))
        return report

    def _who(self, request: Request, headers: Mapping[str, str]) -> Attributes:
        upstream = self.upstream(request, headers)
        if not upstream:
            return {}
        attributes: Attributes = {_wire.UPSTREAM_PROVIDER: upstream}
        if name := self.name_of(upstream.lower()):
            attributes[_wire.PROVIDER] = name
        return attributes
