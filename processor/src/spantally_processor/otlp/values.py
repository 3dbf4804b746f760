"""Attributes as plain Python values.

Key-value lists and arrays become tuples and nothing else looks inside them: what prices a call is
flat. A key that occurs twice keeps its last value, as protobuf maps do.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

Value: TypeAlias = "str | bool | int | float | bytes | tuple[Value, ...] | None"
Attributes: TypeAlias = "dict[str, Value]"

_PLAIN: dict[str | None, Callable[[AnyValue], Value]] = {
    kind: attrgetter(kind)
    for kind in ("string_value", "int_value", "double_value", "bool_value", "bytes_value")
}


def attributes_of(pairs: Iterable[KeyValue]) -> Attributes:
    """Returns the attributes by key."""
    attributes: Attributes = {}
    for pair in pairs:
        value = pair.value
        # Most are strings: asking for one is twice as fast as asking what it is.
        attributes[pair.key] = value.string_value or value_of(value)
    return attributes


def value_of(value: AnyValue) -> Value:
    """Returns an attribute's value; None when it is empty or of a kind that we do not know."""
    kind = value.WhichOneof("value")
    if kind in _PLAIN:
        return _PLAIN[kind](value)
    if kind == "array_value":
        return tuple(value_of(item) for item in value.array_value.values)
    if kind == "kvlist_value":
        return tuple((item.key, value_of(item.value)) for item in value.kvlist_value.values)
    return None
