"""Is this HTTP request an LLM call, of which API, and whose?

On a provider's own host and on configured ones the path decides. On gateways, at a provider's paths that are
listed nowhere, and anywhere else a path that ends like an API's is looked at twice: the request body must have
that API's shape as well, so that somebody's `/v1/messages` of a chat product is not taken for an LLM call.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from email.message import Message
from typing import TYPE_CHECKING, NamedTuple

from spantally import env
from spantally._hosts import configured_providers, is_internal
from spantally._json import JsonObject, parse_object
from spantally.apis import Request
from spantally.providers import PROVIDERS, Endpoint, Provider

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping

    from spantally.apis import Attributes


@dataclass(slots=True)
class Outgoing:
    """A request as its library is about to send it."""

    method: str
    """Upper case; `WEBSOCKET` for a session of frames."""
    host: str
    """Lower case, without port and brackets."""
    port: int | None
    """None for the scheme's own."""
    path: str
    """As it is sent, escapes included, without the query."""
    headers: MutableMapping[str, str]
    """Looked up by lower-case name; a change here is sent."""
    read_body: Callable[[], bytes | None]
    """The body if it is in memory; None for a streamed upload, which is left alone."""
    replace_body: Callable[[bytes], Callable[[], None]] | None = None
    """Send another body, uncompressed answer wanted; returns how to undo it. None where a library cannot."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request goes: an endpoint, and whose it is."""

    endpoint: Endpoint
    provider: str
    """A provider's name, or the host itself when nobody said whose it is."""
    source: str
    """How we know the provider: `host`, `configured` or `unknown`."""
    variables: Mapping[str, str]
    """What the placeholders of the endpoint's path stand for."""
    host_attributes: Attributes
    by_shape: bool = False
    """Whether only the path's end was looked at: the body must have the API's shape as well."""
    own_gateway: bool = False
    """Whether it is a gateway of the organisation's own, which may know trace and tags."""


class Recognised(NamedTuple):
    """An LLM call about to be made."""

    place: Place
    request: Request
    content: bytes | None
    """The request's body as it is sent; None when it was not there to be read."""

    def with_body(self, body: JsonObject) -> Recognised:
        """The same call with another body."""
        request = self.request._replace(body=body)
        return self._replace(request=request, content=json.dumps(body).encode())


_ANYWHERE = tuple(
    endpoint for provider in PROVIDERS for endpoint in provider.endpoints if endpoint.anywhere
)


def _ending(path: str) -> str:
    """`completions`, `generateContent`: what no placeholder of those stands for."""
    return path.replace(":", "/").rpartition("/")[2]


_ENDINGS = frozenset((endpoint.method, _ending(endpoint.path)) for endpoint in _ANYWHERE)
"""By these other requests are dismissed at a glance."""


def recognise(outgoing: Outgoing) -> Recognised | None:
    """The LLM call that this request is, or None. The body is read only for likely ones."""
    place = place_of(outgoing.method, outgoing.host, outgoing.port, outgoing.path)
    if place is None:
        return None
    content = outgoing.read_body()
    body = _parse_body(outgoing.headers.get("content-type") or "", content)
    if place.by_shape:
        # Several APIs may have the path's end in common; the body's shape tells them apart.
        places = _places_by_ending(outgoing.method, outgoing.host, _normal(outgoing.path))
        place = next((p for p in places if p.endpoint.api.fits(body or {})), None)
        if place is None:
            return None
    return Recognised(place, Request(body or {}, place.variables, outgoing.headers), content)


@env.cached
def place_of(method: str, host: str, port: int | None, path: str) -> Place | None:
    """Whose endpoint this is, by host, configuration and path alone."""
    path = _normal(path)
    owners = _owners(host)
    for owner in owners:
        for endpoint in owner.endpoints:
            found = _match(endpoint, method, path, whole=True)
            if found is not None and endpoint.free:
                return None
            if found is not None:
                name = endpoint.provider or owner.name
                said = {**owner.read_host(host), **owner.read_path(found)}
                return Place(endpoint, name, "host", found, said)
    if owners:
        return next(iter(_places_by_ending(method, host, path)), None)
    names = configured_providers(host, port)
    configured = _configured_place(names, method, path) if names else None
    if configured and configured.own_gateway and not is_internal(host):
        configured = replace(configured, own_gateway=False)
    return configured or next(iter(_places_by_ending(method, host, path)), None)


