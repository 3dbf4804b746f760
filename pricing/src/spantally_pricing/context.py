"""What besides model and usage decides a rate: batch or not, served tier, speed, region.

Only the tier that was served counts, never the one that was asked for. A value that means "nothing
special" selects the base card; any other value must have a rate or the call is not priced, because
a tier that is silently taken for standard misprices a call by a factor of two and more.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KEYS = (
    "processing",
    "service_tier",
    "speed",
    "inference_geo",
    "data_residency",
    "region",
    "search_context_size",
    "image_size",
    "image_quality",
    "video_resolution",
    "video_audio",
)

DESCRIPTIVE = frozenset(
    ("region", "search_context_size", "image_size", "image_quality", "video_resolution")
)
"""Keys that say what was made or where. If a price does not depend on one, any value of it costs the same."""

PROVISIONED = "provisioned"
"""The served tier of capacity that is paid by the hour: a token adds nothing to the bill."""

SPILLOVER = "spillover"
"""Azure: the call found the provisioned capacity full and was billed as an ordinary one."""

PROVIDERS_WORDS = {
    # Vertex AI, `trafficType`; Gemini, `serviceTier`; Bedrock, `serviceTier`; OpenAI, Scale Tier.
    "ON_DEMAND_PRIORITY": "priority",
    "ON_DEMAND_FLEX": "flex",
    "ON_DEMAND_OFFPEAK": "offpeak",
    "PROVISIONED_THROUGHPUT": PROVISIONED,
    "reserved": PROVISIONED,
    "scale": PROVISIONED,
}
"""What a provider calls a served tier, to what rate files call it."""

_NOTHING_SPECIAL = frozenset(
    ("", "standard", "default", "auto", "on_demand", "on-demand", "ON_DEMAND")
)
_NOWHERE_SPECIAL = frozenset(("global", "not_available"))
"""Anthropic's `inference_geo` for calls that ran anywhere (API reference, read 2026-11)."""

_STANDARD = {
    **dict.fromkeys(KEYS, _NOTHING_SPECIAL),
    "service_tier": _NOTHING_SPECIAL | {SPILLOVER, "unspecified"},
    "inference_geo": _NOTHING_SPECIAL | _NOWHERE_SPECIAL,
    "data_residency": _NOTHING_SPECIAL | _NOWHERE_SPECIAL,
    "search_context_size": _NOTHING_SPECIAL | {"low"},
    "video_audio": _NOTHING_SPECIAL | {"on"},
}


def spelled(key: str, value: str) -> str:
    """The value as rate files spell it."""
    return PROVIDERS_WORDS.get(value, value) if key == "service_tier" else value


def is_standard(key: str, value: str) -> bool:
    """Whether the value selects the base card."""
    return spelled(key, value) in _STANDARD.get(key, ())


def special(context: Mapping[str, str]) -> dict[str, str]:
    """The part of the context that a rate must be found for, spelled as in rate files.

    Anthropic reports a batch call as `service_tier: batch`; that and `processing: batch` are one thing.
    """
    kept = {
        key: spelled(key, value) for key, value in context.items() if not is_standard(key, value)
    }
    if kept.get("service_tier") == "batch" and kept.get("processing", "batch") == "batch":
        del kept["service_tier"]
        kept["processing"] = "batch"
    return kept


def with_known(known: Mapping[str, str], context: Mapping[str, str]) -> dict[str, str]:
    """The context of a call whose deployment is `known` to have one; what the call says of itself wins."""
    said = special(context)
    spilled = context.get("service_tier") == SPILLOVER
    fixed = {key: v for key, v in known.items() if not (spilled and key == "service_tier")}
    return {**fixed, **said}


def combinations(when: Mapping[str, Sequence[str]]) -> list[frozenset[tuple[str, str]]]:
    """Every context that the condition `when` (key to allowed values) matches."""
    return [frozenset(zip(when, values, strict=True)) for values in product(*when.values())]
