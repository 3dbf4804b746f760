"""Any OTLP trace request, for Hypothesis."""

from __future__ import annotations

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
