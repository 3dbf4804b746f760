"""Bodies that are small on the wire and large in memory, by what they are full of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_RESOURCE_SPANS, _SCOPE_SPANS, _SPAN = 0x0A, 0x12, 0x12
_ATTRIBUTE, _VALUE, _ARRAY, _PAIRS = 0x4A, 0x12, 0x2A, 0x32
_IN_SPAN = (_RESOURCE_SPANS, _SCOPE_SPANS, _SPAN)

PROTOBUF_BOMBS: Mapping[str, tuple[Sequence[int], int]] = {
    # Tags from the request down, then the tag of the empty messages.
    "resources": ((), _RESOURCE_SPANS),
    "scopes": ((_RESOURCE_SPANS,), _SCOPE_SPANS),
    "spans": ((_RESOURCE_SPANS, _SCOPE_SPANS), _SPAN),
    "attributes": (_IN_SPAN, _ATTRIBUTE),
    "events": (_IN_SPAN, 0x5A),
    "links": (_IN_SPAN, 0x6A),
    "attributes of events": ((*_IN_SPAN, 0x5A), 0x1A),
    "attributes of links": ((*_IN_SPAN, 0x6A), 0x22),
    "attributes of resources": ((_RESOURCE_SPANS, 0x0A), 0x0A),
    "attributes of scopes": ((_RESOURCE_SPANS, _SCOPE_SPANS, 0x0A), 0x1A),
    "values in a list": ((*_IN_SPAN, _ATTRIBUTE, _VALUE, _ARRAY), 0x0A),
    "pairs in a list": ((*_IN_SPAN, _ATTRIBUTE, _VALUE, _PAIRS), 0x0A),
    "lists in lists": ((*_IN_SPAN, *(_ATTRIBUTE, _VALUE), *(_ARRAY, 0x0A) * 10, _ARRAY), 0x0A),
}

JSON_BOMBS: Mapping[str, tuple[bytes, bytes]] = {
    # What is around, and what is repeated.
    "resources": (b'{"resourceSpans":[%s]}', b"{}"),
    "spans": (b'{"resourceSpans":[{"scopeSpans":[{"spans":[%s]}]}]}', b"{}"),
    "attributes": (
        b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[%s]}]}]}]}',
        b"{}",
    ),
    "lists": (b'{"x":[%s]}', b"[]"),
    "objects": (b'{"x":[%s]}', b'{"a":0}'),
    "numbers": (b'{"x":[%s]}', b"1.5"),
    "texts": (b'{"x":[%s]}', b'""'),
    "brackets": (b'{"x":[%s]}', b'["{[,"]'),
}


def a_bomb(kind: str, size: int) -> bytes:
    """A protobuf body of empty messages, two bytes each."""
    tags, tag = PROTOBUF_BOMBS[kind]
    body = bytes((tag, 0)) * (size // 2)
    for each in reversed(tags):
        body = wrapped(each, body)
    return body


def many_lists(size: int) -> bytes:
    """Ordinary spans, each with one attribute that is a list of 400 empty values."""
    span = bytes((0x0A, 0)) * 400
    for tag in (_ARRAY, _VALUE, _ATTRIBUTE, _SPAN):
        span = wrapped(tag, span)
    return wrapped(_RESOURCE_SPANS, wrapped(_SCOPE_SPANS, span * (size // len(span))))


def a_json_bomb(kind: str, size: int) -> bytes:
    """A body of JSON of the smallest things that there are."""
    around, thing = JSON_BOMBS[kind]
    return around % b",".join([thing] * (size // (len(thing) + 1)))


def wrapped(tag: int, data: bytes) -> bytes:
    """A field with a message."""
    size, rest = bytearray(), len(data)
    while rest > 0x7F:
        size.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes((tag,)) + bytes(size) + bytes((rest,)) + data
