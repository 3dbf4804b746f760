"""How many bytes a column takes in the Native format, without reading its values.

As ClickHouse writes it (src/DataTypes/Serializations, read in November 2026): first the prefixes of a
type's parts, then the data. Types whose data cannot be measured from outside are not known here.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

_SIZES = {
    "Bool": 1, "Int8": 1, "UInt8": 1, "Enum8": 1, "Nothing": 1,
    "Int16": 2, "UInt16": 2, "Enum16": 2, "Date": 2, "BFloat16": 2,
    "Int32": 4, "UInt32": 4, "Float32": 4, "Date32": 4, "DateTime": 4, "Time": 4, "IPv4": 4,
    "Int64": 8, "UInt64": 8, "Float64": 8, "DateTime64": 8, "Time64": 8,
    "Int128": 16, "UInt128": 16, "UUID": 16, "IPv6": 16,
    "Int256": 32, "UInt256": 32,
}  # fmt: skip
_DECIMALS = ((9, 4), (18, 8), (38, 16), (76, 32))
"""Most digits, and bytes of that many."""
_TYPE = re.compile(r"(\w+)(?:\((.*)\))?", re.DOTALL)
_PIECE = re.compile(r"'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|.", re.DOTALL)
_NAMED = re.compile(r"(?:\w+|`(?:[^`\\]|\\.)*`) (.+)", re.DOTALL)
_U64 = struct.Struct("<Q")


class UnknownLayout(ValueError):
    """A type whose bytes cannot be measured here."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A type as far as its bytes go."""

    kind: str
    """`fixed`, `String`, `Nullable`, `LowCardinality`, `Array` or `Tuple`."""
    size: int = 0
    """Bytes of a value of fixed size."""
    parts: tuple[Layout, ...] = ()

    def end(self, body: bytes, at: int, rows: int) -> int:
        """Where a column that begins at `at` ends."""
        return self._after_data(body, at + self._prefix_bytes(), rows)

    def _prefix_bytes(self) -> int:
        own = 8 if self.kind == "LowCardinality" else 0
        return own + sum(part._prefix_bytes() for part in self.parts)

    def _after_data(self, body: bytes, at: int, rows: int) -> int:
        if self.kind == "fixed":
            return at + self.size * rows
        if self.kind == "String":
            return _after_strings(body, at, rows)
        if self.kind == "LowCardinality":
            return self._after_dictionary(body, at) if rows else at
        if self.kind == "Nullable":
            at += rows
        elif self.kind == "Array":
            at += 8 * rows
            rows = _U64.unpack_from(body, at - 8)[0] if rows else 0
        for part in self.parts:
            at = part._after_data(body, at, rows)
        return at

    def _after_dictionary(self, body: bytes, at: int) -> int:
        flags, keys = _U64.unpack_from(body, at)[0], _U64.unpack_from(body, at + 8)[0]
        (inner,) = self.parts
        if inner.kind == "Nullable":  # the first key stands for null
            (inner,) = inner.parts
        at = inner._after_data(body, at + 16, keys)
        indexes = _U64.unpack_from(body, at)[0]
        return at + 8 + indexes * (1 << (flags & 0xFF))


def layout_of(name: str) -> Layout:
    """The layout of a type by its name; raises UnknownLayout."""
    found = _TYPE.fullmatch(name.strip())
    kind, inside = (found[1], found[2] or "") if found else (name, "")
    if kind in _SIZES or kind.startswith("Interval"):
        return Layout("fixed", _SIZES.get(kind, 8))
    if kind == "String":
        return Layout("String")
    match kind:
        case "FixedString" | "Decimal":
            number = int(inside.partition(",")[0])
            decimal = next((size for most, size in _DECIMALS if number <= most), 0)
            return Layout("fixed", decimal if kind == "Decimal" else number)
        case "Nullable" | "LowCardinality" | "Array":
            return Layout(kind, parts=(layout_of(inside),))
        case "SimpleAggregateFunction":
            return layout_of(_split(inside)[1])
        case "Tuple" | "Map" | "Nested":
            parts = tuple(layout_of(_unnamed(each)) for each in _split(inside))
            return Layout("Tuple" if kind == "Tuple" else "Array", parts=parts)
        case _:
            raise UnknownLayout(name)


def varint(body: bytes, at: int) -> tuple[int, int]:
    """A number of variable length, and where it ends."""
    value = shift = 0
    while True:
        byte = body[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _after_strings(body: bytes, at: int, rows: int) -> int:
    for _ in range(rows):
        length = body[at]
        if length < 0x80:
            at += 1 + length
        else:
            length, at = varint(body, at)
            at += length
    return at


def _split(arguments: str) -> list[str]:
    """Arguments of a type, at the commas that are in no parentheses and no quotes."""
    parts, depth = [""], 0
    for piece in _PIECE.findall(arguments):
        depth += (piece == "(") - (piece == ")")
        if piece == "," and not depth:
            parts.append("")
        else:
            parts[-1] += piece
    return [part.strip() for part in parts]


def _unnamed(element: str) -> str:
    """The type of a tuple's element, which may have a name before it."""
    named = _NAMED.fullmatch(element)
    return named[1] if named else element
