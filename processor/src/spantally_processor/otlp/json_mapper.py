"""OTLP/JSON to the official message.

`json_format` needs 330 us a span and reads ids as base64, where OTLP/JSON writes them as hex; so
orjson parses and this module maps, into one message from the start: a message of its own for each part
takes five times the memory. The rules (opentelemetry-proto, docs/specification.md, "JSON
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

from spantally_processor.errors import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
    from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

    Pairs = RepeatedCompositeFieldContainer[KeyValue]

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
    message = ExportTraceServiceRequest()
    try:
        for item in objects(data, "resourceSpans"):
            _resource_spans(message.resource_spans.add(), item)
    except (TypeError, ValueError) as error:  # a number out of its field's range
        raise Malformed(f"the body is not OTLP/JSON: {error}") from None
    return message


def objects(data: JsonObject, key: str) -> Iterator[JsonObject]:
    """Yields the objects of the list at `key`; an absent list is empty."""
    for item in _list(data, key):
        if not isinstance(item, dict):
            raise Malformed(f"{key} holds {_kind(item)} where an object is expected")
        yield item


def _resource_spans(into: ResourceSpans, data: JsonObject) -> None:
    if (resource := _object(data, "resource")) is not None:
        into.resource.SetInParent()
        _attributes(into.resource.attributes, resource)
        into.resource.dropped_attributes_count = _int(resource, "droppedAttributesCount")
    for item in objects(data, "scopeSpans"):
        _scope_spans(into.scope_spans.add(), item)
    into.schema_url = _str(data, "schemaUrl")


def _scope_spans(into: ScopeSpans, data: JsonObject) -> None:
    if (scope := _object(data, "scope")) is not None:
        into.scope.SetInParent()
        into.scope.name = _str(scope, "name")
        into.scope.version = _str(scope, "version")
        _attributes(into.scope.attributes, scope)
        into.scope.dropped_attributes_count = _int(scope, "droppedAttributesCount")
    for item in objects(data, "spans"):
        _span(into.spans.add(), item)
    into.schema_url = _str(data, "schemaUrl")


def _span(into: Span, data: JsonObject) -> None:
    into.trace_id = _id(data, "traceId")
    into.span_id = _id(data, "spanId")
    into.trace_state = _str(data, "traceState")
    into.parent_span_id = _id(data, "parentSpanId")
    into.flags = _int(data, "flags")
    into.name = _str(data, "name")
    into.kind = cast("Span.SpanKind.ValueType", _int(data, "kind"))
    into.start_time_unix_nano = _int(data, "startTimeUnixNano")
    into.end_time_unix_nano = _int(data, "endTimeUnixNano")
    _attributes(into.attributes, data)
    into.dropped_attributes_count = _int(data, "droppedAttributesCount")
    for item in objects(data, "events"):
        _event(into.events.add(), item)
    into.dropped_events_count = _int(data, "droppedEventsCount")
    for item in objects(data, "links"):
        _link(into.links.add(), item)
    into.dropped_links_count = _int(data, "droppedLinksCount")
    if (status := _object(data, "status")) is not None:
        into.status.SetInParent()
        into.status.message = _str(status, "message")
        into.status.code = cast("Status.StatusCode.ValueType", _int(status, "code"))


def _event(into: Span.Event, data: JsonObject) -> None:
    into.time_unix_nano = _int(data, "timeUnixNano")
    into.name = _str(data, "name")
    _attributes(into.attributes, data)
    into.dropped_attributes_count = _int(data, "droppedAttributesCount")


def _link(into: Span.Link, data: JsonObject) -> None:
    into.trace_id = _id(data, "traceId")
    into.span_id = _id(data, "spanId")
    into.trace_state = _str(data, "traceState")
    _attributes(into.attributes, data)
    into.dropped_attributes_count = _int(data, "droppedAttributesCount")
    into.flags = _int(data, "flags")


def _attributes(into: Pairs, data: JsonObject, key: str = "attributes", depth: int = 0) -> None:
    for item in objects(data, key):
        pair = into.add()
        pair.key = _str(item, "key")
        if (value := _object(item, "value")) is not None:
            pair.value.SetInParent()
            _any_value(pair.value, value, depth)


def _any_value(into: AnyValue, data: JsonObject, depth: int) -> None:  # noqa: C901 - a case a kind
    if depth >= MAX_DEPTH:
        raise Malformed(f"an attribute value is nested deeper than {MAX_DEPTH}")
    for kind, value in data.items():
        if value is None:
            continue
        match kind:
            case "stringValue":
                into.string_value = _str(data, kind)
            case "intValue":
                into.int_value = _int(data, kind)
            case "doubleValue":
                into.double_value = _float(data, kind)
            case "boolValue":
                into.bool_value = _bool(data, kind)
            case "bytesValue":
                into.bytes_value = _base64(data, kind)
            case "arrayValue":
                into.array_value.SetInParent()
                for item in objects(_object(data, kind) or {}, "values"):
                    _any_value(into.array_value.values.add(), item, depth + 1)
            case "kvlistValue":
                into.kvlist_value.SetInParent()
                pairs = _object(data, kind) or {}
                _attributes(into.kvlist_value.values, pairs, "values", depth + 1)
            case _:
                continue
        return  # the first that is there


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
