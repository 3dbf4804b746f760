"""CSV whose rows every reader finds the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO


class NewlineEnds:
    """What a `csv.writer` writes its rows to; each ends with a newline.

    To readers a carriage return that is not in quotes ends a row as well. Until Python 3.11.8 and 3.12.2 the
    writer quotes one only where its own rows end with it (https://github.com/python/cpython/pull/115741, read
    2026-11-28). By default they do, and here that end becomes the newline.
    """

    def __init__(self, text: TextIO) -> None:
        self._text = text

    def write(self, row: str) -> int:
        """Write a row, which the writer hands over whole."""
        return self._text.write(row.removesuffix("\r\n") + "\n")
