"""A TOML file, the environment and the command line to `Settings`.

The command line wins over the environment, that over the file. Everything follows from the fields of
`config.py`: names, types, defaults. Reading goes on after a fault, so that one run names all of them,
each with its line and the nearest name that exists.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, cast, get_args, get_origin, get_type_hints

import tomllib
from spantally_pricing import RateTable, RateTableError
from spantally_pricing.toml_node import lines_of

from spantally_processor.attribution_file import attribution_in
from spantally_processor.config import Address, Settings, Target
from spantally_processor.errors import ConfigError
from spantally_processor.ledger_options import LedgerOptions
from spantally_processor.limits import Limits
from spantally_processor.owners.file import load_owners
from spantally_processor.store.location import default_data_dir, store_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PREFIX = "SPANTALLY_"

_SECTIONS: Mapping[str, type] = {"limits": Limits, "ledger": LedgerOptions}
"""Tables of the file whose settings have a variable each."""

Place = tuple[str | int, ...]
"""Where a value is in the file: keys, and positions in lists."""

_WITHOUT_VARIABLES = ("tokens", "readers", "tls")

_SIZE = re.compile(r"(\d+) ?(KiB|MiB|GiB|)")
_UNITS = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_SUBSTITUTE = re.compile(r"\$\{(\w+)\}")


def load_settings(
    file: Path | None,
    environment: Mapping[str, str] = os.environ,
    options: Mapping[str, object] | None = None,
    *,
    with_files: bool = False,
) -> Settings:
    """Returns the settings of a file (or none), with what the environment and options say instead.

    `options` has the fields of Settings that the command line sets, as texts or lists of texts.
    `with_files` looks into the files that the settings name as well, which a start does anyway.
    Raises ConfigError with every fault.
    """
    text, document = "", dict[str, object]()
    if file is not None:
        try:
            text = file.read_text(encoding="utf-8")
            document = tomllib.loads(text)
        except (OSError, ValueError) as error:
            raise ConfigError([f"{file} cannot be read: {error}"]) from None
    reader = _Reader(file, text, environment)
    values = reader.table(Settings, document, (), {"data", "store"})
    if isinstance(document.get("attribution"), dict):
        values["attribution"] = file
    options = options or {}
    for variable, path in variables().items():
        if (given := environment.get(variable)) and path not in options:
            reader.override(values, path, given, variable)
    for path, given in options.items():
        reader.override(values, path, given)
    # Asked for only where it is needed: in a container a user may have no home.
    data = (cast("Path | None", values.get("data")) or default_data_dir()).expanduser().absolute()
    store = str(values.setdefault("store", store_url(data=data)))
    settings = Settings(**cast("dict[str, Any]", values | {"data": data, "store": store}))
    for name, fault in settings.faults():
        reader.fault(tuple(name.split(".")), fault)
    reader.faults += _misspelt(environment)
    if with_files:
        reader.faults += _faults_in_files(settings)
    if reader.faults:
        raise ConfigError(reader.faults)
    return settings


def _misspelt(environment: Mapping[str, str]) -> list[str]:
    """Names that are nearly a variable of ours; the instrumentation's own are not that near."""
    known = list(variables())
    unknown = [name for name in environment if name.startswith(PREFIX) and name not in known]
    near = {name: get_close_matches(name, known, n=1, cutoff=0.93) for name in sorted(unknown)}
    return [f"{name} is unknown; did you mean {to[0]!r}?" for name, to in near.items() if to]


def _faults_in_files(settings: Settings) -> list[str]:
    """What is wrong in the attribution, owner and rate files that are there."""
    faults: list[str] = []
    for file, read in ((settings.attribution, attribution_in), (settings.owners, load_owners)):
        if file and file.is_file():
            try:
                read(file)
            except ConfigError as error:
                faults += error.faults
    try:
        RateTable.load([path for path in settings.rates if path.is_file()])
    except RateTableError as error:
        faults += map(str, error.faults)
    return faults


def variables() -> dict[str, str]:
    """Returns each environment variable and the setting that it is: `limits.items`."""
    apart = (*_WITHOUT_VARIABLES, *_SECTIONS)
    simple = {name: name for name in hints(Settings) if name not in apart}
    for section, cls in _SECTIONS.items():
        simple |= {f"{section}_{name}": f"{section}.{name}" for name in hints(cls)}
    return {PREFIX + name.upper(): path for name, path in simple.items()}


def hints(cls: type) -> dict[str, Any]:
    """Returns the types of a settings class's fields, by name."""
    return {f.name: get_type_hints(cls)[f.name] for f in fields(cls)}


