"""One set of rate files over another.

What the upper layer says about a model, an alias or a modifier replaces what the lower one said; all else
stays. A model that replaces another keeps the names of that one, so that its dated snapshots do not slip
back to the price below. A name that the upper layer claims no longer means what it meant below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .document import ModelDoc, ProviderDoc


def layered(lower: list[ProviderDoc], upper: list[ProviderDoc]) -> list[ProviderDoc]:
    """The providers of both; both arguments are consumed."""
    merged = {provider["provider"]: provider for provider in lower}
    for provider in upper:
        name = provider["provider"]
        merged[name] = _over(merged[name], provider) if name in merged else provider
    return list(merged.values())


def _over(lower: ProviderDoc, upper: ProviderDoc) -> ProviderDoc:
    claimed = {name for model in upper["models"] for name in model["ids"]}
    claimed |= {alias["name"] for alias in upper["aliases"]}
    replacing = {model["id"]: model for model in upper["models"]}
    kept: list[ModelDoc] = []
    for model in lower["models"]:
        names = [name for name in model["ids"] if name not in claimed]
        if model["id"] in replacing:
            replacing[model["id"]]["ids"] = sorted([*replacing[model["id"]]["ids"], *names])
        else:
            kept.append({**model, "ids": names})
    modifiers = {
        modifier["id"]: modifier for modifier in (*lower["modifiers"], *upper["modifiers"])
    }
    aliases = {alias["name"]: alias for alias in lower["aliases"] if alias["name"] not in claimed}
    aliases |= {alias["name"]: alias for alias in upper["aliases"]}
    merged: ProviderDoc = {
        "provider": upper["provider"],
        "names": sorted({*lower["names"], *upper["names"]}),
        "normalise": [
            *lower["normalise"],
            *(n for n in upper["normalise"] if n not in lower["normalise"]),
        ],
        "modifiers": list(modifiers.values()),
        "aliases": list(aliases.values()),
        "models": [*kept, *upper["models"]],
    }
    if "contract" in lower:
        merged["contract"] = lower["contract"]
    if "stated_cost" in lower:
        merged["stated_cost"] = lower["stated_cost"]
    return merged
