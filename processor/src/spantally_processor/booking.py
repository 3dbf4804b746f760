"""A stored request to priced spans: decompress, decode, find the dialect, price.

Pure, so that the ledger and every forward target come to the same amounts, and a batch that is read
again after a crash comes to the same rows. `book` keeps the official message, which is what forwarding
needs; the ledger has a faster reader of the same requests (`ledger/`).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spantally_processor.dialects import read_span, views
from spantally_processor.errors import Malformed, PermanentSinkError, Refused
from spantally_processor.otlp.compression import inflate
from spantally_processor.otlp.decode import decode_traces
from spantally_processor.spool import digest_of

if TYPE_CHECKING:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

    from spantally_processor.dialects import SpanView
    from spantally_processor.model import PricedSpan
    from spantally_processor.otlp.lean import LeanSpan
    from spantally_processor.pricer import Pricer
    from spantally_processor.spool import Record

MAX_TIME_NS = 2**63 - 1
"""The year 2262, where signed nanoseconds end; a later span has no place in the ledger."""


class DamagedRecord(PermanentSinkError):
    """A record is not what was accepted: its disk, or an older decoder, is to blame."""


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A stored request, decompressed and found to be what was accepted."""

    seq: int
    tenant: str
    received: int
    """Spans in it, valid or not."""
    content_type: str
    table_version: str
    """Rate table that prices it."""
    body: bytes


@dataclass(frozen=True, slots=True)
class BookedSpan:
    """A received span; `priced` is None when it is no LLM span."""

    view: SpanView
    priced: PricedSpan | None


@dataclass(frozen=True, slots=True)
class BookedRequest:
    """A request, decoded and priced. `spans` lack those that `is_valid` refuses."""

    seq: int
    tenant: str
    received: int
    """Spans in the message, valid or not."""
    message: ExportTraceServiceRequest
    spans: tuple[BookedSpan, ...]


_NO_TRACE_ID, _NO_SPAN_ID = bytes(16), bytes(8)


def is_valid(span: Span | LeanSpan) -> bool:
    """Whether a span has the ids that tell it from others and a usable time.

    An id has 16 or 8 bytes, not all 0 (opentelemetry/proto/trace/v1/trace.proto, read 2026-11-28 in
    https://github.com/open-telemetry/opentelemetry-proto). Spans of one id would be taken for one another.
    """
    return (
        len(span.trace_id) == 16
        and span.trace_id != _NO_TRACE_ID
        and len(span.span_id) == 8
        and span.span_id != _NO_SPAN_ID
        and span.start_time_unix_nano <= MAX_TIME_NS
        and span.end_time_unix_nano <= MAX_TIME_NS
    )


def opened(record: Record, *, max_bytes: int) -> OpenRequest:
    """Returns the record's request; raises DamagedRecord."""
    try:
        if record.body is None:
            raise Malformed("the disk gave the record back damaged")
        body = inflate(
            record.body, record.encoding, limit=max_bytes, max_ratio=sys.maxsize
        )  # bounded when it was accepted, perhaps by other limits
        if digest_of(body) != record.digest:
            raise Malformed("the record is not what was accepted: its digest differs")
    except Refused as error:
        raise DamagedRecord(str(error)) from error
    return OpenRequest(
        record.seq, record.tenant, record.spans, record.content_type, record.table_version, body
    )


def book(request: OpenRequest, pricer: Pricer) -> BookedRequest:
    """Returns the request's spans with their costs; raises DamagedRecord."""
    try:
        message = decode_traces(request.body, request.content_type)
    except Refused as error:
        raise DamagedRecord(str(error)) from error
    return BookedRequest(
        seq=request.seq,
        tenant=request.tenant,
        received=request.received,
        message=message,
        spans=tuple(
            BookedSpan(view, _price(view, pricer))
            for view in views(message.resource_spans)
            if is_valid(view.message)
        ),
    )


def _price(view: SpanView, pricer: Pricer) -> PricedSpan | None:
    span = read_span(view)
    return None if span is None else pricer.price(span)
