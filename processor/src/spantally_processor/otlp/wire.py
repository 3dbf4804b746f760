"""Serialised protobuf, field by field: where each is, and nothing copied or decoded."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from google.protobuf.message import DecodeError

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIXED = {1: 8, 5: 4}
"""Bytes of a value by its wire type."""


class Field(NamedTuple):
    """Where the contents of a field are."""

    number: int
    start: int
    end: int


def fields(data: bytes, at: int, end: int) -> Iterator[Field]:
    """Yields the fields of a message at `data[at:end]`; raises DecodeError, or IndexError past the data."""
    while at < end:
        tag, at = _varint(data, at)
        wire_type = tag & 7
        start = at
        if wire_type == 2:
            size, start = _varint(data, at)
            at = start + size
        elif wire_type == 0:
            _, at = _varint(data, at)
        elif wire_type in _FIXED:
            at += _FIXED[wire_type]
        else:
            raise DecodeError(f"a field has wire type {wire_type}")
        if at > end:
            raise DecodeError("it is truncated")
        yield Field(tag >> 3, start, at)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Returns the number at a place and the place after it."""
    byte = data[at]
    if byte < 128:  # nearly always
        return byte, at + 1
    number = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 128:
            return number, at
    raise DecodeError("a number has more than ten bytes")
