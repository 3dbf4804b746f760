"""What a call in a region or data zone costs over one that may run anywhere, from LiteLLM's map.

The map says it in two ways: as a multiplier of a regional endpoint (Vertex AI), or as a second entry for the
zone beside the global one (Azure). Either becomes a modifier with the models that it is known for.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, cast

from spantally_pricing.document import ModelDoc, ModifierDoc, ProviderDoc, decimal_text

from .litellm_map import entries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .litellm_map import PriceMap
    from .origins import Origin


def regional_uplifts(price_map: PriceMap, origin: Origin) -> dict[str, str]:
    """The factor of a regional endpoint over the global one, by model, where there is one."""
    return {
        name: decimal_text(cast("Decimal", entry["regional_endpoint_uplift_multiplier"]))
        for name, entry in entries(price_map, origin)
        if "regional_endpoint_uplift_multiplier" in entry
    }


def earlier(before: ProviderDoc) -> dict[str, str]:
    """The factors of an import before this one, by model: those of retired models are in no map any more."""
    return {model: each["factor"] for each in before["modifiers"] for model in each["models"]}


def data_zone_uplifts(models: Sequence[ModelDoc], zone: str) -> dict[str, str]:
    """The factor of a data zone over the global price, where the map has `zone/model` beside `model`."""
    rates = {model["id"]: model["rows"][-1]["card"]["rates"] for model in models}
    uplifts: dict[str, str] = {}
    for name, base in rates.items():
        zoned = rates.get(f"{zone}/{name}", {})
        pairs = [
            (base[key], zoned[key])
            for key in ("input", "output")
            if {key} <= base.keys() & zoned.keys()
        ]
        factors = {round(Decimal(high) / Decimal(low), 2) for low, high in pairs if Decimal(low)}
        if len(factors) == 1:
            uplifts[name] = decimal_text(factors.pop())
    return uplifts


def regional(uplifts: Mapping[str, str], models: list[str], places: list[str]) -> list[ModifierDoc]:
    """Modifiers for calls in one of `places`: the uplift, or none."""
    by_factor: dict[str, list[str]] = {}
    for model in models:
        by_factor.setdefault(uplifts.get(model, "1"), []).append(model)
    return [
        ModifierDoc(
            id=f"regional-endpoint-{factor}",
            when={"data_residency": sorted(places)},
            factor=factor,
            on=["tokens"],
            models=sorted(ids),
        )
        for factor, ids in by_factor.items()
    ]
