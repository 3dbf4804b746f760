"""Reading JSON that others wrote: a value of the wrong type is an absent value, never an error."""

from __future__ import annotations

import json
from typing import Any, TypeAlias, cast

JsonObject: TypeAlias = dict[str, Any]


def parse_object(text: bytes | str) -> JsonObject | None:
    """The JSON object in `text`, or None when it is something else or nothing at all."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return cast("JsonObject", value) if isinstance(value, dict) else None


def child(parent: JsonObject | None, key: str) -> JsonObject:
    """The object under `key`; empty when there is none."""
    value = parent.get(key) if parent else None
    return cast("JsonObject", value) if isinstance(value, dict) else {}


def items(parent: JsonObject | None, key: str) -> list[Any]:
    """The list under `key`, whatever is in it; empty when there is none."""
    value: Any = parent.get(key) if parent else None
    return cast("list[Any]", value) if isinstance(value, list) else []


def children(parent: JsonObject | None, key: str) -> list[JsonObject]:
    """The objects in the list under `key`; empty when there is no list."""
    return [cast("JsonObject", item) for item in items(parent, key) if isinstance(item, dict)]


def text(parent: JsonObject | None, key: str) -> str | None:
    """The string under `key`; None when absent, empty or not a string."""
    value = parent.get(key) if parent else None
    return value if isinstance(value, str) and value else None


def count(parent: JsonObject | None, key: str) -> int | None:
    """The count under `key`; None when absent or not a whole number of at least 0."""
    value = parent.get(key) if parent else None
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    return None
