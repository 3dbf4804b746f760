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
    "search_context_size",
    "image_size",
    "image_quality",
    "video_resolution",
    "video_audio",
)

_NOTHING_SPECIAL = frozenset(
    ("", "standard", "default", "auto", "on_demand", "on-demand", "ON_DEMAND")
)
_NOWHERE_SPECIAL = frozenset(("global", "not_available"))
"""Anthropic's `inference_geo` for calls that ran anywhere (API reference, read 2026-11)."""

_STANDARD = {
    **dict.fromkeys(KEYS, _NOTHING_SPECIAL),
    "inference_geo": _NOTHING_SPECIAL | _NOWHERE_SPECIAL,
    "data_residency": _NOTHING_SPECIAL | _NOWHERE_SPECIAL,
    "search_context_size": _NOTHING_SPECIAL | {"low"},
}


def is_standard(key: str, value: str) -> bool:
    """Whether the value selects the base card."""
    return value in _STANDARD.get(key, ())


def special(context: Mapping[str, str]) -> dict[str, str]:
    """The part of the context that a rate must be found for.

    Anthropic reports a batch call as `service_tier: batch`; that and `processing: batch` are one thing.
    """
    kept = {key: value for key, value in context.items() if not is_standard(key, value)}
    if kept.get("service_tier") == "batch" and kept.get("processing", "batch") == "batch":
        del kept["service_tier"]
        kept["processing"] = "batch"
    return kept


def combinations(when: Mapping[str, Sequence[str]]) -> list[frozenset[tuple[str, str]]]:
    """Every context that the condition `when` (key to allowed values) matches."""
    return [frozenset(zip(when, values, strict=True)) for values in product(*when.values())]
