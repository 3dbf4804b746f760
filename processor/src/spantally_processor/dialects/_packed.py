"""Values inside a string attribute: JSON objects, and the Python literals that LangSmith and LiteLLM write.

Nothing is evaluated. From a literal only `'name': 12` pairs are taken, at whatever depth they are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spantally_processor.errors import Malformed
from spantally_processor.otlp.json_mapper import parse_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally_processor.otlp.json_mapper import Json, JsonObject

_PAIR = re.compile(r"""['"](\w{1,64})['"]\s*:\s*(\d{1,20})(?=\s*[,}])""")

_LEADING_ID = re.compile(r"""\{\s*"id"\s*:\s*"([^"\\]{1,128})\"""")

_MOST = 1 << 16
"""Characters that are looked at; a usage object has a thousand."""


def json_object(packed: str) -> JsonObject:
    """Returns the object, an empty one when it is no JSON object."""
    try:
        return parse_json(packed.encode()) if packed else {}
    except (Malformed, UnicodeEncodeError):
        return {}


def inside(found: JsonObject, *path: str) -> JsonObject:
    """Returns the object at a path, an empty one when there is none."""
    for name in path:
        value = found.get(name)
        if not isinstance(value, dict):
            return {}
        found = value
    return found


def json_text(packed: str) -> str:
    """Returns what a JSON string says; what is no JSON string is taken as it is."""
    quoted = len(packed) > 1 and packed[0] == packed[-1] == '"'
    value = json_object(f'{{"value": {packed}}}').get("value") if quoted else packed
    return value if isinstance(value, str) else packed


def plain(value: Json) -> int | float | str | None:
    """Returns a JSON value that may be a count."""
    return value if isinstance(value, int | float | str) else None


def numbers(packed: str) -> Mapping[str, int]:
    """Returns the whole numbers of a JSON object or a Python literal by name; of two, the first."""
    found: dict[str, int] = {}
    for name, digits in _PAIR.findall(packed[:_MOST]):
        found.setdefault(name, int(digits))
    return found


def leading_id(packed: str) -> str:
    """Returns the id that a response in JSON begins with, "" when it begins otherwise."""
    match = _LEADING_ID.match(packed, 0, 256)
    return match[1] if match else ""
