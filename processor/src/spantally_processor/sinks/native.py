"""Columns in ClickHouse's Native format, built from what they are made of.

The driver takes 35 us a row to look at every value of every column; most of ours repeat, so a column of
low cardinality is written from its few distinct items and one number a row. The layout is ClickHouse's
(docs: interfaces/formats/Native; SerializationLowCardinality), version prefixes before all data.
"""

from __future__ import annotations

import sys
from array import array
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

T = TypeVar("T")

_CODES = {
    "UInt8": "B",
    "UInt16": "H",
    "UInt32": "I",
    "UInt64": "Q",
    "Bool": "B",
    "Float32": "f",
    "Date": "H",
    "DateTime64(6, 'UTC')": "q",
}

_LOW_CARDINALITY_VERSION = (1).to_bytes(8, "little")
_OWN_DICTIONARY = 3 << 9
"""Flags of a block of keys that brings its own dictionary."""

_LENGTHS = [bytes((size,)) for size in range(128)]


class Column(NamedTuple):
    """A column's type, what goes before all data, and the data."""

    type: str
    prefix: bytes
    data: bytes


def block(columns: Mapping[str, Column], rows: int) -> bytes:
    """Returns a block of so many rows."""
    parts = [_varint(len(columns)), _varint(rows)]
    for name, column in columns.items():
        parts += [_string(name), _string(column.type), column.prefix, column.data]
    return b"".join(parts)


def numbers(type_: str, values: Iterable[int | float]) -> Column:
    """A column of whole numbers, Booleans, days since 1970 or times in microseconds."""
    return Column(type_, b"", _packed(_CODES[type_], values))


def nullable_numbers(type_: str, values: Sequence[int | float | None]) -> Column:
    """The same with nulls."""
    nulls, filled = _nulls(values)
    return Column(f"Nullable({type_})", b"", nulls + _packed(_CODES[type_], filled))


def decimals(type_: str, values: Sequence[int]) -> Column:
    """A Decimal(38, …) column of numbers in whole last places."""
    return Column(type_, b"", _wide(values))


def nullable_decimals(type_: str, values: Sequence[int | None]) -> Column:
    """The same with nulls."""
    nulls, filled = _nulls(values)
    return Column(f"Nullable({type_})", b"", nulls + _wide(filled))


def without_nulls(column: Column, rows: int) -> Column:
    """The same values in a column that might have nulls."""
    return Column(f"Nullable({column.type})", column.prefix, bytes(rows) + column.data)


def strings(values: Iterable[str]) -> Column:
    """A String column."""
    texts = list(map(str.encode, values))
    sizes = list(map(len, texts))
    if max(sizes, default=0) >= 128:
        return Column("String", b"", b"".join([_varint(len(text)) + text for text in texts]))
    parts = [b""] * (2 * len(texts))
    parts[::2] = map(_LENGTHS.__getitem__, sizes)
    parts[1::2] = texts
    return Column("String", b"", b"".join(parts))


def hex_strings(ids: Sequence[bytes]) -> Column:
    """A String column of ids in hexadecimal digits."""
    size = len(ids[0]) if ids else 0
    if not 0 < size < 64 or any(len(each) != size for each in ids):
        return strings([each.hex() for each in ids])
    # The length goes before each string: as a separator it is written by the conversion itself.
    length = chr(2 * size)
    digits = b"".join(ids).hex(length, size)
    return Column("String", b"", f"{length}{digits}".encode())


def low_cardinality(items: Sequence[str], keys: Sequence[int] | bytes) -> Column:
    """A LowCardinality(String) column: distinct items, and which of them each row has."""
    prefix = _LOW_CARDINALITY_VERSION
    if not keys:
        return Column("LowCardinality(String)", prefix, b"")
    width, code = next((w, c) for w, (c, most) in enumerate(_KEYS) if len(items) <= most)
    head = array("Q", (_OWN_DICTIONARY | width, len(items)))
    data = b"".join([_string(item) for item in items])
    packed = bytes(keys) if width == 0 else _packed(code, keys)
    parts = (_little(head), data, _packed("Q", (len(keys),)), packed)
    return Column("LowCardinality(String)", prefix, b"".join(parts))


def arrays(lengths: Iterable[int], flat: Column) -> Column:
    """An Array column: how many elements each row has, and all of them."""
    return Column(f"Array({flat.type})", flat.prefix, _offsets(lengths) + flat.data)


def maps(lengths: Iterable[int], keys: Column, values: Column) -> Column:
    """A Map column: how many entries each row has, and all of them."""
    return Column(
        f"Map({keys.type}, {values.type})",
        keys.prefix + values.prefix,
        _offsets(lengths) + keys.data + values.data,
    )


_KEYS = (("B", 1 << 8), ("H", 1 << 16), ("I", 1 << 32))


def _offsets(lengths: Iterable[int]) -> bytes:
    return _packed("Q", accumulate(lengths))


def _nulls(values: Sequence[T | None]) -> tuple[bytes, Sequence[T | int]]:
    """Returns which values are null, and the values with 0 in place of those."""
    if None not in values:
        return bytes(len(values)), cast("Sequence[T]", values)
    filled = [0 if value is None else value for value in values]
    return bytes([value is None for value in values]), filled


def _wide(values: Sequence[int]) -> bytes:
    """128-bit numbers; the usual ones fit into their lower half."""
    try:
        lower = array("Q", values)
    except OverflowError:
        return b"".join([value.to_bytes(16, "little", signed=True) for value in values])
    words = array("Q", bytes(16 * len(values)))
    words[::2] = lower
    return _little(words)


def _packed(code: str, values: Iterable[int | float]) -> bytes:
    return _little(array(code, values))


def _little(numbers: array[int] | array[float]) -> bytes:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def _string(text: str) -> bytes:
    data = text.encode()
    size = len(data)
    return (_LENGTHS[size] if size < 128 else _varint(size)) + data


def _varint(number: int) -> bytes:
    out = bytearray()
    while number >= 128:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
