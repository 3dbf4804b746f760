"""Reading a TOML table field by field, noting every fault with its file and line.

Reading goes on after a fault, so that one load names them all; what a faulty field yields is a
harmless stand-in, because a file with a fault is never used. tomllib tells no positions, so they are
found by scanning the text for headers and keys.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, cast

from .errors import Fault

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

Path = tuple[str | int, ...]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_HEADER = re.compile(r"\s*(\[\[?)\s*([\w.-]+)\s*\]")
_KEY = re.compile(r"\s*([\w-]+)\s*=")


def lines_of(text: str) -> dict[Path, int]:
    """The line of every table header and key in a TOML text."""
    lines: dict[Path, int] = {}
    count: dict[Path, int] = {}
    here: Path = ()
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header:
            *parents, last = header[2].split(".")
            here = ()
            for part in parents:
                here = (*here, part)
                here = (*here, count[here]) if here in count else here
            here = (*here, last)
            if header[1] == "[[":
                count[here] = count.get(here, -1) + 1
                here = (*here, count[here])
            lines[here] = number
        elif key := _KEY.match(line):
            lines[(*here, key[1])] = number
    return lines


class Source:
    """A file's name, the line of each of its keys, and the faults found in it."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.faults: list[Fault] = []
        self.usd = Decimal(1)
        """What one unit of the currency of the file's rates is worth; a rate's bounds are in USD."""
        self._lines = lines_of(text)

    def fault(self, path: Path, message: str) -> None:
        """Note a fault at `path`, or at the nearest thing above it that has a line."""
        while path and path not in self._lines:
            path = path[:-1]
        fault = Fault(self.file, self._lines.get(path, 0), message)
        if fault not in self.faults:
            self.faults.append(fault)


class Node:
    """A TOML table at its place in a file."""

    def __init__(
        self, source: Source, path: Path, table: Mapping[str, object], about: str = ""
    ) -> None:
        self.source = source
        self.about = about
        """What faults are prefixed with: `model gpt-5`."""
        self._path = path
        self._table = table

    def __contains__(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self._table

    def keys(self) -> Collection[str]:
        """The keys that are there."""
        return self._table.keys()

    def raw(self, key: str) -> object:
        """The value as TOML has it; None when absent."""
        return self._table.get(key)

    def fault(self, message: str, key: str = "") -> None:
        """Note a fault of this table, or of one of its keys."""
        prefix = f"{self.about}: " if self.about else ""
        self.source.fault((*self._path, key) if key else self._path, prefix + message)

    def only(self, allowed: Collection[str]) -> None:
        """Note every key that is not allowed, with the nearest one that is."""
        for key in self._table.keys() - set(allowed):
            near = get_close_matches(key, allowed, n=1)
            hint = (
                f"did you mean {near[0]!r}?" if near else "expected " + ", ".join(sorted(allowed))
            )
            self.fault(f"unknown key {key!r}; {hint}", key)

    def text(self, key: str, default: str | None = "") -> str:
        """A string; a missing one is a fault when `default` is None."""
        value = self._table.get(key, default)
        if isinstance(value, str):
            return value
        self._wrong(key, value, "a string")
        return ""

    def texts(self, key: str) -> list[str]:
        """A string or a list of them; empty when absent."""
        return self._strings(key, self._table.get(key, []))

    def flag(self, key: str) -> bool:
        """A boolean; false when absent."""
        value = self._table.get(key, False)
        if not isinstance(value, bool):
            self._wrong(key, value, "true or false")
        return value is True

    def number(self, key: str) -> Decimal | None:
        """An exact finite number; None when absent or wrong."""
        value = self._table.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return Decimal(value)
        if isinstance(value, Decimal) and value.is_finite():
            return value
        if key in self._table:
            self._wrong(key, value, "a number")
        return None

    def instant(self, key: str) -> datetime:
        """A required date-time with its zone, to the second, in UTC."""
        value = self._table.get(key)
        if isinstance(value, datetime) and value.tzinfo is not None and value.microsecond == 0:
            return value.astimezone(UTC)
        self._wrong(key, value, "a time with its zone, to the second, such as 2026-03-05T00:00:00Z")
        return EPOCH

    def day(self, key: str) -> str:
        """A date as text; empty when absent."""
        value = self._table.get(key)
        return "" if value is None else self._day(key, value)

    def days(self, key: str) -> list[str]:
        """A list of dates as texts; empty when absent."""
        values = self._table.get(key, [])
        listed = cast("list[object]", values) if isinstance(values, list) else [values]
        return sorted(self._day(key, value) for value in listed)

    def when(self, key: str) -> dict[str, list[str]]:
        """A table of context key to the value or values that match."""
        value = self._table.get(key)
        if not isinstance(value, dict) or not value:
            self._wrong(key, self._table.get(key), 'a table such as { processing = "batch" }')
            return {}
        table = cast("dict[str, object]", value)
        return {name: sorted(self._strings(key, values)) for name, values in sorted(table.items())}

    def table(self, key: str) -> Node | None:
        """The table under a key; None when absent."""
        value = self._table.get(key)
        if isinstance(value, dict):
            inner = cast("dict[str, object]", value)
            return Node(self.source, (*self._path, key), inner, self.about)
        if key in self._table:
            self._wrong(key, value, "a table")
        return None

    def nodes(self, key: str) -> list[Node]:
        """The tables of an array of tables."""
        value = self._table.get(key, [])
        if not isinstance(value, list):
            self._wrong(key, value, "an array of tables")
            return []
        found: list[Node] = []
        for index, table in enumerate(cast("list[object]", value)):
            if isinstance(table, dict):
                inner = cast("dict[str, object]", table)
                found.append(Node(self.source, (*self._path, key, index), inner, self.about))
            else:
                self._wrong(key, table, "a table")
        return found

    def _day(self, key: str, value: object) -> str:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value.isoformat()
        self._wrong(key, value, "a date such as 2026-11-23")
        return ""

    def _strings(self, key: str, value: object) -> list[str]:
        values = cast("list[object]", value) if isinstance(value, list) else [value]
        for each in values:
            if not isinstance(each, str):
                self._wrong(key, each, "a string or a list of strings")
        return [each for each in values if isinstance(each, str)]

    def _wrong(self, key: str, value: object, expected: str) -> None:
        shown = f"{key} is missing" if value is None else f"{key} is {value!r}"
        self.fault(f"{shown}; expected {expected}", key)
