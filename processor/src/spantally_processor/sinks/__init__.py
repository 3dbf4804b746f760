"""Destinations of priced spans: one file each.

A sink either takes a whole batch, or says why not: transient (the same batch again later) or
permanent (never). It may be given a batch that it already has, after a crash; `token` is then the
same, and so are the contents. What is made of a request (`Maker.book`), and of a batch (`Maker.pack`), is
made without I/O in another thread or process than that of `Sink.write`, which sends the batch before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spantally_processor.booking import OpenRequest
    from spantally_processor.pricer import Pricer
    from spantally_processor.telemetry import Telemetry


class Booked(Protocol):
    """A request as a sink wants it."""

    @property
    def seq(self) -> int:
        """Its number in the spool."""
        ...


B = TypeVar("B", bound=Booked)
P = TypeVar("P")
P_co = TypeVar("P_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkBatch(Generic[B]):
    """What a sink is given: requests in order of arrival, each booked when it is asked for, once."""

    requests: Iterable[B]
    booked_ns: int
    """Unix time of the booking, the same however often the batch is tried."""
    token: str
    """Names the batch for deduplication."""


class Maker(Protocol[B, P_co]):
    """What a sink makes of requests. Pure but for what it remembers; can be pickled."""

    def book(self, request: OpenRequest, pricer: Pricer) -> B:
        """Reads and prices a request; raises DamagedRecord, or PermanentSinkError if it cannot be taken."""
        ...

    def pack(self, batch: SinkBatch[B]) -> P_co:
        """Returns the batch as it is sent; raises PermanentSinkError if it cannot be taken."""
        ...


class Sink(Protocol[B, P]):
    """A destination."""

    name: str
    """Names its cursor in the spool and its counters; holds no credential."""
    max_spans: int
    """Spans that it wants in a batch, at most, unless one request has more."""
    flush_interval_s: float
    """How long spans may wait for a batch to fill up."""
    max_quarantine_bytes: int
    """How much of what it refuses for good is kept with its body."""

    @property
    def maker(self) -> Maker[B, P]:
        """Makes what it writes."""
        ...

    def open(self) -> None:
        """Gets ready; raises TransientSinkError when that may succeed later."""
        ...

    def write(self, packed: P) -> None:
        """Takes the batch; raises TransientSinkError or PermanentSinkError."""
        ...

    def count(self, telemetry: Telemetry, packed: P) -> None:
        """Counts what it has taken."""
        ...

    def close(self) -> None:
        """Lets go of connections."""
        ...
