"""OTLP/JSON to the official message.

`json_format` needs 330 us a span and reads ids as base64, where OTLP/JSON writes them as hex; so
orjson parses and this module maps. The rules (opentelemetry-proto, docs/specification.md, "JSON
Protobuf Encoding"): lowerCamelCase keys, ids in hex of any case, enums as integers, 64-bit
integers as strings or numbers, other bytes as base64, unknown fields ignored, null is absent.
"""

from __future__ import annotations

import base64
import binascii
import math
from typing import TYPE_CHECKING, TypeAlias, cast

import orjson
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

if TYPE_CHECKING:
    from collections.abc import Iterator

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = "dict[str, Json]"

MAX_DEPTH = 32
"""Nesting of attribute values; the protobuf parser stops at about 48."""


def parse_json(body: bytes) -> JsonObject:
    """Returns the JSON object in `body`; raises Malformed when it is not one."""
    try:
        data = cast("Json", orjson.loads(body))
    except orjson.JSONDecodeError as error:
        raise Malformed(f"the body is not JSON: {error}") from None
    if not isinstance(data, dict):
        raise Malformed("the body is not a JSON object")
    return data


def traces_from_json(body: bytes) -> ExportTraceServiceRequest:
    """Returns the request that `body` describes; raises Malformed on a field of a wrong type."""
    data = parse_json(body)
    try:
        return ExportTraceServiceRequest(
            resource_spans=[_resource_spans(item) for item in objects(data, "resourceSpans")]
        )
    except (TypeError, ValueError) as error:  # a number out of its field's range
        raise Malformed(f"the body is not OTLP/JSON: {error}") from None


def objects(data: JsonObject, key: str) -> Iterator[JsonObject]:
    """Yields the objects of the list at `key`; an absent list is empty."""
    for item in _list(data, key):
        if not isinstance(item, dict):
            raise Malformed(f"{key} holds {_kind(item)} where an object is expected")
        yield item


def _resource_spans(data: JsonObject) -> ResourceSpans:
    resource = _object(data, "resource")
    return ResourceSpans(
        resource=None
        if resource is None
        else Resource(
            attributes=_attributes(resource),
            dropped_attributes_count=_int(resource, "droppedAttributesCount"),
        ),
        scope_spans=[_scope_spans(item) for item in objects(data, "scopeSpans")],
        schema_url=_str(data, "schemaUrl"),
    )


def _scope_spans(data: JsonObject) -> ScopeSpans:
    scope = _object(data, "scope")
    return ScopeSpans(
        scope=None
        if scope is None
        else InstrumentationScope(
            name=_str(scope, "name"),
            version=_str(scope, "version"),
            attributes=_attributes(scope),
            dropped_attributes_count=_int(scope, "droppedAttributesCount"),
        ),
        spans=[_span(item) for item in objects(data, "spans")],
        schema_url=_str(data, "schemaUrl"),
    )


def _span(data: JsonObject) -> Span:
    status = _object(data, "status")
    return Span(
        trace_id=_id(data, "traceId"),
        span_id=_id(data, "spanId"),
        trace_state=_str(data, "traceState"),
        parent_span_id=_id(data, "parentSpanId"),
        flags=_int(data, "flags"),
        name=_str(data, "name"),
        kind=cast("Span.SpanKind.ValueType", _int(data, "kind")),
        start_time_unix_nano=_int(data, "startTimeUnixNano"),
        end_time_unix_nano=_int(data, "endTimeUnixNano"),
        attributes=_attributes(data),
        dropped_attributes_count=_int(data, "droppedAttributesCount"),
        events=[_event(item) for item in objects(data, "events")],
        dropped_events_count=_int(data, "droppedEventsCount"),
        links=[_link(item) for item in objects(data, "links")],
        dropped_links_count=_int(data, "droppedLinksCount"),
        status=None
        if status is None
        else Status(
            message=_str(status, "message"),
            code=cast("Status.StatusCode.ValueType", _int(status, "code")),
        ),
    )


def _event(data: JsonObject) -> Span.Event:
    return Span.Event(
        time_unix_nano=_int(data, "timeUnixNano"),
        name=_str(data, "name"),
        attributes=_attributes(data),
        dropped_attributes_count=_int(data, "droppedAttributesCount"),
    )


