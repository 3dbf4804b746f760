"""How much one sender, and all of them together, may ask of the processor.

Reading and decoding happen before anything is on disk, so this is what stands between a hostile body
and our memory. Numbers behind the defaults: a real batch compresses about 9:1, attacks about 1000:1;
twenty megabytes of empty messages become 1.8 GB of objects (both measured).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of requests. Sizes in bytes, times in seconds."""

    wire_bytes: int = 16 << 20
    """A request on the wire. A Collector's default batch of 8192 spans has about 8 MB."""
    body_bytes: int = 32 << 20
    """The same after decompression."""
    ratio: int = 100
    """How far a body larger than 1 MiB may inflate."""
    items: int = 500_000
    """Resources, scopes, spans, attributes, values in lists, events and links of a request together."""
    in_flight_bytes: int = 128 << 20
    """All requests that are being read or decoded."""
    body_deadline_s: float = 10.0
    """Reading the headers of a request, and its body; the OpenTelemetry SDKs give up after 10 s too."""
    grpc_calls: int = 64
    """Calls over gRPC at once; the next one is asked to come back."""
    connections: int = 1000
    """Connections over HTTP at once; the next one is asked to come back."""
