"""What a call in a region or data zone costs over one that may run anywhere, from LiteLLM's map.

The map says it in two ways: as a multiplier of a regional endpoint (Vertex AI), or as a second entry for the
zone beside the global one (Azure). Either becomes a modifier with the models that it is known for. What Amazon
asks by region becomes variants: what they are to the ordinary price is not always a decimal.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, cast

from spantally_pricing.document import (
    CardDoc,
    ModelDoc,
    ModifierDoc,
    ProviderDoc,
    TierDoc,
    VariantDoc,
    decimal_text,
)

from .litellm_map import by_region, entries
from .merging import in_force

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from spantally_pricing.document import Rates, RowDoc

    from .litellm_map import PriceMap
    from .origins import Origin

GOVCLOUD: tuple[str, ...] = ("us-gov-east-1", "us-gov-west-1")
"""Regions of AWS GovCloud, which is a cloud of its own with a price list of its own."""
_GOVCLOUDS_PROFILE = "us-gov."
_HOME = ("us-east-1", "us-east-2", "us-west-2")
"""Regions of Amazon's whose price is the one that the map has for a model as such."""


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


def with_regions(
    models: Sequence[ModelDoc], price_map: PriceMap, origin: Origin, at: str
) -> list[ModelDoc]:
    """The models with what they cost by region. Since when is not said; the row in force at `at` has it.

    GovCloud is a place where every call must have a price; elsewhere a region matters if a price depends on it.
    A profile of GovCloud's has no other price than that.
    """
    listed = by_region(price_map, origin)
    made: list[ModelDoc] = []
    for model in models:
        current = in_force(model["rows"], at)
        places: Mapping[str, RowDoc] = {}
        for name in model["ids"]:
            places = places or listed.get(name, {})
        if model["id"].startswith(_GOVCLOUDS_PROFILE):
            places = dict.fromkeys(GOVCLOUD, current)
        extended: RowDoc = {**current, "variants": [*current["variants"], *_there(current, places)]}
        rows = [extended if row is current else row for row in model["rows"]]
        made.append({**model, "rows": rows})
    return made


def _there(row: RowDoc, places: Mapping[str, RowDoc]) -> Iterator[VariantDoc]:
    """A variant for each context that has a price in `places` of all that `row` has one of."""
    keys = sorted(row["card"]["rates"])

    def of_row(rates: Rates) -> Rates:
        return {key: rates[key] for key in keys}

    for place, there in sorted(places.items()):
        if place in _HOME:
            continue
        key = "data_residency" if place in GOVCLOUD else "region"
        cards: list[tuple[Mapping[str, list[str]], CardDoc | None]] = [({}, there["card"])]
        cards += [(each["when"], each["card"]) for each in there["variants"]]
        for when, card in cards:
            if card is None or not card["rates"].keys() >= set(keys):
                continue
            tiers = [
                TierDoc(at_least=tier["at_least"], rates=of_row(tier["rates"]))
                for tier in card["tiers"]
            ]
            yield VariantDoc(
                when=dict(sorted({**when, key: [place]}.items())),
                card=CardDoc(rates=of_row(card["rates"]), tiers=tiers),
                factor=None,
                on=[],
            )