def _link(data: JsonObject) -> Span.Link:
    return Span.Link(
        trace_id=_id(data, "traceId"),
        span_id=_id(data, "spanId"),
        trace_state=_str(data, "traceState"),
        attributes=_attributes(data),
        dropped_attributes_count=_int(data, "droppedAttributesCount"),
        flags=_int(data, "flags"),
    )


def _attributes(data: JsonObject, key: str = "attributes", depth: int = 0) -> list[KeyValue]:
    return [_key_value(item, depth) for item in objects(data, key)]


def _key_value(data: JsonObject, depth: int) -> KeyValue:
    value = _object(data, "value")
    return KeyValue(
        key=_str(data, "key"), value=None if value is None else _any_value(value, depth)
    )


def _any_value(data: JsonObject, depth: int) -> AnyValue:  # noqa: C901, PLR0911 - one case a kind
    if depth >= MAX_DEPTH:
        raise Malformed(f"an attribute value is nested deeper than {MAX_DEPTH}")
    for kind, value in data.items():
        if value is None:
            continue
        match kind:
            case "stringValue":
                return AnyValue(string_value=_str(data, kind))
            case "intValue":
                return AnyValue(int_value=_int(data, kind))
            case "doubleValue":
                return AnyValue(double_value=_float(data, kind))
            case "boolValue":
                return AnyValue(bool_value=_bool(data, kind))
            case "bytesValue":
                return AnyValue(bytes_value=_base64(data, kind))
            case "arrayValue":
                items = objects(_object(data, kind) or {}, "values")
                return AnyValue(
                    array_value=ArrayValue(values=[_any_value(item, depth + 1) for item in items])
                )
            case "kvlistValue":
                values = _attributes(_object(data, kind) or {}, "values", depth + 1)
                return AnyValue(kvlist_value=KeyValueList(values=values))
            case _:
                pass
    return AnyValue()


def _kind(value: Json) -> str:
    return "null" if value is None else type(value).__name__


def _list(data: JsonObject, key: str) -> list[Json]:
    value = data.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Malformed(f"{key} is {_kind(value)}; a list is expected")
    return value


def _object(data: JsonObject, key: str) -> JsonObject | None:
    value = data.get(key)
    if value is None or isinstance(value, dict):
        return value
    raise Malformed(f"{key} is {_kind(value)}; an object is expected")


def _str(data: JsonObject, key: str) -> str:
    value = data.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Malformed(f"{key} is {_kind(value)}; a string is expected")
    return value


def _int(data: JsonObject, key: str) -> int:
    value = data.get(key)
    if value is None:
        return 0
    if isinstance(value, str):
        return _int_from_text(value, key)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int_or_none(value):
        raise Malformed(f"{key} is {_kind(value)}; an integer is expected")
    return int(value)


def int_or_none(value: float) -> int | None:
    """Returns the integer that a number equals, or None."""
    return int(value) if math.isfinite(value) and value == int(value) else None


def _int_from_text(value: str, key: str) -> int:
    # int() also takes underscores, spaces and other scripts' digits; 20 characters hold any int64.
    digits = value.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(value) <= 20):
        raise Malformed(f"{key} is {value[:40]!r}; an integer is expected")
    return int(value)


def _float(data: JsonObject, key: str) -> float:
    value = data.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Malformed(f"{key} is {_kind(value)}; a number is expected")
    try:
        return float(value)  # "NaN", "Infinity" and "-Infinity" are how JSON writes those
    except (ValueError, OverflowError):
        raise Malformed(f"{key} is {str(value)[:40]!r}; a number is expected") from None


def _bool(data: JsonObject, key: str) -> bool:
    value = data.get(key)
    if not isinstance(value, bool):
        raise Malformed(f"{key} is {_kind(value)}; true or false is expected")
    return value


def _id(data: JsonObject, key: str) -> bytes:
    try:
        return bytes.fromhex(_str(data, key))
    except ValueError:
        raise Malformed(f"{key} is not hexadecimal") from None


def _base64(data: JsonObject, key: str) -> bytes:
    try:
        return base64.b64decode(_str(data, key), validate=True)
    except (binascii.Error, ValueError):
        raise Malformed(f"{key} is not base64") from None
