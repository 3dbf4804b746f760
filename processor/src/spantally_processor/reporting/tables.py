"""Long tables into files, a slice at a time: CSV, JSON lines, Parquet. Decimals keep every digit."""

from __future__ import annotations

import contextlib
import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, TypeAlias

import orjson
from pyarrow import parquet  # pyright: ignore[reportMissingTypeStubs]

from spantally_processor.reporting.csv_rows import NewlineEnds
from spantally_processor.reporting.numbers import exact

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator


Table: TypeAlias = Any  # a pyarrow.Table: the package has no types


class Writer(Protocol):
    """Takes the slices of one table."""

    def write(self, table: Table) -> None:
        """Append a slice; all have the same columns."""
        ...


@contextlib.contextmanager
def text_over(target: BinaryIO) -> Generator[io.TextIOWrapper]:
    """UTF-8 text into a binary file, which stays open."""
    text = io.TextIOWrapper(target, encoding="utf-8", newline="")
    try:
        yield text
    finally:
        text.detach()  # flushes


class _Csv:
    def __init__(self, text: io.TextIOWrapper) -> None:
        self._writer = csv.writer(NewlineEnds(text))
        self._has_head = False

    def write(self, table: Table) -> None:
        if not self._has_head:
            self._writer.writerow(table.column_names)
            self._has_head = True
        self._writer.writerows([_text(value) for value in row.values()] for row in _rows(table))


class _JsonLines:
    def __init__(self, target: BinaryIO) -> None:
        self._target = target

    def write(self, table: Table) -> None:
        for row in _rows(table):
            for name in ("tags", "usage"):
                row[name] = orjson.loads(str(row[name]))
            self._target.write(orjson.dumps(row, default=_json, option=orjson.OPT_APPEND_NEWLINE))


class _Parquet:
    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._writer: Any = None

    def write(self, table: Table) -> None:
        if self._writer is None:
            self._writer = parquet.ParquetWriter(self._target, table.schema, compression="zstd")
        self._writer.write_table(table)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


@contextlib.contextmanager
def _csv(target: BinaryIO) -> Generator[Writer]:
    with text_over(target) as text:
        yield _Csv(text)


@contextlib.contextmanager
def _json_lines(target: BinaryIO) -> Generator[Writer]:
    yield _JsonLines(target)


@contextlib.contextmanager
def _parquet(target: BinaryIO) -> Generator[Writer]:
    with contextlib.closing(_Parquet(target)) as writer:
        yield writer


WRITERS: dict[str, Callable[[BinaryIO], contextlib.AbstractContextManager[Writer]]] = {
    "csv": _csv,
    "jsonl": _json_lines,
    "parquet": _parquet,
}
"""Form to what writes a table in it into a binary file."""


def _rows(table: Table) -> Iterator[dict[str, object]]:
    for batch in table.to_batches(max_chunksize=1_000):
        yield from batch.to_pylist()


def _text(value: object) -> object:
    """A value as CSV has it; nothing for what is unknown."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case Decimal():
            return exact(value)
        case datetime():
            return value.astimezone(UTC).isoformat()
        case _:
            return value


def _json(value: object) -> str | None:
    """What JSON has no type for: amounts as exact strings."""
    if isinstance(value, Decimal):
        return exact(value)
    raise TypeError(type(value).__name__)
