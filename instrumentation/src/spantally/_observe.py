"""From an HTTP library's request to a call: what every transport does before it sends.

A transport says what is about to be sent (an `Outgoing`), gets a `Call` or None, makes the request inside
`Current(call)`, and tells the call what happened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._call import Call
from spantally._recognise import recognise
from spantally.propagation import observed_call

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from spantally._recognise import Outgoing


def begin(outgoing: Outgoing) -> Call | None:
    """The call that this request is, started; None when it is no LLM call, or one observed further out."""
    if observed_call() is not None:
        return None
    recognised = recognise(outgoing)
    if recognised is None:
        return None
    _strip_tags(outgoing.headers)
    attempt = outgoing.headers.get("x-stainless-retry-count") or ""
    return Call(recognised, outgoing.host, outgoing.port, int(attempt) if attempt.isdigit() else 0)


def _strip_tags(headers: MutableMapping[str, str]) -> None:
    """Take our tags out of a baggage header that an SDK wrote before we saw the request."""
    header = headers.get("baggage")
    if header and _wire.TAG_PREFIX in header:
        members = [m for m in header.split(",") if not m.strip().startswith(_wire.TAG_PREFIX)]
        if members:
            headers["baggage"] = ",".join(members)
        else:
            del headers["baggage"]
