"""Who may send, and whose spans those are.

A token is known by its SHA-256 alone. The digest of what was shown is compared with every digest in
constant time, so neither its length nor how much of it is right can be told from the time. The tenant
comes from here and from nowhere else: nothing in a payload can name one.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from spantally_processor.errors import Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spantally_processor.config import Token

_SCHEME = "bearer "


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
