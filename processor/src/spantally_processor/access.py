"""Who may send, and whose spans those are; who may read.

A token is known by its SHA-256 alone. The digest of what was shown is compared with every digest in
constant time, so neither its length nor how much of it is right can be told from the time. The tenant
comes from here and from nowhere else: nothing in a payload can name one. Who may send cannot read, and
the reverse: a sender's token is in every app, and the ledger has everybody's spending.
"""

from __future__ import annotations

import hashlib
import hmac
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from spantally_processor.errors import Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spantally_processor.config import Reader, Token
    from spantally_processor.receivers.asgi import Message

_SCHEME = "bearer "
_OF_A_PROXY = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


class Access:
    """Knows the tokens. Without any, everybody is let in, with no tenant."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tenants = [(bytes.fromhex(token.sha256), token.tenant) for token in tokens]

    def tenant_of(self, authorization: str) -> str:
        """Returns the tenant of an Authorization header; raises Unauthenticated."""
        if not self._tenants:
            return ""
        shown = authorization[len(_SCHEME) :].strip()
        digest = hashlib.sha256(shown.encode("latin-1", "replace")).digest()
        found = [tenant for known, tenant in self._tenants if hmac.compare_digest(known, digest)]
        if not found or authorization[: len(_SCHEME)].lower() != _SCHEME:
            raise Unauthenticated("send the header Authorization: Bearer TOKEN with a known token")
        return found[0]


OPEN = Access(())
"""Lets everybody in."""


class Readers:
    """Who may read the ledger: this machine without a token, anybody else with a reader's."""

    def __init__(self, readers: Sequence[Reader] = ()) -> None:
        self._names = [(bytes.fromhex(reader.sha256), reader.name) for reader in readers]

    def check(self, scope: Message, token: str) -> str:
        """As `reader_of`, of an ASGI request."""
        headers = {
            bytes(name).decode("latin-1"): bytes(value).decode("latin-1")
            for name, value in scope["headers"]
        }
        return self.reader_of(str((scope.get("client") or ("",))[0]), headers, token)

    def name_of(self, token: str) -> str | None:
        """Whose token it is; None when it is nobody's."""
        digest = hashlib.sha256(token.encode("latin-1", "replace")).digest()
        found = [name for known, name in self._names if hmac.compare_digest(known, digest)]
        return found[0] if found else None

    def reader_of(self, client: str, headers: Mapping[str, str], token: str) -> str:
        """The reader's name, empty for this machine; raises Unauthenticated.

        Args:
            client: Address of the other end of the connection; empty where it has none.
            headers: Of the request, by lower-case name.
            token: What it showed, without its scheme.
        """
        if (name := self.name_of(token)) is not None:
            return name
        if _is_of_this_machine(client, headers):
            return ""
        if self._names:
            raise Unauthenticated("show a reader's token; `readers` in the configuration has them")
        raise Unauthenticated(
            "only this machine may read, at 127.0.0.1 or localhost;"
            " `readers` in the configuration lets others in"
        )


def _is_of_this_machine(client: str, headers: Mapping[str, str]) -> bool:
    """Whether a program here asks for itself: no proxy for others, and no browser for a foreign page.

    A page elsewhere reaches a local address by a name of its own (DNS rebinding) or as a foreign origin.
    """
    host = headers.get("host", "")
    origin = headers.get("origin", "")
    return (
        (not client or is_loopback(client))
        and is_loopback(urlsplit(f"//{host}").hostname or "")
        and (not origin or urlsplit(origin).netloc == host)
        and headers.get("sec-fetch-site", "none") in ("none", "same-origin")
        and not any(name in headers for name in _OF_A_PROXY)
    )


def is_loopback(host: str) -> bool:
    """Whether a name or an address is this machine's alone."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
