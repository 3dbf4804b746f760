"""What many rows share, as its distinct items and one number a row."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Generic, TypeVar

from spantally_processor.sinks import native

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from spantally_processor.sinks.native import Column

T = TypeVar("T")
V = TypeVar("V")


class Coded(Generic[T]):
    """Objects of rows, told apart by identity."""

    def __init__(self, objects: Sequence[T]) -> None:
        keys = list(map(id, objects))
        by_key = dict(zip(keys, objects, strict=True))
        number = {key: place for place, key in enumerate(by_key)}
        self.items = list(by_key.values())
        """The distinct objects, in the order in which they come up."""
        self._numbers = list(map(number.__getitem__, keys))
        self._bytes = bytes(self._numbers) if len(self.items) <= 256 else None

    def each(self, of_item: Callable[[T], V]) -> list[V]:
        """Returns a value for each row, worked out once an item."""
        values = list(map(of_item, self.items))
        return list(map(values.__getitem__, self._numbers))

    def texts(self, of_item: Callable[[T], str]) -> Column:
        """A LowCardinality(String) column."""
        texts = list(map(of_item, self.items))
        number = {text: place for place, text in enumerate(dict.fromkeys(texts))}
        keys = [number[text] for text in texts]
        if self._bytes is not None:
            return native.low_cardinality(
                list(number), self._bytes.translate(bytes(keys).ljust(256, b"\0"))
            )
        return native.low_cardinality(list(number), [keys[place] for place in self._numbers])

    def flat(self, of_item: Callable[[T], Column]) -> Column:
        """The columns of all rows, one after the other."""
        columns = list(map(of_item, self.items))
        data = [column.data for column in columns]
        return columns[0]._replace(data=b"".join(list(map(data.__getitem__, self._numbers))))

    def text_lists(self, of_item: Callable[[T], Sequence[str]]) -> tuple[list[int], Column]:
        """Lists of texts, for an Array or a Map: how many each row has, and all of them."""
        texts = [tuple(of_item(item)) for item in self.items]
        distinct = dict.fromkeys(chain.from_iterable(texts))
        number = {text: place for place, text in enumerate(distinct)}
        keys = [[number[text] for text in each] for each in texts]
        if len(number) <= 256:
            short = list(map(bytes, keys))
            flat = b"".join(list(map(short.__getitem__, self._numbers)))
        else:
            flat = list(chain.from_iterable(map(keys.__getitem__, self._numbers)))
        return self.each(lambda item: len(of_item(item))), native.low_cardinality(
            list(number), flat
        )


def coded_texts(values: Iterable[str]) -> Column:
    """A LowCardinality(String) column of values that are not shared."""
    values = list(values)
    number = {text: place for place, text in enumerate(dict.fromkeys(values))}
    if len(number) == 1:
        return native.low_cardinality(list(number), bytes(len(values)))
    return native.low_cardinality(list(number), list(map(number.__getitem__, values)))
