"""Attributes as plain Python values.

Key-value lists and arrays become tuples and nothing else looks inside them: what prices a call is
flat. A key that occurs twice keeps its last value, as protobuf maps do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

Value: TypeAlias = "str | bool | int | float | bytes | tuple[Value, ...] | None"
Attributes: TypeAlias = "dict[str, Value]"


def attributes_of(pairs: Iterable[KeyValue]) -> Attributes:
    """Returns the attributes by key."""
    return {pair.key: value_of(pair.value) for pair in pairs}


def value_of(value: AnyValue) -> Value:
    """Returns an attribute's value; None when it is empty or of a kind that we do not know."""
    kind = value.WhichOneof("value")
    match kind:
        case None:
            return None
        case "array_value":
            return tuple(value_of(item) for item in value.array_value.values)
        case "kvlist_value":
            return tuple((item.key, value_of(item.value)) for item in value.kvlist_value.values)
        case "string_value" | "int_value" | "double_value" | "bool_value" | "bytes_value":
            return cast("Value", getattr(value, kind))
        case _:
            return None
