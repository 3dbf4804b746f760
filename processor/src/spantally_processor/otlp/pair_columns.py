"""The same attribute of many spans, as serialised KeyValues, read at once: most of it in C.

Only the layout that every serialiser writes is read (`pairs.py`), and only what begins with the name that
is asked for. What is not the value that is wanted is False among `fits`; what is said of it beside that
means nothing.
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import numpy as np

from spantally_processor.otlp.pairs import DOUBLE, INT, STRING, prefix_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

T = TypeVar("T")

_NO_PAIR = b"\xff"
"""No KeyValue begins so."""

_LONGEST_TEXT = 126
_LONGEST_NUMBER = 10
"""Bytes, from which on they are left to the official classes: lengths then have two, numbers a sign."""

_PLACES = np.arange(_LONGEST_NUMBER - 1)


class Values(NamedTuple, Generic[T]):
    """Values, and which of them were read."""

    values: T
    fits: Sequence[bool]


class NameColumn:
    """An attribute whose value does not matter."""

    def __init__(self, name: str) -> None:
        self._prefix = prefix_of(name)

    def fits(self, pairs: Sequence[bytes]) -> Sequence[bool]:
        """Returns which of the pairs are of the name."""
        return list(map(bytes.startswith, pairs, repeat(self._prefix)))


class TextColumn:
    """An attribute whose value is a text of up to 125 bytes."""

    def __init__(self, name: str) -> None:
        prefix = prefix_of(name)
        self._at = len(prefix) + 3
        self._heads = {
            self._at + size: prefix + bytes((size + 2, STRING, size))
            for size in range(_LONGEST_TEXT)
        }

    def read(self, pairs: Sequence[bytes]) -> Values[list[str]]:
        """Returns the texts."""
        fits = _begin(pairs, self._heads)
        at = self._at
        if all(fits):
            return Values([pair[at:].decode() for pair in pairs], fits)
        return Values(
            [pair[at:].decode() if good else "" for pair, good in zip(pairs, fits, strict=True)],
            fits,
        )


class DoubleColumn:
    """An attribute whose value is a double."""

    def __init__(self, name: str) -> None:
        self._head = prefix_of(name) + bytes((9, DOUBLE))
        self._heads = {len(self._head) + 8: self._head}

    def read(self, pairs: Sequence[bytes]) -> Values[NDArray[np.float64]]:
        """Returns the numbers, which may be no numbers or infinite."""
        fits = _begin(pairs, self._heads)
        whole = _or_else(pairs, fits, self._head + bytes(8))
        data = np.frombuffer(b"".join(whole), np.uint8).reshape(len(pairs), -1)
        values = np.ascontiguousarray(data[:, len(self._head) :]).view("<f8")[:, 0]
        return Values(values, fits)


class CountColumn:
    """An attribute whose value is a whole number from 0 to `most`."""

    def __init__(self, name: str, *, most: int) -> None:
        self._most = most
        prefix = prefix_of(name)
        self._at = len(prefix) + 2
        self._heads = {
            self._at + size: prefix + bytes((size + 1, INT)) for size in range(1, _LONGEST_NUMBER)
        }
        self._none = prefix + bytes((2, INT, 0))

    def read(self, pairs: Sequence[bytes]) -> Values[NDArray[np.int64]]:
        """Returns the numbers."""
        begin = _begin(pairs, self._heads)
        pairs = _or_else(pairs, begin, self._none)
        ends = np.cumsum(np.fromiter(map(len, pairs), np.int64, len(pairs)))
        starts = np.concatenate(([0], ends[:-1])) + self._at
        sizes = ends - starts
        # One row a number: its bytes, seven bits each, the last without the eighth.
        places = _PLACES[: sizes.max()]
        data = np.frombuffer(b"".join(pairs) + bytes(_LONGEST_NUMBER), np.uint8)
        digits = data[starts[:, None] + places].astype(np.int64)
        has_next = places < sizes[:, None] - 1
        is_one = ((digits > 127) == has_next) | (places >= sizes[:, None])
        bits = np.where(places < sizes[:, None], digits & 0x7F, 0) << (7 * places)
        numbers = bits.sum(axis=1)
        fits = is_one.all(axis=1) & (numbers <= self._most) & np.array(begin)
        return Values(numbers, fits.tolist())


def _begin(pairs: Sequence[bytes], heads: Mapping[int, bytes]) -> list[bool]:
    """Returns which of the pairs begin as a pair of their length does."""
    return list(map(bytes.startswith, pairs, map(heads.get, map(len, pairs), repeat(_NO_PAIR))))


def _or_else(pairs: Sequence[bytes], good: Sequence[bool], other: bytes) -> Sequence[bytes]:
    """Returns the pairs, another in place of those that are not good."""
    if all(good):
        return pairs
    return [pair if each else other for pair, each in zip(pairs, good, strict=True)]
