"""The section `attribution` of a TOML file to its rules; every fault of it is named at once."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, cast

import tomllib

from spantally_processor.attribution import (
    BILLING_MODES,
    GATEWAYS,
    SOURCES,
    Attribution,
    Rule,
    Trust,
)
from spantally_processor.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_SECTIONS = {
    "attributes": "attribute",
    "baggage": "baggage",
    "headers": "header",
    "keys": "key",
    "resource": "resource",
}
"""Sections of the configuration to the kind of evidence that their attributes are."""

_HEADER = "http.request.header."
_SERVICE_KEYS = ("trusted", "allowed", "billing_mode")


def attribution_of(document: Mapping[str, object]) -> Attribution:
    """Returns the rules in a section `attribution`; raises ConfigError with every fault."""
    reader = _Reader()
    attribution = reader.read(document)
    if reader.faults:
        raise ConfigError(reader.faults)
    return attribution


def attribution_in(path: Path) -> Attribution:
    """Returns the rules in the section `attribution` of a TOML file; raises ConfigError."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError([f"{path} cannot be read: {error}"]) from None
    section = document.get("attribution")
    if not isinstance(section, dict):
        raise ConfigError([f"{path} has no section [attribution]"])
    try:
        return attribution_of(cast("dict[str, object]", section))
    except ConfigError as error:
        raise ConfigError([f"{path}: {fault}" for fault in error.faults]) from None


class _Reader:
    """Reads the section; collects what is wrong with it."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def read(self, document: Mapping[str, object]) -> Attribution:
        known = (*_SECTIONS, "gateways", "services", "api_keys")
        self._unknown("attribution", document, known)
        rules = [
            rule
            for section, source in _SECTIONS.items()
            for rule in self._rules(section, source, document.get(section, {}))
        ]
        for name in self._texts("attribution.gateways", document.get("gateways", [])):
            if name in GATEWAYS:
                rules += [Rule(attribute, tag, "key") for attribute, tag in GATEWAYS[name].items()]
            else:
                self.faults.append(
                    f"attribution.gateways: {name!r} is unknown{_near(name, GATEWAYS)}"
                )
        services = {
            name: self._service(name, value)
            for name, value in self._table(
                "attribution.services", document.get("services", {})
            ).items()
        }
        api_keys = self._table("attribution.api_keys", document.get("api_keys", {}))
        return Attribution(
            tuple(rules),
            {
                name: self._trust(name, table)
                for name, table in services.items()
                if table.keys() - {"billing_mode"}
            },
            {name: self._owner(name, value) for name, value in api_keys.items()},
            {
                name: self._billing_mode(name, table["billing_mode"])
                for name, table in services.items()
                if "billing_mode" in table
            },
        )

    def _service(self, name: str, value: object) -> Mapping[str, object]:
        where = f"attribution.services.{name}"
        table = self._table(where, value)
        self._unknown(where, table, _SERVICE_KEYS)
        return table

    def _billing_mode(self, service: str, value: object) -> str:
        if value in BILLING_MODES:
            return str(value)
        self.faults.append(
            f"attribution.services.{service}.billing_mode is {value!r}; "
            f"known are {', '.join(BILLING_MODES)}"
        )
        return ""

    def _owner(self, fingerprint: str, value: object) -> Mapping[str, str]:
        where = f"attribution.api_keys.{fingerprint}"
        tags = self._table(where, value)
        self.faults += [
            f"{where}.{tag} is {text!r}; expected the tag's value as text"
            for tag, text in tags.items()
            if not isinstance(text, str) or not text
        ]
        return {tag: text for tag, text in tags.items() if isinstance(text, str)}

    def _rules(self, section: str, source: str, value: object) -> list[Rule]:
        rules: list[Rule] = []
        for attribute, tag in self._table(f"attribution.{section}", value).items():
            if not isinstance(tag, str) or not tag:
                self.faults.append(
                    f"attribution.{section}: {attribute!r} is {tag!r}; expected the name of a tag, "
                    "as in team"
                )
                continue
            name = _HEADER + attribute.lower() if source == "header" else attribute
            rules.append(Rule(name, tag, source))
        return rules

    def _trust(self, service: str, table: Mapping[str, object]) -> Trust:
        where = f"attribution.services.{service}"
        trusted: frozenset[str] | None = None
        if "trusted" in table:
            trusted = frozenset(self._texts(f"{where}.trusted", table["trusted"]))
            self.faults += [
                f"{where}.trusted: {source!r} is no source{_near(source, SOURCES)}"
                for source in sorted(trusted - set(SOURCES))
            ]
        allowed = self._table(f"{where}.allowed", table.get("allowed", {}))
        return Trust(
            trusted,
            {
                tag: frozenset(self._texts(f"{where}.allowed.{tag}", values))
                for tag, values in allowed.items()
            },
        )

    def _table(self, where: str, value: object) -> Mapping[str, object]:
        if isinstance(value, Mapping):
            return cast("Mapping[str, object]", value)
        self.faults.append(f"{where} is {value!r}; expected a table")
        return {}

    def _texts(self, where: str, value: object) -> Sequence[str]:
        items = cast("list[object]", value) if isinstance(value, list) else [None]
        texts = [item for item in items if isinstance(item, str)]
        if len(texts) != len(items):
            self.faults.append(f"{where} is {value!r}; expected a list of texts")
        return texts

    def _unknown(self, where: str, table: Mapping[str, object], known: Sequence[str]) -> None:
        self.faults += [
            f"{where}: {key!r} is unknown{_near(key, known)}" for key in table if key not in known
        ]


def _near(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(known)}"
