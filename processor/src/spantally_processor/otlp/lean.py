"""A trace request with only the fields that the ledger keeps, its attributes left as bytes.

Made for speed: the official classes cost 11 us to read the attributes of one span, and most
attributes of most spans have been seen before, byte for byte. A field that is not named here is
skipped by the parser but not lost: a message that is serialised again has it, so the official class
can still be made of a span. Bodies were checked against the official schema when they were accepted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from google.protobuf.message import DecodeError

from spantally_processor.errors import Malformed
from spantally_processor.otlp.own_schema import message_class

if TYPE_CHECKING:
    from collections.abc import Sequence

_SCHEMA = {
    # Message: field, type ([] is repeated) and number, as in opentelemetry-proto's trace.proto.
    "Status": [("code", "int32", 3)],
    "Span": [
        ("trace_id", "bytes", 1),
        ("span_id", "bytes", 2),
        ("parent_span_id", "bytes", 4),
        ("name", "string", 5),
        ("start_time_unix_nano", "fixed64", 7),
        ("end_time_unix_nano", "fixed64", 8),
        ("attributes", "bytes[]", 9),  # of KeyValue
        ("status", "Status", 15),
    ],
    "Scope": [("name", "string", 1), ("version", "string", 2)],
    "ScopeSpans": [("scope", "Scope", 1), ("spans", "Span[]", 2)],
    "Resource": [("attributes", "bytes[]", 1)],
    "ResourceSpans": [("resource", "Resource", 1), ("scope_spans", "ScopeSpans[]", 2)],
    "Request": [("resource_spans", "ResourceSpans[]", 1)],
}


class LeanStatus(Protocol):
    """`Status`."""

    code: int


class LeanSpan(Protocol):
    """`Span`; each attribute is a serialised KeyValue."""

    trace_id: bytes
    span_id: bytes
    parent_span_id: bytes
    name: str
    start_time_unix_nano: int
    end_time_unix_nano: int
    attributes: Sequence[bytes]
    status: LeanStatus

    def SerializeToString(self) -> bytes:
        """The span as it came, the fields that are not named here included."""
        ...


class LeanScope(Protocol):
    """`InstrumentationScope`."""

    name: str
    version: str


class LeanScopeSpans(Protocol):
    """`ScopeSpans`."""

    scope: LeanScope
    spans: Sequence[LeanSpan]


class LeanResource(Protocol):
    """`Resource`; each attribute is a serialised KeyValue."""

    attributes: Sequence[bytes]


class LeanResourceSpans(Protocol):
    """`ResourceSpans`."""

    resource: LeanResource
    scope_spans: Sequence[LeanScopeSpans]


class LeanRequest(Protocol):
    """`ExportTraceServiceRequest`."""

    resource_spans: Sequence[LeanResourceSpans]


class _RequestClass(Protocol):
    def FromString(self, s: bytes, /) -> LeanRequest: ...


def lean_request(body: bytes) -> LeanRequest:
    """Returns the request in a protobuf body; raises Malformed."""
    try:
        return _REQUEST.FromString(body)
    except DecodeError as error:
        raise Malformed(f"the body is not an OTLP trace request: {error}") from None


_REQUEST = cast("_RequestClass", message_class("spantally.lean", _SCHEMA))
