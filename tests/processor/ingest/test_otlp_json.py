"""OTLP/JSON means the same as OTLP protobuf, and what is not OTLP/JSON is an error of the sender."""

from __future__ import annotations

import base64
import contextlib
import math
from typing import Any

import orjson
import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import (
    AnyValue,
    ArrayValue,
    InstrumentationScope,
    KeyValue,
    KeyValueList,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status
from spantally_processor.errors import Malformed
from spantally_processor.otlp.decode import JSON, PROTOBUF, decode_traces

text = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
uint32 = st.integers(0, 2**32 - 1)
uint64 = st.integers(0, 2**64 - 1)
ids = st.binary(max_size=16)

plain_values = st.one_of(
    st.builds(AnyValue),
    st.builds(AnyValue, string_value=text),
    st.builds(AnyValue, bool_value=st.booleans()),
    st.builds(AnyValue, int_value=st.integers(-(2**63), 2**63 - 1)),
    st.builds(AnyValue, double_value=st.floats(allow_nan=False)),
    st.builds(AnyValue, bytes_value=st.binary(max_size=8)),
)
values = st.recursive(
    plain_values,
    lambda inner: st.one_of(
        st.builds(AnyValue, array_value=st.builds(ArrayValue, values=st.lists(inner, max_size=3))),
        st.builds(
            AnyValue,
            kvlist_value=st.builds(
                KeyValueList,
                values=st.lists(st.builds(KeyValue, key=text, value=inner), max_size=3),
            ),
        ),
    ),
    max_leaves=6,
)
pairs = st.lists(st.builds(KeyValue, key=text, value=values), max_size=4)
events = st.builds(
    Span.Event,
    time_unix_nano=uint64,
    name=text,
    attributes=pairs,
    dropped_attributes_count=uint32,
)
links = st.builds(
    Span.Link,
    trace_id=ids,
    span_id=ids,
    trace_state=text,
    attributes=pairs,
    dropped_attributes_count=uint32,
    flags=uint32,
)
spans = st.builds(
    Span,
    trace_id=ids,
    span_id=ids,
    parent_span_id=ids,
    trace_state=text,
    flags=uint32,
    name=text,
    kind=st.integers(0, 5),
    start_time_unix_nano=uint64,
    end_time_unix_nano=uint64,
    attributes=pairs,
    dropped_attributes_count=uint32,
    events=st.lists(events, max_size=2),
    dropped_events_count=uint32,
    links=st.lists(links, max_size=2),
    dropped_links_count=uint32,
    status=st.builds(Status, message=text, code=st.integers(0, 2)),
)
scopes = st.builds(InstrumentationScope, name=text, version=text, attributes=pairs)
requests = st.builds(
    ExportTraceServiceRequest,
    resource_spans=st.lists(
        st.builds(
            ResourceSpans,
            resource=st.builds(Resource, attributes=pairs, dropped_attributes_count=uint32),
            scope_spans=st.lists(
                st.builds(
                    ScopeSpans,
                    scope=scopes,
                    spans=st.lists(spans, max_size=3),
                    schema_url=text,
                ),
                max_size=2,
            ),
            schema_url=text,
        ),
        max_size=2,
    ),
)


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