@env.cached
def is_provider(host: str, port: int | None) -> bool:
    """Whether a host is a provider's own, or configured to be one."""
    return bool(_owners(host) or configured_providers(host, port))


@env.cached
def _owners(host: str) -> tuple[Provider, ...]:
    return tuple(provider for provider in PROVIDERS if provider.owns_host(host))


def _normal(path: str) -> str:
    return "/" + path.strip("/").replace("//", "/")


def _configured_place(names: tuple[str, ...], method: str, path: str) -> Place | None:
    known = {provider.name: provider for provider in PROVIDERS}
    for provider in (known[name] for name in names if name in known):
        for endpoint in provider.endpoints:
            found = _match(endpoint, method, path, whole=False)
            if found is not None:
                if endpoint.free:
                    return None
                said = provider.read_path(found)
                name = endpoint.provider or provider.name
                ours = provider.runs_here
                return Place(endpoint, name, "configured", found, said, own_gateway=ours)
    return _passed_on_place(names, known, method, path)


def _passed_on_place(
    names: tuple[str, ...], known: Mapping[str, Provider], method: str, path: str
) -> Place | None:
    """Of an API that a configured host serves under a path that none of its providers has."""
    own = [name for name in names if name not in known]
    for endpoint in _ANYWHERE:
        found = _match(endpoint, method, path, whole=False)
        if found is None:
            continue
        if endpoint.free:
            return None
        for name in names:
            if name in known and (same := _same_api(known[name], endpoint)):
                ours = known[name].runs_here
                return Place(same, name, "configured", found, {}, own_gateway=ours)
        if own:
            return Place(endpoint, own[0], "configured", found, {})
    return None


def _same_api(provider: Provider, endpoint: Endpoint) -> Endpoint | None:
    """The provider's own reading of an API that a gateway serves under another path."""
    return next((e for e in provider.endpoints if e.api.name == endpoint.api.name), None)


def _places_by_ending(method: str, host: str, path: str) -> tuple[Place, ...]:
    """What a path may be that nobody listed: on a gateway, a provider's own host, or one that is not known."""
    if (method, _ending(path)) not in _ENDINGS:
        return ()
    matches = [(endpoint, _match(endpoint, method, path, whole=False)) for endpoint in _ANYWHERE]
    if any(endpoint.free for endpoint, found in matches if found is not None):
        return ()
    return tuple(_by_shape(host, each, found) for each, found in matches if found is not None)


def _by_shape(host: str, endpoint: Endpoint, found: Mapping[str, str]) -> Place:
    owners = _owners(host)
    if not owners:
        return Place(endpoint, host, "unknown", found, {}, by_shape=True)
    owner, own = owners[0], None
    if not owner.passes_on:  # of several, who has the API, in its own reading
        owner, own = next(((o, e) for o in owners if (e := _same_api(o, endpoint))), (owner, None))
    said = owner.read_host(host)
    return Place(own or endpoint, owner.name, "host", found, said, by_shape=True)


def _match(endpoint: Endpoint, method: str, path: str, *, whole: bool) -> Mapping[str, str] | None:
    return endpoint.match(path, whole=whole) if endpoint.method == method else None


def _parse_body(content_type: str, body: bytes | None) -> JsonObject | None:
    if not body:
        return None
    if content_type.startswith("multipart/form-data"):
        return _read_form(content_type, body)
    return parse_object(body)


def _read_form(content_type: str, body: bytes) -> JsonObject | None:
    """The short text fields of a form; files are passed over."""
    header = Message()
    header["content-type"] = content_type
    boundary = header.get_param("boundary")
    if not isinstance(boundary, str):
        return None
    fields: JsonObject = {}
    for part in body.split(b"--" + boundary.encode()):
        head, blank, value = part.partition(b"\r\n\r\n")
        if not blank or b"filename=" in head or len(value) > 10_000:
            continue
        _, found, rest = head.partition(b' name="')
        if found:
            text = value.removesuffix(b"\r\n").decode(errors="replace")
            fields[rest.partition(b'"')[0].decode(errors="replace")] = text
    return fields
