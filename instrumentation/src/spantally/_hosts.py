"""Whose host is it: the provider's, the organisation's, or somebody's.

Two questions that must not be mixed up: which provider's prices hold for a call to this host, and may
attribution tags travel there. No guess answers either: a host is known by its name or by configuration.
"""

from __future__ import annotations

import ipaddress
import re
from difflib import get_close_matches
from fnmatch import fnmatchcase

from spantally import env
from spantally.providers import PROVIDERS

_INTERNAL_NAMES = ("*.local", "*.localhost", "*.internal", "*.svc", "*.cluster.local")
_LABEL = re.compile(r"(?!\d+$|0x[\da-f]*$)[a-z\d_-]+")
"""A name without a dot. Numbers are addresses (`134744072` is 8.8.8.8), and Unicode has other dots than `.`"""


@env.cached
def is_internal(host: str) -> bool:
    """Whether tags may travel to this host."""
    host = host.lower().strip("[]").removesuffix(".")
    if any(fnmatchcase(host, listed) for listed in internal_hosts()):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        known = any(fnmatchcase(host, name) for name in _INTERNAL_NAMES)
        return known or bool(_LABEL.fullmatch(host))
    return address.is_loopback or address.is_private


@env.cached
def internal_hosts() -> tuple[str, ...]:
    """Host patterns of the organisation's own, as `SPANTALLY_INTERNAL_HOSTS` has them."""
    entries = env.items(env.SPANTALLY_INTERNAL_HOSTS)
    if "*" in entries:
        env.warn_once(
            f"{env.SPANTALLY_INTERNAL_HOSTS}: * is every host: all but providers get tags"
        )
    hosts = (_host_in(entry) for entry in entries)
    return tuple(host if host.count(":") > 1 else host.partition(":")[0] for host in hosts)


@env.cached
def is_providers_own(host: str) -> bool:
    """Whether this is a provider's own host, by its name; nothing of a trace goes there."""
    name = host.lower().removesuffix(".")
    return any(provider.owns_host(name) for provider in PROVIDERS)


def configured_hosts() -> list[tuple[str, tuple[str, ...]]]:
    """Host patterns and the providers behind them, as `SPANTALLY_HOSTS` has them.

    A URL where a host is expected is read as its host; a provider's name that is nearly a known one
    is warned about, since it would leave every call there without a price.
    """
    hosts: list[tuple[str, tuple[str, ...]]] = []
    for pattern, packed in env.pairs(env.SPANTALLY_HOSTS):
        names = tuple(name.strip() for name in packed.split("|"))
        for name in names:
            near = [] if name in _known() else get_close_matches(name, _known(), 1)
            if near:
                env.warn_once(
                    f"{env.SPANTALLY_HOSTS}: {pattern} is {name!r}, a provider of your own; "
                    f"did you mean {near[0]!r}?"
                )
        if host := _host_in(pattern):
            hosts.append((host, names))
        else:
            env.warn_once(f"{env.SPANTALLY_HOSTS}: expected a host, got {pattern!r}; left out")
    return hosts


def _host_in(entry: str) -> str:
    """The host of an entry, perhaps with a port; an entry may be a URL, and IPv6 has its brackets there."""
    host = entry.rpartition("://")[2].partition("/")[0].lower()
    return host.replace("[", "").replace("]", "")


@env.cached
def configured_providers(host: str, port: int | None) -> tuple[str, ...]:
    """Who is behind a host by `SPANTALLY_HOSTS`: names of providers, or a name of the organisation's own."""
    spellings = (host, *(f"{host}:{number}" for number in ((80, 443) if port is None else (port,))))
    for pattern, names in configured_hosts():
        if any(fnmatchcase(spelling, pattern) for spelling in spellings):
            return names
    return ()


def _known() -> set[str]:
    return {provider.name for provider in PROVIDERS}
