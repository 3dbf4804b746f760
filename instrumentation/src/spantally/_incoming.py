"""Tags that come with a request: as baggage, and in headers such as `X-Team`.

Whoever can reach a service could name any team, so tags are taken from inside the organisation only: the
peer, and every address that proxies say it stands for, must be internal. A message from a queue has no
address; what may write to the queue is trusted.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, TypeVar, cast

from spantally import _tags, env
from spantally._hosts import is_internal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, MutableMapping

    from opentelemetry.context import Context
    from opentelemetry.propagators.textmap import Getter

CarrierT = TypeVar("CarrierT")

_HEADER = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")
"""https://www.rfc-editor.org/rfc/rfc9110#name-tokens"""
_FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip")


def accept(context: Context, carrier: CarrierT, getter: Getter[CarrierT]) -> Context:
    """The context of a request: with its tags if they can be trusted, and without any if not."""
    named = header_tags({name: value for name, value in _headers(carrier, getter)})
    if not named and not _tags.tags_in_baggage(context):
        return context
    if not _is_trusted(carrier, getter):
        warn_ignored()
        return _tags.without_tags(context)
    return _tags.with_header_tags(named, context) if named else context


def header_tags(headers: Mapping[str, str]) -> dict[str, str]:
    """The tags that configured headers name."""
    found = {tag: headers.get(header) for header, tag in header_names()}
    return _tags.clean({tag: _decoded(value) for tag, value in found.items() if value})


def _decoded(value: str) -> str:
    """What a client sends as UTF-8 most servers read as Latin-1, as HTTP once had it."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


def warn_ignored() -> None:
    """Say once that tags were not believed, and what to do."""
    env.warn_once(
        "tags that came from outside the organisation were ignored; if the sender is yours, name its "
        f"address in {env.SPANTALLY_TRUSTED_SOURCES}"
    )


def strip_header_tags(headers: MutableMapping[str, str]) -> None:
    """Take the configured headers off a request."""
    for header, _ in header_names():
        if header in headers:
            del headers[header]


@env.cached
def header_names() -> list[tuple[str, str]]:
    """Header (lower case) and tag, as `SPANTALLY_TAG_HEADERS` has them; `X-Team` alone means `team`."""
    names: list[tuple[str, str]] = []
    for entry in env.items(env.SPANTALLY_TAG_HEADERS):
        header, _, tag = (part.strip().lower() for part in entry.partition("="))
        if _HEADER.fullmatch(header):
            names.append((header, tag or header.removeprefix("x-").replace("-", "_")))
        else:
            env.warn_once(
                f"{env.SPANTALLY_TAG_HEADERS}: expected a header's name, got {entry!r}; left out"
            )
    return names


def read_settings() -> None:
    """Read what is configured, so that its faults are warned about."""
    header_names()
    _trusted_networks()


def _headers(carrier: CarrierT, getter: Getter[CarrierT]) -> Iterable[tuple[str, str]]:
    for header, _ in header_names():
        for value in getter.get(carrier, header) or []:
            yield header, value
            break


def _is_trusted(carrier: CarrierT, getter: Getter[CarrierT]) -> bool:
    addresses = [_peer(carrier)]
    for name in _FORWARDED:
        for value in getter.get(carrier, name) or []:
            addresses += [_address(part) for part in value.replace(";", ",").split(",")]
    return all(is_known(address) for address in addresses if address)


def _peer(carrier: object) -> str:
    """The address of the other end, as WSGI, ASGI and aiohttp give it; empty where there is none."""
    if not isinstance(carrier, dict):
        return str(getattr(carrier, "remote", None) or "")
    request = cast("dict[str, object]", carrier)
    client = request.get("client")
    if isinstance(client, (list, tuple)) and client:
        return str(cast("list[object]", client)[0] or "")
    return str(request.get("REMOTE_ADDR") or "")


def _address(part: str) -> str:
    """The address in `203.0.113.9`, `for=203.0.113.9`, `for="[2001:db8::1]:4711"`; empty for other pairs."""
    name, equals, value = part.strip().partition("=")
    if equals and name.lower() != "for":
        return ""
    text = (value if equals else name).strip('" ')
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.rpartition(":")[0] if text.count(":") == 1 else text


def is_known(address: str) -> bool:
    """Whether what comes from this address is believed."""
    if "*" in env.items(env.SPANTALLY_TRUSTED_SOURCES):
        return True
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False  # `unknown`, or a name that a proxy made up
    return is_internal(address) or any(ip in network for network in _trusted_networks())


@env.cached
def _trusted_networks() -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
    for entry in env.items(env.SPANTALLY_TRUSTED_SOURCES):
        try:
            networks.append(ipaddress.ip_network(entry, strict=False))
        except ValueError:
            if entry != "*":
                env.warn_once(
                    f"{env.SPANTALLY_TRUSTED_SOURCES}: expected an address, a network such as "
                    f"203.0.113.0/24, or *; got {entry!r}; left out"
                )
    return networks
