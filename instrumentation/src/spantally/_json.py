"""Reading JSON that others wrote: a value of the wrong type is an absent value, never an error."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, cast

try:
    import jiter
except ImportError:
    jiter = None

if TYPE_CHECKING:
    from collections.abc import Callable

JsonObject: TypeAlias = dict[str, Any]


_DIGITS = re.compile(r"[0-9]{1,18}")
"""A count as text: in the fields of a form, and where JSON stands for a protobuf's 64-bit number."""

_decode = json.JSONDecoder().raw_decode
"""The parser without what `json.loads` does around it, which takes as long as a short document."""


def parse_with_json(document: bytes) -> Any:
    """What a document says.

    Raises:
        ValueError: It is no JSON, or not UTF-8.
    """
    decoded = document.decode()
    value, end = _decode(decoded)
    if end < len(decoded):
        raise ValueError("something follows")
    return value


parse: Callable[[bytes], Any] = (
    partial(jiter.from_json, cache_mode="none") if jiter else parse_with_json
)
"""The same in a third of the time by jiter (0.19), which the SDKs of OpenAI and Anthropic bring."""


def parse_object(text: bytes | str) -> JsonObject | None:
    """The JSON object in `text`, or None when it is something else or nothing at all."""
    try:
        value = parse(text.encode() if isinstance(text, str) else bytes(text))
    except ValueError:
        return _parse_odd(text)
    return cast("JsonObject", value) if isinstance(value, dict) else None


def _parse_odd(text: bytes | str) -> JsonObject | None:
    """Space around it, UTF-16, UTF-32, a byte order mark, half a character: what `json` itself makes of it."""
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
    return None if value is None else whole_number(value)


def whole_number(value: Any) -> int | None:
    """A count, 64-bit ones as text, too; None when it is not a whole number of at least 0."""
    if type(value) is int:  # not bool, which is a kind of int
        return value if value >= 0 else None
    if isinstance(value, float) and value.is_integer() and value >= 0:
        return int(value)
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value)
    return None
