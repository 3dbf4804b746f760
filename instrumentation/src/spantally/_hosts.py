"""Whose host is it: the provider's, the organisation's, or somebody's.

Two questions that must not be mixed up: which provider's prices hold for a call to this host, and may
attribution tags travel there. No guess answers either: a host is known by its name or by configuration.
"""

from __future__ import annotations

import ipaddress
import re
from difflib import get_close_matches
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from spantally import env
from spantally.providers import PROVIDERS

_INTERNAL_NAMES = ("*.local", "*.localhost", "*.internal", "*.svc", "*.cluster.local")
_LABEL = re.compile(r"(?!\d+$|0x[\da-f]*$)[a-z\d_-]+")
"""A name without a dot. Numbers are addresses (`134744072` is 8.8.8.8), and Unicode has other dots than `.`"""


@env.cached
def is_internal(host: str) -> bool:
    """Whether tags may travel to this host."""
    host = host.lower().strip("[]").removesuffix(".")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        patterns = (
            *_INTERNAL_NAMES,
            *(item.lower() for item in env.items(env.SPANTALLY_INTERNAL_HOSTS)),
        )
        return bool(_LABEL.fullmatch(host)) or any(fnmatchcase(host, p) for p in patterns)
    listed = any(fnmatchcase(host, item) for item in env.items(env.SPANTALLY_INTERNAL_HOSTS))
    return address.is_loopback or address.is_private or listed


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
        hosts.append((urlsplit(pattern).netloc if "://" in pattern else pattern, names))
    return hosts


@env.cached
def configured_providers(host: str, port: int | None) -> tuple[str, ...]:
    """Who is behind a host by `SPANTALLY_HOSTS`: names of providers, or a name of the organisation's own."""
    for pattern, names in configured_hosts():
        if fnmatchcase(host, pattern) or fnmatchcase(f"{host}:{port}", pattern):
            return names
    return ()


def _known() -> set[str]:
    return {provider.name for provider in PROVIDERS}
