"""OTLP messages that mention only what a test is about. Every id is new; ids are deterministic."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import (
    AnyValue,
    ArrayValue,
    InstrumentationScope,
    KeyValue,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

if TYPE_CHECKING:
    from collections.abc import Mapping

NOON_NS = 1_795_003_200 * 10**9
"""2026-11-18 12:00 UTC, when a span starts unless a test says otherwise."""

GPT_5_CALL: Mapping[str, object] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-5",
    "gen_ai.response.model": "gpt-5-2025-08-07",
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.output_tokens": 100,
    "spantally.provider.source": "host",
    "spantally.usage.source": "provider",
}
"""A call whose price is published: gpt-5 costs 1.25 USD in and 10 USD out for 1,000,000 tokens."""

_serial = itertools.count(1)


def value(plain: object) -> AnyValue:
    match plain:
        case bool():
            return AnyValue(bool_value=plain)
        case int():
            return AnyValue(int_value=plain)
        case float():
            return AnyValue(double_value=plain)
        case str():
            return AnyValue(string_value=plain)
        case _:
            assert isinstance(plain, list)
            return AnyValue(array_value=ArrayValue(values=[value(item) for item in plain]))


def attributes(plain: Mapping[str, object]) -> list[KeyValue]:
    return [KeyValue(key=key, value=value(item)) for key, item in plain.items()]


def a_span(plain: Mapping[str, object] | None = None, **fields: object) -> Span:
    number = next(_serial)
    defaults: dict[str, object] = {
        "trace_id": number.to_bytes(16, "big"),
        "span_id": number.to_bytes(8, "big"),
        "name": "a step",
        "start_time_unix_nano": NOON_NS,
        "end_time_unix_nano": NOON_NS + 2_000_000_000,
        "attributes": attributes(plain or {}),
    }
    return Span(**defaults | fields)


def a_call(**changes: object) -> Span:
    """A gpt-5 call; a change names an attribute with `__` for each dot, None removes it."""
    named = {key.replace("__", "."): item for key, item in changes.items()}
    plain = {key: item for key, item in (GPT_5_CALL | named).items() if item is not None}
    return a_span(plain, name="chat gpt-5")


def a_request(
    *spans: Span,
    resource: Mapping[str, object] | None = None,
    scope: str = "spantally",
) -> ExportTraceServiceRequest:
    described = resource if resource is not None else {"service.name": "shop"}
    return ExportTraceServiceRequest(
        resource_spans=[
            ResourceSpans(
                resource=Resource(attributes=attributes(described)),
                scope_spans=[ScopeSpans(scope=InstrumentationScope(name=scope), spans=list(spans))],
            )
        ]
    )