class _Reader:
    """Reads values by the types of the fields; notes what is wrong."""

    def __init__(self, file: Path | None, text: str, environment: Mapping[str, str]) -> None:
        self.faults: list[str] = []
        self._file = file
        self._folder = file.parent if file else Path()
        self._lines = lines_of(text)
        self._environment = environment

    def fault(self, place: Place, message: str) -> None:
        """Notes a fault, with the line of the place or of what is around it."""
        while place and place not in self._lines:
            place = place[:-1]
        line = self._lines.get(place)
        self.faults.append(f"{self._file}:{line}: {message}" if line else message)

    def table(
        self, cls: type, table: Mapping[str, object], place: Place, optional: Iterable[str] = ()
    ) -> dict[str, object]:
        """Returns the fields of `cls` that the table has, without those that cannot be read."""
        known = hints(cls)
        values: dict[str, object] = {}
        for key, value in table.items():
            here = (*place, key)
            if key not in known:
                self.fault(here, f"{_dotted(here)} is unknown{_near(key, known)}")
            elif not (key == "attribution" and isinstance(value, dict)):
                read = self._value(known[key], value, here)
                if read is not None:
                    values[key] = read
        for missing in fields(cls):
            needed = missing.default is MISSING and missing.default_factory is MISSING
            if needed and missing.name not in {*table, *optional}:
                self.fault(place, f"{_dotted((*place, missing.name))} is missing")
        return values

    def override(
        self, values: dict[str, object], path: str, given: object, variable: str = ""
    ) -> None:
        """Puts what a variable or the command line says in place of the file's value."""
        self._folder = Path()
        section, _, name = path.rpartition(".")
        hint = hints(_SECTIONS.get(section, Settings))[name]
        if isinstance(given, str) and get_origin(hint) is tuple:
            given = given.split(os.pathsep if get_args(hint)[0] is Path else None)
        read = self._value(hint, given, (variable or path,))
        if read is None:
            return
        if section:
            options = cast("Any", values.get(section) or _SECTIONS[section]())
            read, name = replace(options, **{name: read}), section
        values[name] = read

    def _value(self, hint: Any, value: object, place: Place) -> object | None:
        """Returns the value as the type that `hint` names; None after a fault."""
        if isinstance(value, str):
            value = self._substituted(value, place)
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is UnionType:
            return self._value(arguments[0], value, place)
        if origin is tuple:
            return self._list(arguments[0], value, place)
        if origin is Mapping:
            return self._texts(value, place)
        if hint is Target and isinstance(value, str):
            value = {"url": value}
        if is_dataclass(hint) and hint is not Address:
            return self._section(cast("type", hint), value, place)
        if arguments and value not in arguments:
            return self._wrong(place, value, f"one of {', '.join(map(str, arguments))}")
        return value if arguments else self._scalar(hint, value, place)

    def _section(self, cls: type, value: object, place: Place) -> object | None:
        if not isinstance(value, Mapping):
            return self._wrong(place, value, "a table")
        before = len(self.faults)
        read = self.table(cls, cast("Mapping[str, object]", value), place)
        return cls(**read) if len(self.faults) == before else None

    def _list(self, item: Any, value: object, place: Place) -> object | None:
        if not isinstance(value, (list, tuple)):
            return self._wrong(place, value, "a list")
        items = cast("Sequence[object]", value)
        read = [self._value(item, one, (*place, at)) for at, one in enumerate(items)]
        return tuple(one for one in read if one is not None)

    def _texts(self, value: object, place: Place) -> object | None:
        if not isinstance(value, Mapping):
            return self._wrong(place, value, "a table of texts")
        pairs = cast("Mapping[str, object]", value)
        return {key: self._value(str, one, (*place, key)) or "" for key, one in pairs.items()}

    def _scalar(self, hint: Any, value: object, place: Place) -> object | None:
        if hint is bool and isinstance(value, str):
            value = {"true": True, "false": False}.get(value, value)
        if hint in (bool, str) and not isinstance(value, hint):
            return self._wrong(place, value, "a text" if hint is str else "true or false")
        if hint in (int, float):
            return self._whole(value, place) if hint is int else self._seconds(value, place)
        if hint is Path and isinstance(value, (str, Path)):
            # A path in the file is meant from there, one that was typed from here.
            return self._folder / Path(value).expanduser()
        return self._address(value, place) if hint is Address else value

    def _address(self, value: object, place: Place) -> Address | None:
        try:
            return Address.parse(str(value))
        except ValueError as error:
            self.fault(place, f"{_dotted(place)}: {error}")
            return None

    def _seconds(self, value: object, place: Place) -> float | None:
        try:
            return float(cast("str", value))
        except (TypeError, ValueError):
            return self._wrong(place, value, "a number of seconds")

    def _whole(self, value: object, place: Place) -> int | None:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        size = _SIZE.fullmatch(value) if isinstance(value, str) else None
        if size is None:
            self._wrong(place, value, 'a whole number, or a size as in "32 MiB"')
            return None
        return int(size[1]) * _UNITS[size[2]]

    def _substituted(self, text: str, place: Place) -> str:
        for name in _SUBSTITUTE.findall(text):
            if name not in self._environment:
                self.fault(place, f"{_dotted(place)}: the environment has no variable {name}")
        return _SUBSTITUTE.sub(lambda match: self._environment.get(match[1], ""), text)

    def _wrong(self, place: Place, value: object, expected: str) -> None:
        self.fault(place, f"{_dotted(place)} is {value!r}; expected {expected}")


def _dotted(place: Place) -> str:
    return ".".join(map(str, place))


def _near(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(known)}"
