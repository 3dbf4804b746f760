"""A request body, decompressed, to the official trace message, or to the lean one.

Only two content types carry OTLP over HTTP. gRPC bodies are kept as PROTOBUF.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from spantally_processor.errors import Malformed, UnsupportedMedia
from spantally_processor.otlp.json_mapper import traces_from_json
from spantally_processor.otlp.lean import lean_request

if TYPE_CHECKING:
    from spantally_processor.otlp.lean import LeanRequest

PROTOBUF = "application/x-protobuf"
JSON = "application/json"


def normalise_content_type(header: str) -> str:
    """Returns PROTOBUF or JSON for a Content-Type header; raises UnsupportedMedia."""
    content_type = header.split(";", 1)[0].strip().lower()
    if content_type in (PROTOBUF, JSON):
        return content_type
    raise UnsupportedMedia(f"content type {content_type!r} is not OTLP; use {PROTOBUF} or {JSON}")


def decode_traces(body: bytes, content_type: str) -> ExportTraceServiceRequest:
    """Returns the message in a decompressed body; raises Malformed."""
    if content_type == JSON:
        return traces_from_json(body)
    try:
        return ExportTraceServiceRequest.FromString(body)
    except DecodeError as error:
        raise Malformed(f"the body is not an OTLP trace request: {error}") from None


def lean_traces(body: bytes, content_type: str) -> LeanRequest:
    """Returns the same with only what the ledger reads; raises Malformed."""
    if content_type == JSON:
        body = traces_from_json(body).SerializeToString()
    return lean_request(body)
