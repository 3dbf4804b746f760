"""Priced spans on to a tracing backend.

The span leaves as it came but for its costs (`cost_attributes.py`), over HTTP or gRPC
(`otlp_client.py`). Delivery is at least once: after a crash the last request may be sent again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from spantally_processor.booking import book
from spantally_processor.sinks.cost_attributes import with_costs
from spantally_processor.sinks.otlp_client import client_of, endpoint_of, without_credentials
from spantally_processor.telemetry import Counter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spantally_processor.booking import BookedRequest, OpenRequest
    from spantally_processor.config import Target
    from spantally_processor.pricer import Pricer
    from spantally_processor.sinks import SinkBatch
    from spantally_processor.telemetry import Telemetry


class Packed(NamedTuple):
    """Requests as a target is given them, and how many spans were received in them."""

    bodies: Sequence[bytes]
    spans: int


class ForwardMaker:
    """Puts costs on requests."""

    def __init__(self, target: Target) -> None:
        self._target = target

    def book(self, request: OpenRequest, pricer: Pricer) -> BookedRequest:
        """Prices the request's spans."""
        return book(request, pricer)

    def pack(self, batch: SinkBatch[BookedRequest]) -> Packed:
        """Returns the requests with their costs on them."""
        target = self._target
        requests = list(batch.requests)
        bodies = [
            with_costs(request, target.profiles, strip_content=target.strip_content)
            for request in requests
        ]
        return Packed(bodies, sum(request.received for request in requests))


class ForwardSink:
    """Sends each request of a batch to one target."""

    max_spans = 1
    """One request at a time: the cursor then moves with each one that was delivered."""
    flush_interval_s = 0.0
    max_quarantine_bytes = 64 << 20
    """A target with a wrong path refuses everything; that must not fill the spool."""

    def __init__(self, target: Target) -> None:
        shown = target.url if target.protocol == "grpc" else endpoint_of(target.url)
        self.name = f"forward:{without_credentials(shown)}"
        self.maker = ForwardMaker(target)
        self._client = client_of(target, self.name)

    def open(self) -> None:
        """A connection is made with the first request."""

    def write(self, packed: Packed) -> None:
        """Sends every request; raises at the first that is not taken."""
        for body in packed.bodies:
            self._client.send(body)

    def count(self, telemetry: Telemetry, packed: Packed) -> None:
        """Counts the spans as forwarded."""
        telemetry.count(Counter.FORWARDED, packed.spans, destination=self.name)

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()
