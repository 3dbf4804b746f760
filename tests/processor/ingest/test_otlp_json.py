"""OTLP/JSON means the same as OTLP protobuf, and what is not OTLP/JSON is an error of the sender."""

from __future__ import annotations

import base64
import contextlib
import math
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import given
from hypothesis import strategies as st
from spantally_processor.errors import Malformed
from spantally_processor.otlp.decode import JSON, PROTOBUF, decode_traces
from support.otlp_requests import requests

if TYPE_CHECKING:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
    from opentelemetry.proto.trace.v1.trace_pb2 import Span


def otlp_json(data: Any) -> Any:
    """What `json_format` wrote, with ids in hex as OTLP wants them, upper case to be difficult."""
    if isinstance(data, list):
        return [otlp_json(item) for item in data]
    if not isinstance(data, dict):
        return data
    return {
        key: base64.b64decode(item).hex().upper() if key in ID_FIELDS else otlp_json(item)
        for key, item in data.items()
    }


ID_FIELDS = ("traceId", "spanId", "parentSpanId")


@given(requests)
def test_json_and_protobuf_of_the_same_spans_decode_equal(
    request: ExportTraceServiceRequest,
) -> None:
    as_json = orjson.dumps(
        otlp_json(MessageToDict(request, use_integers_for_enums=True)) | {"unknownField": [1]}
    )

    assert decode_traces(as_json, JSON) == decode_traces(request.SerializeToString(), PROTOBUF)


@given(st.binary(max_size=200))
def test_any_bytes_decode_or_are_malformed(body: bytes) -> None:
    for content_type in (JSON, PROTOBUF):
        with contextlib.suppress(Malformed):
            decode_traces(body, content_type)


def span_json(**fields: object) -> bytes:
    return orjson.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [fields]}]}]})


def the_span(body: bytes) -> Span:
    return decode_traces(body, JSON).resource_spans[0].scope_spans[0].spans[0]


@pytest.mark.parametrize("written", [12, "12", 12.0])
def test_64_bit_integers_come_as_numbers_or_strings(written: object) -> None:
    body = span_json(
        startTimeUnixNano=written, attributes=[{"key": "n", "value": {"intValue": written}}]
    )

    span = the_span(body)

    assert span.start_time_unix_nano == 12
    assert span.attributes[0].value.int_value == 12


def test_doubles_that_json_has_no_number_for_come_as_strings() -> None:
    names = ["NaN", "Infinity", "-Infinity"]
    body = span_json(attributes=[{"key": name, "value": {"doubleValue": name}} for name in names])

    nan, plus, minus = (pair.value.double_value for pair in the_span(body).attributes)

    assert math.isnan(nan)
    assert (plus, minus) == (math.inf, -math.inf)


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {"stringValue": "x"}
    for _ in range(depth):
        value = {"arrayValue": {"values": [value]}}
    return value


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"nonsense",
        b'{"resourceSpans": {}}',
        b'{"resourceSpans": [3]}',
        span_json(traceId="zz"),
        span_json(name=3),
        span_json(kind="SPAN_KIND_CLIENT"),
        span_json(startTimeUnixNano="soon"),
        span_json(startTimeUnixNano="1_0"),
        span_json(startTimeUnixNano=-1),
        span_json(startTimeUnixNano=1.5),
        span_json(startTimeUnixNano="9" * 20),
        span_json(attributes=[{"key": "k", "value": {"boolValue": "true"}}]),
        span_json(attributes=[{"key": "k", "value": {"bytesValue": "?"}}]),
        span_json(attributes=[{"key": "k", "value": nested(40)}]),
        b'{"resourceSpans":' + b"[" * 2000 + b"]" * 2000 + b"}",
    ],
)
def test_what_is_not_otlp_json_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        decode_traces(body, JSON)
