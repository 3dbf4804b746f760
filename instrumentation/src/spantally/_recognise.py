"""Is this HTTP request an LLM call, and of which API?

On a provider's own host and on configured ones the path decides. Anywhere else a path that ends like
an API's is looked at twice: the request body must have the API's shape as well, so that somebody's
`/v1/messages` of a chat product is not taken for an LLM call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spantally._hosts import Provider, provider_at
from spantally._json import JsonObject, parse_object
from spantally.providers import APIS

if TYPE_CHECKING:
    from collections.abc import Callable

    from spantally.providers import Api


@dataclass(frozen=True, slots=True)
class Recognised:
    """An LLM call about to be made."""

    api: Api
    provider: Provider
    request: JsonObject
    """The request's body; empty when it was not there to be read."""


_LAST_SEGMENTS = frozenset(path.rsplit("/", 1)[1] for api in APIS for path in api.paths)


def recognise(
    method: str, host: str, port: int | None, path: str, read_body: Callable[[], bytes | None]
) -> Recognised | None:
    """The LLM call that this request is, or None. The body is read only for likely ones."""
    path = path.rstrip("/")
    if method != "POST" or path.rsplit("/", 1)[-1] not in _LAST_SEGMENTS:
        return None
    for api in APIS:
        if not any(path.endswith(known) for known in api.paths):
            continue
        provider = provider_at(host, port, api)
        if provider.source == "host" and path not in api.paths:
            continue
        body = read_body()
        request = parse_object(body) if body else None
        if provider.source == "unknown" and (request is None or not api.fits(request)):
            continue
        return Recognised(api, provider, request or {})
    return None
