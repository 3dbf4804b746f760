"""Whose call it was, by what other emitters write: rules of the configuration, none by default.

A rule says that an attribute of a span or a resource is a tag, and what kind of evidence it is. Evidence
ranks: what the app said in code, then what came with the request, then whose key it was, then where it
ran. The best value is the tag; the others are kept beside it with their source. A value from a source that
a service does not trust, or that is not allowed, is never the tag: a caller cannot make it another team's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, cast

import tomllib

from spantally_processor.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from spantally_processor.model import Tag

SOURCES = (
    "call",
    "explicit",
    "attribute",
    "baggage",
    "header",
    "env",
    "key",
    "resource",
    "catalogue",
)
"""Kinds of evidence, the best first. `""`, where an emitter does not say, ranks as `explicit`."""

_RANK = {source: rank for rank, source in enumerate(SOURCES)} | {"": SOURCES.index("explicit")}

_SECTIONS = {
    "attributes": "attribute",
    "baggage": "baggage",
    "headers": "header",
    "keys": "key",
    "resource": "resource",
}
"""Sections of the configuration to the kind of evidence that their attributes are."""

GATEWAYS: Mapping[str, Mapping[str, str]] = {
    # litellm 1.106: its first callback, then its second.
    "litellm": {
        "metadata.user_api_key_team_alias": "team",
        "metadata.user_api_key_end_user_id": "customer",
        "metadata.user_api_key_user_id": "user",
        "litellm.team.alias": "team",
        "litellm.end_user.id": "customer",
    },
    # maximhq/bifrost framework/tracing, read 2026-11; the names under gen_ai. are to go.
    "bifrost": {
        "bifrost.team.name": "team",
        "bifrost.customer.name": "customer",
        "bifrost.user.id": "user",
        "gen_ai.team_name": "team",
        "gen_ai.customer_name": "customer",
    },
}
"""What gateways write about the virtual key of a call. Portkey's names depend on its export: see `keys`."""

KEY_FINGERPRINT = "spantally.key_fingerprint"
"""The attribute that says, by a keyed hash, with which API key a call was made."""

BILLING_MODE = "spantally.billing_mode"
"""The attribute of a resource that says how its calls are paid, where that is not by usage."""

BILLING_MODES = ("usage", "subscription")
"""By what a call uses; or by a flat fee, as the seats of coding assistants are."""

_HEADER = "http.request.header."
_SERVICE_KEYS = ("trusted", "allowed", "billing_mode")


@dataclass(frozen=True, slots=True)
class Rule:
    """An attribute that is a tag."""

    attribute: str
    tag: str
    source: str
    """One of SOURCES."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What a service's spans may say."""

    trusted: frozenset[str] | None = None
    """Sources that are believed; None for all."""
    allowed: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    """Tag to its values; a tag that is not here may have any."""

    def accepts(self, key: str, tag: Tag) -> bool:
        """Whether the value may be the tag."""
        is_trusted = self.trusted is None or (tag.source or "explicit") in self.trusted
        return is_trusted and (key not in self.allowed or tag.value in self.allowed[key])


@dataclass(frozen=True, slots=True)
class Attribution:
    """The rules. Without any, tags are what spans and resources say in our own names."""

    rules: tuple[Rule, ...] = ()
    services: Mapping[str, Trust] = field(default_factory=dict[str, Trust])
    """By `service.name`; `*` is for every other service."""
    api_keys: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    """Fingerprint of an API key to the tags of the calls that are made with it."""
    billing_modes: Mapping[str, str] = field(default_factory=dict[str, str])
    """By `service.name`, or `*`: one of BILLING_MODES."""

    def __bool__(self) -> bool:
        """Whether a span's tags may hang on anything but our own names for them."""
        return bool(self.rules or self.services or self.api_keys)

    def billing_mode(self, service: str, said: str) -> str:
        """Returns how a service's calls are paid: as configured, else as its resource says; empty by usage."""
        mode = self.billing_modes.get(service) or said or self.billing_modes.get("*", "")
        return "" if mode == "usage" else mode

    def decide(
        self, service: str, found: Iterable[tuple[str, Tag]]
    ) -> tuple[dict[str, Tag], dict[str, tuple[str, ...]]]:
        """Returns the tags, and for each the values that lost, as `source=value`."""
        trust = self.services.get(service, self.services.get("*", Trust()))
        by_key: dict[str, list[Tag]] = {}
        for key, tag in found:
            by_key.setdefault(key, []).append(tag)
        tags: dict[str, Tag] = {}
        lost: dict[str, tuple[str, ...]] = {}
        for key, candidates in by_key.items():
            candidates.sort(key=lambda tag: _RANK.get(tag.source, len(SOURCES)))
            best = next((tag for tag in candidates if trust.accepts(key, tag)), None)
            if best is not None:
                tags[key] = best
            losers = [tag for tag in candidates if best is None or tag.value != best.value]
            if losers:
                lost[key] = tuple(
                    dict.fromkeys(f"{tag.source or 'explicit'}={tag.value}" for tag in losers)
                )
        return tags, lost

    @classmethod
    def read(cls, document: Mapping[str, object]) -> Attribution:
        """Returns the rules in a section `attribution`; raises ConfigError with every fault."""
        reader = _Reader()
        attribution = reader.read(document)
        if reader.faults:
            raise ConfigError(reader.faults)
        return attribution

    @classmethod
    def load(cls, path: Path) -> Attribution:
        """Returns the rules in the section `attribution` of a TOML file; raises ConfigError."""
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigError([f"{path} cannot be read: {error}"]) from None
        section = document.get("attribution")
        if not isinstance(section, dict):
            raise ConfigError([f"{path} has no section [attribution]"])
        try:
            return cls.read(cast("dict[str, object]", section))
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
