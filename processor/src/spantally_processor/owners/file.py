"""owners.toml to a catalogue: every fault at once, with its line.

    schema = "owners/1"

    [[service]]
    service = "hotel-desk"
    team = "guest-services"
    from = 2026-01-01

    [[team]]
    team = "guest-services"
    lead = "Ada Lovelace"
    manager = "Grace Hopper"
    cost_centre = "4711"
    from = 2026-01-01

An entry holds from its day, 00:00 UTC, until the next one of the same name, or until `until`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time
from difflib import get_close_matches
from hashlib import sha256
from itertools import pairwise, zip_longest
from typing import TYPE_CHECKING, cast

import tomllib
from spantally_pricing.toml_node import lines_of

from spantally_processor.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

SCHEMA = "owners/1"

_TEXTS = {"service": ("team",), "team": ("lead", "manager", "cost_centre")}
"""By kind of entry, what it says of its name."""
_NEEDED = {"service": ("service", "team", "from"), "team": ("team", "from")}


@dataclass(frozen=True, slots=True)
class Entry:
    """What holds for a service or a team during a time."""

    kind: str
    """`service` or `team`."""
    name: str
    valid_from: datetime
    valid_to: datetime | None
    """Exclusive; None while it holds."""
    team: str = ""
    lead: str = ""
    manager: str = ""
    cost_centre: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A file that is right."""

    entries: tuple[Entry, ...]

    @property
    def version(self) -> str:
        """SHA-256 of what it says, whatever the order in which it says it; hex."""
        said = sorted(json.dumps(asdict(entry), default=str) for entry in self.entries)
        return sha256("\n".join(said).encode()).hexdigest()

    def gaps(self) -> list[str]:
        """Times between two entries of one name in which none holds."""
        found: list[str] = []
        for before, after in pairwise(sorted(self.entries, key=_place)):
            same = (before.kind, before.name) == (after.kind, after.name)
            if same and before.valid_to is not None and before.valid_to < after.valid_from:
                since, until = before.valid_to.date(), after.valid_from.date()
                found.append(f"{before.kind} {before.name!r} has no entry from {since} to {until}")
        return found

    def teams_without_entry(self) -> list[str]:
        """Teams that own a service and of which nothing is said."""
        known = {entry.name for entry in self.entries if entry.kind == "team"}
        return sorted({entry.team for entry in self.entries if entry.kind == "service"} - known)


def load_owners(path: Path) -> Catalogue:
    """Returns the catalogue of a file; raises ConfigError with every fault."""
    try:
        text = path.read_text(encoding="utf-8")
        document = tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise ConfigError([f"{path} cannot be read: {error}"]) from None
    reader = _Reader(lines_of(text))
    entries = reader.read(document)
    if reader.faults:
        raise ConfigError([f"{path}:{line}: {fault}" for line, fault in sorted(reader.faults)])
    return Catalogue(tuple(entries))


def _place(entry: Entry) -> tuple[str, str, datetime]:
    return entry.kind, entry.name, entry.valid_from


class _Reader:
    """Reads entries; collects what is wrong with them."""

    def __init__(self, lines: Mapping[tuple[str | int, ...], int]) -> None:
        self.faults: list[tuple[int, str]] = []
        self._lines = lines

    def read(self, document: Mapping[str, object]) -> list[Entry]:
        self._unknown((), document, ("schema", *_TEXTS))
        if document.get("schema") != SCHEMA:
            self._fault(("schema",), f"schema is {document.get('schema')!r}; expected {SCHEMA!r}")
        entries: list[tuple[Entry, int]] = []
        for kind in _TEXTS:
            tables = document.get(kind, [])
            if not isinstance(tables, list):
                self._fault((kind,), f"{kind} is no list of tables; write [[{kind}]]")
                continue
            for number, table in enumerate(cast("list[object]", tables)):
                place = (kind, number)
                entry = self._entry(kind, place, table)
                if entry is not None:
                    entries.append((entry, self._line(place)))
        if not entries and not self.faults:
            self._fault((), "there is no entry")
        return self._dated(entries)

    def _entry(self, kind: str, place: tuple[str | int, ...], table: object) -> Entry | None:
        before = len(self.faults)
        said = cast("Mapping[str, object]", table if isinstance(table, Mapping) else {})
        self._unknown(place, said, (kind, *_TEXTS[kind], "from", "until"))
        missing = [key for key in _NEEDED[kind] if key not in said]
        if missing:
            self._fault(place, f"[[{kind}]] lacks {', '.join(missing)}")
        texts = {key: self._text((*place, key), said.get(key, "")) for key in (kind, *_TEXTS[kind])}
        since = self._time((*place, "from"), said.get("from"))
        until = self._time((*place, "until"), said.get("until"))
        if since and until and until <= since:
            self._fault((*place, "until"), "until is not after from")
        if len(self.faults) > before or since is None:
            return None
        if kind == "service":
            return Entry(kind, texts["service"], since, until, team=texts["team"])
        rest = {key: texts[key] for key in _TEXTS["team"]}
        return Entry(kind, texts["team"], since, until, **rest)

    def _dated(self, entries: Sequence[tuple[Entry, int]]) -> list[Entry]:
        """Ends each entry where the next of its name begins."""
        ordered = sorted(entries, key=lambda each: _place(each[0]))
        dated: list[Entry] = []
        for (entry, line), following in zip_longest(ordered, ordered[1:]):
            after = following[0] if following is not None else None
            if after is None or (after.kind, after.name) != (entry.kind, entry.name):
                dated.append(entry)
                continue
            later = following[1] if following is not None else line
            if after.valid_from == entry.valid_from:
                text = f"{entry.kind} {entry.name!r} begins on the same day as in line {line}"
                self.faults.append((later, text))
            elif entry.valid_to is not None and entry.valid_to > after.valid_from:
                text = f"{entry.kind} {entry.name!r} begins before the entry of line {line} ends"
                self.faults.append((later, text))
            end = after.valid_from if entry.valid_to is None else entry.valid_to
            dated.append(replace(entry, valid_to=end))
        return dated

    def _text(self, place: tuple[str | int, ...], value: object) -> str:
        if isinstance(value, str):
            if not value and place[-1] == place[0]:
                self._fault(place, f"{place[-1]} is empty")
            return value
        self._fault(place, f"{place[-1]} is {value!r}; expected a text")
        return ""

    def _time(self, place: tuple[str | int, ...], value: object) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value.astimezone(UTC)
        if isinstance(value, date) and not isinstance(value, datetime):
            return datetime.combine(value, time(), UTC)
        self._fault(
            place,
            f"{place[-1]} is {value}; expected a day such as 2026-01-01, or a time with its offset",
        )
        return None

    def _unknown(
        self, place: tuple[str | int, ...], table: Mapping[str, object], known: Iterable[str]
    ) -> None:
        for key in table:
            if key not in (names := list(known)):
                close = get_close_matches(key, names, n=1)
                hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(names)}"
                self._fault((*place, key), f"{key!r} is unknown; {hint}")

    def _fault(self, place: tuple[str | int, ...], text: str) -> None:
        self.faults.append((self._line(place), text))

    def _line(self, place: tuple[str | int, ...]) -> int:
        while place and place not in self._lines and (*place, 0) not in self._lines:
            place = place[:-1]
        return self._lines.get(place, self._lines.get((*place, 0), 1) if place else 1)
