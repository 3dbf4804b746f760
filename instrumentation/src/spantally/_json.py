"""Reading JSON that others wrote: a value of the wrong type is an absent value, never an error."""

from __future__ import annotations

import json
from typing import Any, TypeAlias, cast

JsonObject: TypeAlias = dict[str, Any]


def parse_object(text: bytes | str) -> JsonObject | None:
    """The JSON object in `text`, or None when it is something else or nothing at all."""
    try:
        # Told what it is, json need not find out how the bytes are encoded.
        value = json.loads(text if isinstance(text, str) else text.decode())
    except ValueError:
        value = _parse_oddly_encoded(text)
    return cast("JsonObject", value) if isinstance(value, dict) else None


def _parse_oddly_encoded(text: bytes | str) -> object:
    """UTF-16, UTF-32, a byte order mark, half a character: what `json` makes of bytes by itself."""
    try:
        return json.loads(text) if isinstance(text, bytes) else None
    except ValueError:
        return None


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
    if type(value) is int:  # not bool, which is a kind of int
        return value if value >= 0 else None
    if isinstance(value, float) and value.is_integer() and value >= 0:
        return int(value)
    return None
