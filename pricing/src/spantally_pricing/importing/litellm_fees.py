"""What LiteLLM's map charges for things that are not tokens: searches, seconds, images, pages, text units.

Which meter one of its keys means depends on the kind of model (`mode`): a price of an image is of a made one
where images are made, of a read one where they are embedded, and a restated token price where there are
token prices for images.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, cast

from spantally_pricing.document import VariantDoc

from .cards import rate_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally_pricing.document import CardDoc

    from .origins import Origin

Entry = dict[str, object]

_SIZES = "search_context_size_"
_TIMED = ("audio_transcription", "realtime")
_MAKES_IMAGES = ("image_generation", "image_edit")
_TIER_OF_VIDEO = "output_cost_per_second_"
_USUAL = ("720p", "1080p")
"""Resolutions that cost what the entry's own price says where it has none for them."""
_POLICIES = {
    "contentPolicyUnits": "guardrail_content",
    "contentPolicyImageUnits": "guardrail_content_image",
    "topicPolicyUnits": "guardrail_topic",
    "sensitiveInformationPolicyUnits": "guardrail_sensitive_information",
    "contextualGroundingPolicyUnits": "guardrail_grounding",
    "automatedReasoningPolicyUnits": "guardrail_automated_reasoning",
}
"""Amazon Bedrock's names for text units by policy; the policies that are not here are free."""


def fees_of(entry: Entry, origin: Origin) -> dict[str, str]:
    """Rates by rate key for everything in the entry that is no token."""
    fees = {**_searches(entry, origin), **_seconds(entry), **_images(entry)}
    units = entry.get("guardrail_cost_per_unit")
    if isinstance(units, dict):
        said = cast("dict[str, Decimal]", units)
        fees |= {key: _kilo(said[name]) for name, key in _POLICIES.items() if name in said}
    return fees


def by_search_size(entry: Entry, card: CardDoc) -> list[VariantDoc]:
    """A request fee by how much is searched; the ordinary card has the fee of `low`."""
    sizes = _search_sizes(entry)
    if "request" not in card["rates"] or len(set(sizes.values())) < 2:
        return []
    return [
        _variant(card, "search_context_size", [size], "request", sizes[size])
        for size in ("medium", "high")
    ]


def by_resolution(entry: Entry, card: CardDoc) -> list[VariantDoc]:
    """A price of a second of video by its resolution."""
    said = {
        key.removeprefix(_TIER_OF_VIDEO): rate_text(value)
        for key, value in entry.items()
        if key.startswith(_TIER_OF_VIDEO) and isinstance(value, Decimal)
    }
    base = card["rates"].get("video_second")
    if not said or base is None:
        return []
    by_price: dict[str, list[str]] = {}
    for size, price in sorted({**dict.fromkeys(_USUAL, base), **said}.items()):
        by_price.setdefault(price, []).append(size)
    return [
        _variant(card, "video_resolution", sizes, "video_second", price)
        for price, sizes in by_price.items()
    ]


def _variant(card: CardDoc, key: str, values: list[str], rate: str, price: str) -> VariantDoc:
    return VariantDoc(
        when={key: values},
        card={"rates": {**card["rates"], rate: price}, "tiers": []},
        factor=None,
        on=[],
    )


def _searches(entry: Entry, origin: Origin) -> dict[str, str]:
    fees: dict[str, str] = {}
    sizes = _search_sizes(entry)
    if sizes and origin.searches:
        fees["request" if len(set(sizes.values())) > 1 else "web_search"] = sizes["low"]
    per_query = _number(entry, "input_cost_per_query")
    if per_query is not None:
        fees["rerank_search" if entry.get("mode") == "rerank" else "request"] = _kilo(per_query)
    return fees


def _search_sizes(entry: Entry) -> dict[str, str]:
    sizes = entry.get("search_context_cost_per_query")
    if not isinstance(sizes, dict):
        return {}
    said = cast("dict[str, Decimal]", sizes)
    found = {key.removeprefix(_SIZES): _kilo(fee) for key, fee in said.items()}
    return found if {"low", "medium", "high"} <= found.keys() else {}


def _seconds(entry: Entry) -> dict[str, str]:
    fees: dict[str, str] = {}
    mode = entry.get("mode")
    heard = _number(entry, "input_cost_per_second") if mode in _TIMED else None
    paid_by_token = mode == "chat" and "input_cost_per_token" in entry
    heard = heard or (None if paid_by_token else _number(entry, "input_cost_per_audio_per_second"))
    if heard:
        # The map has a published hourly price divided and cut off.
        hour = (heard * 3600).quantize(Decimal("0.001"), ROUND_HALF_EVEN)
        fees["audio_hour"] = rate_text(hour)
    seen = None if paid_by_token else _number(entry, "input_cost_per_video_per_second")
    if seen:
        fees["input_video_second"] = rate_text(seen)
    made = _number(entry, "output_cost_per_video_per_second")
    if mode == "video_generation":
        made = made or _number(entry, "output_cost_per_second")
    if made:
        fees["video_second"] = rate_text(made)
    return fees


def _images(entry: Entry) -> dict[str, str]:
    mode = entry.get("mode")
    made = _number(entry, "output_cost_per_image")
    read = _number(entry, "input_cost_per_image")
    if mode in _MAKES_IMAGES and "output_cost_per_image_token" not in entry:
        # Some entries have the price of a made image under the name of a read one.
        price = made or read
        sized = any(key.startswith("output_cost_per_image_") for key in entry)
        return {"image": _kilo(price)} if price and not sized else {}
    if mode in {"embedding", "video_generation"} and read:
        return {"input_image_each": _kilo(read)}
    return {}


def _number(entry: Mapping[str, object], key: str) -> Decimal | None:
    value = entry.get(key)
    return Decimal(value) if isinstance(value, (int, Decimal)) else None


def _kilo(value: Decimal) -> str:
    return rate_text(Decimal(value) * 1000)
