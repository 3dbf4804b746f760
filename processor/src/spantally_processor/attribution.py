"""Whose call it was, by what other emitters write: rules of the configuration, none by default.

A rule says that an attribute of a span or a resource is a tag, and what kind of evidence it is. Evidence
ranks: what the app said in code, then what came with the request, then whose key it was, then where it
ran. The best value is the tag; the others are kept beside it with their source. A value from a source that
a service does not trust, or that is not allowed, is never the tag: a caller cannot make it another team's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

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
