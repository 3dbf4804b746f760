"""How many things a trace request has, before it is decoded.

Two bytes are an empty span, or an empty attribute, and become up to 170 bytes of memory. A body so small
that it cannot hold too many is not looked at. In a larger one, what is inside of what is found by its
length; nothing is copied, and looking ends at the limit. A span of ordinary size is left to the parser, with a
schema that knows nothing but what can have items: what then is left of it tells how many there may be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.protobuf.message import DecodeError

from spantally_processor.errors import Malformed, TooLarge
from spantally_processor.otlp.own_schema import message_class
from spantally_processor.otlp.wire import fields

if TYPE_CHECKING:
    from collections.abc import Mapping

_LEAST_BYTES = 2
"""Tag and length of an empty message."""

_ORDINARY = 1 << 16
"""Bytes of a span that the parser may see at once."""

_PLAIN = 4
"""Bytes that an attribute without values in its value, or an event with one attribute, is left with."""

_MANY = 128
"""More items than this in the values of one span are counted exactly; up to it, by their bytes."""

_MAX_DEPTH = 100
"""Where the parser stops, too."""

_PARTS: Mapping[str, Mapping[int, tuple[str, int]]] = {
    # Message: its messages by field number, as in opentelemetry-proto, and whether each is an item.
    "Request": {1: ("ResourceSpans", 1)},
    "ResourceSpans": {1: ("Resource", 0), 2: ("ScopeSpans", 1)},
    "Resource": {1: ("KeyValue", 1)},
    "ScopeSpans": {1: ("Scope", 0), 2: ("Span", 1)},
    "Scope": {3: ("KeyValue", 1)},
    "Span": {9: ("KeyValue", 1), 11: ("Event", 1), 13: ("Link", 1)},
    "Event": {3: ("KeyValue", 1)},
    "Link": {4: ("KeyValue", 1)},
    "KeyValue": {2: ("Value", 0)},
    "Value": {5: ("Array", 0), 6: ("Pairs", 0)},
    "Array": {1: ("Value", 1)},
    "Pairs": {1: ("KeyValue", 1)},
}

_ARRAY, _PAIRS = b"\x2a", b"\x32"
"""How a value that has values begins: an attribute without either byte has none."""


def check_items(body: bytes, limit: int) -> None:
    """Raises TooLarge when a protobuf body has more than `limit` items, Malformed when it is none."""
    if len(body) <= limit * _LEAST_BYTES:
        return
    try:
        _Outline(limit).look_into("Request", body)
    except (DecodeError, IndexError) as error:
        raise Malformed(f"the body is not an OTLP trace request: {error}") from None


class _Outline:
    """Counts the items of a body, and the steps that it takes, down from what is allowed."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._items = limit
        self._steps = 4 * limit

    def look_into(self, kind: str, data: bytes) -> None:
        """Counts what is inside of a message, level by level without recursion; raises TooLarge."""
        levels = [(kind, fields(data, 0, len(data)))]
        while levels:
            if len(levels) > _MAX_DEPTH:
                raise DecodeError("its values are nested too deeply")
            kind, found = levels[-1]
            field = next(found, None)
            if field is None:
                levels.pop()
                continue
            name, is_item = _PARTS[kind].get(field.number, ("", 0))
            self._take(is_item, steps=1)
            if not name or field.start == field.end:
                continue
            if name == "Span" and field.end - field.start < _ORDINARY:
                self._span(data[field.start : field.end])
            elif name != "KeyValue" or _may_nest(data, field.start, field.end):
                levels.append((name, fields(data, field.start, field.end)))

    def _span(self, data: bytes) -> None:
        span = _SPAN.FromString(data)
        span.DiscardUnknownFields()
        direct = len(span.attributes) + len(span.events) + len(span.links)
        inside = max(0, span.ByteSize() - _PLAIN * direct) // _LEAST_BYTES
        if inside > _MANY:
            self.look_into("Span", data)
        else:
            self._take(direct + inside)

    def _take(self, items: int, *, steps: int = 0) -> None:
        self._items -= items
        self._steps -= steps
        if self._items < 0 or self._steps < 0:
            raise TooLarge(
                f"the body has more than {self._limit} spans, attributes, values, events and links"
            )


def _may_nest(data: bytes, at: int, end: int) -> bool:
    return data.find(_ARRAY, at, end) >= 0 or data.find(_PAIRS, at, end) >= 0


_SPAN: Any = message_class(
    "spantally.outline",
    {
        "Value": [("array", "bytes[]", 5), ("pairs", "bytes[]", 6)],
        "KeyValue": [("value", "Value[]", 2)],
        "Event": [("attributes", "KeyValue[]", 3)],
        "Link": [("attributes", "KeyValue[]", 4)],
        "Span": [
            ("attributes", "KeyValue[]", 9),
            ("events", "Event[]", 11),
            ("links", "Link[]", 13),
        ],
    },
)
"""A span in which only values that have values are left with bytes of their own."""
