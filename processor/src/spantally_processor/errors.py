"""What can go wrong, as a tree.

SpantallyError
├── ConfigError            the settings are wrong; every fault at once
├── ImportFault            a file that is to be imported is wrong; every fault at once
├── Refused                a request is not accepted; the sender is told why
│   ├── Malformed          it can never be read: 400, INVALID_ARGUMENT
│   ├── TooLarge           over a size limit: 413, RESOURCE_EXHAUSTED
│   ├── UnsupportedMedia   a content type or encoding that we do not read: 415
│   ├── Unauthenticated    no valid credential: 401, UNAUTHENTICATED
│   └── TryLater           no room just now; a retry helps: 503, UNAVAILABLE
├── SpoolError             the spool cannot be opened or written
└── SinkError
    ├── TransientSinkError the same batch may succeed later
    └── PermanentSinkError the same batch will fail again
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class SpantallyError(Exception):
    """Anything that this package raises on purpose."""


class ConfigError(SpantallyError):
    """The settings are wrong. `faults` lists every one of them."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


class ImportFault(SpantallyError):
    """A file that is to be imported is wrong. `faults` lists every one of them."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


class Refused(SpantallyError):
    """A request that is not accepted; `reason` names it in the counters."""

    reason = "refused"


class Malformed(Refused):
    """The body cannot be read, now or ever."""

    reason = "malformed"


class TooLarge(Refused):
    """The body is over a limit on the wire, after decompression, or in its compression ratio."""

    reason = "too_large"


class UnsupportedMedia(Refused):
    """The content type or content encoding is not one that we read."""

    reason = "unsupported_media"


class Unauthenticated(Refused):
    """The request shows no credential that we know."""

    reason = "unauthenticated"


class TryLater(Refused):
    """There is no room just now, or the disk refused: the same request may be accepted later."""

    reason = "try_later"


class SpoolError(SpantallyError):
    """The spool cannot be opened, read or written."""


class SinkError(SpantallyError):
    """A destination did not take a batch."""


class TransientSinkError(SinkError):
    """The same batch may succeed later. `retry_after_s` is what the destination asked for.

    `overloaded`: trying soon makes it worse, as with too many parts in ClickHouse.
    """

    def __init__(
        self, message: str, retry_after_s: float | None = None, *, overloaded: bool = False
    ) -> None:
        self.retry_after_s = retry_after_s
        self.overloaded = overloaded
        super().__init__(message)


class PermanentSinkError(SinkError):
    """The same batch will fail again, however often it is sent.

    `divisible`: it is about what is in the batch, so a part of it may well be taken.
    """

    def __init__(self, message: str, *, divisible: bool = True) -> None:
        self.divisible = divisible
        super().__init__(message)
