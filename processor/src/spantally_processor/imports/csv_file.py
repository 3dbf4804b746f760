"""A CSV file to rows, every fault at once, each with its line."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import sha256
from typing import TYPE_CHECKING

from spantally_processor.errors import ImportFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from spantally_processor.imports.columns import Kind, Row, Value

MOST_BYTES = 64 << 20
"""A larger file is to be split by period."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A file that is right."""

    kind: Kind
    digest: str
    """SHA-256 of its bytes, hex."""
    rows: tuple[Row, ...]


def read_csv(path: Path, kind: Kind) -> Imported:
    """Returns a file's rows; raises ImportFault with every fault."""
    try:
        data = path.read_bytes()
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ImportFault([f"{path} cannot be read as UTF-8 text: {error}"]) from None
    if len(data) > MOST_BYTES:
        raise ImportFault(
            [f"{path} has more than {MOST_BYTES >> 20} MiB; split it by {kind.period or 'source'}"]
        )
    reader = _Reader(kind)
    rows = reader.read(text)
    if reader.faults:
        faults = sorted(reader.faults)
        raise ImportFault([f"{path}:{line}: {fault}" for line, fault in faults])
    return Imported(kind, sha256(data).hexdigest(), tuple(row for _, row in rows))


class _Reader:
    """Reads lines; collects what is wrong with them."""

    def __init__(self, kind: Kind) -> None:
        self.faults: list[tuple[int, str]] = []
        self._kind = kind

    def read(self, text: str) -> Sequence[tuple[int, Row]]:
        lines = csv.reader(io.StringIO(text, newline=""), strict=True)
        rows: list[tuple[int, Row]] = []
        try:
            header = [name.strip() for name in next(lines, list[str]())]
            self._check(header)
            if self.faults:
                return rows
            for cells in lines:
                row = self._row(lines.line_num, header, cells) if cells else None
                if row is not None:
                    rows.append((lines.line_num, row))
        except csv.Error as error:
            self.faults.append((lines.line_num, f"this is no CSV: {error}"))
        if not rows and not self.faults:
            self.faults.append((1, "there is no row"))
        self.faults += self._repeated(rows)
        self.faults += self._kind.faults_between(rows)
        return rows

    def _check(self, header: Sequence[str]) -> None:
        known = [column.name for column in self._kind.columns]
        for name in dict.fromkeys(header):
            if name not in known:
                close = get_close_matches(name, known, n=1)
                hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
                self.faults.append((1, f"column {name!r} is unknown; {hint}"))
            elif header.count(name) > 1:
                self.faults.append((1, f"column {name} is there {header.count(name)} times"))
        missing = [
            column.name
            for column in self._kind.columns
            if column.needed and column.name not in header
        ]
        if missing:
            self.faults.append((1, f"the first line lacks {', '.join(missing)}"))

    def _row(self, line: int, header: Sequence[str], cells: Sequence[str]) -> Row | None:
        if len(cells) != len(header):
            text = f"has {len(cells)} cells; the first line has {len(header)}"
            self.faults.append((line, text))
            return None
        given = dict(zip(header, map(str.strip, cells), strict=True))
        row: dict[str, Value] = {}
        for column in self._kind.columns:
            value = given.get(column.name, "")
            try:
                row[column.name] = column.read(value)
            except ValueError as error:
                self.faults.append((line, f"{column.name} is {value!r}; expected {error}"))
        if len(row) < len(self._kind.columns):
            return None
        if fault := self._kind.fault_of(row):
            self.faults.append((line, fault))
        return row

    def _repeated(self, rows: Sequence[tuple[int, Row]]) -> Iterator[tuple[int, str]]:
        seen: dict[tuple[Value, ...], int] = {}
        for line, row in rows:
            first = seen.setdefault(tuple(row[name] for name in self._kind.key), line)
            if first != line:
                yield line, f"has the same {', '.join(self._kind.key)} as line {first}"
