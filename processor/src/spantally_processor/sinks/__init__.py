"""Destinations of priced spans: one file each.

A sink either takes a whole batch, or says why not: transient (the same batch again later) or
permanent (never). It may be given a batch that it already has, after a crash; `token` is then the
same, and so are the contents.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spantally_processor.booking import BookedRequest
    from spantally_processor.telemetry import Telemetry


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkBatch:
    """What a sink is given: requests in order of arrival."""

    requests: Sequence[BookedRequest]
    booked_ns: int
    """Unix time of the booking, the same however often the batch is tried."""
    token: str
    """Names the batch for deduplication."""


class Sink(Protocol):
    """A destination."""

    name: str
    """Names its cursor in the spool and its counters; holds no credential."""
    max_spans: int
    """Spans that it wants in a batch, at most, unless one request has more."""
    flush_interval_s: float
    """How long spans may wait for a batch to fill up."""
    max_quarantine_bytes: int
    """How much of what it refuses for good is kept with its body."""

    def open(self) -> None:
        """Gets ready; raises TransientSinkError when that may succeed later."""
        ...

    def write(self, batch: SinkBatch) -> None:
        """Takes the batch; raises TransientSinkError or PermanentSinkError."""
        ...

    def count(self, telemetry: Telemetry, requests: Sequence[BookedRequest]) -> None:
        """Counts what it has taken."""
        ...

    def close(self) -> None:
        """Lets go of connections."""
        ...
