"""What an exception of urllib3, requests or botocore says about an attempt: sent, refused, or unknown.

The three wrap each other's exceptions (`ConnectionError(MaxRetryError(reason=NewConnectionError))`), so the
whole chain is looked at.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from spantally._guard import guarded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spantally._call import Call

_NOT_SENT = {
    # urllib3
    "NewConnectionError", "ConnectTimeoutError", "EmptyPoolError", "ClosedPoolError", "HostChangedError",
    "LocationValueError", "SSLCertVerificationError", "CertificateError",
    # requests
    "ConnectTimeout", "InvalidURL", "InvalidSchema", "MissingSchema", "InvalidHeader", "InvalidProxyURL",
    # all of them
    "ProxyError", "EndpointConnectionError", "ProxyConnectionError",
}  # fmt: skip
"""Exceptions that mean: no byte of the request left."""

_REFUSED = re.compile(r"too many (\d{3}) error responses")
"""How urllib3 says that the last attempt was answered too, by a status that it was told to retry."""


def was_sent(error: BaseException) -> bool:
    """Whether the request may have reached the provider, and so be billed."""
    kinds = (kind.__name__ for one in _chain(error) for kind in type(one).__mro__)
    return _NOT_SENT.isdisjoint(kinds)


@guarded
def fail(call: Call, error: BaseException) -> None:
    """Tell the call how it failed."""
    for one in _chain(error):
        refused = _REFUSED.search(str(one)) if type(one).__name__ == "ResponseError" else None
        if refused:
            call.respond(int(refused[1]), {})
            call.end()
            return
    call.fail(error, sent=was_sent(error))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception, and those that it was made from."""
    seen: set[int] = set()
    following: object = error
    while isinstance(following, BaseException) and id(following) not in seen:
        seen.add(id(following))
        yield following
        arguments = cast("tuple[object, ...]", following.args)
        inner = next((one for one in arguments if isinstance(one, BaseException)), None)
        following = getattr(following, "reason", None) or inner
