"""LiteLLM's price map (its JSON, numbers as decimals) to models in canonical form.

The map has today's prices only, so that each model gets one row. An entry names a price for each
combination of meter, retention, prompt size and tier, in one flat key; `_KEY` takes such a key apart.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from spantally_pricing.document import (
    ModelDoc,
    RowDoc,
    VariantDoc,
    WindowDoc,
)
from spantally_pricing.meters import BY_RATE, TOKEN_RATES

from .cards import EARLIEST, Levels, Skipped, card_of, insane, over, plain_row, rate_text
from .litellm_fees import Entry, by_resolution, by_search_size, fees_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spantally_pricing.document import Rates, When

    from .origins import Origin

PriceMap = dict[str, Entry]

_METERS = {
    "input_cost_per_token": "input",
    "output_cost_per_token": "output",
    "output_cost_per_reasoning_token": "reasoning",
    "cache_read_input_token_cost": "cache_read",
    "cache_creation_input_token_cost": "cache_write",
    "input_cost_per_audio_token": "input_audio",
    "output_cost_per_audio_token": "output_audio",
    "cache_read_input_audio_token_cost": "cache_read_audio",
    "input_cost_per_image_token": "input_image",
    "output_cost_per_image_token": "output_image",
    "cache_read_input_image_token_cost": "cache_read_image",
    "input_cost_per_video_token": "input_video",
    "output_cost_per_video_token": "output_video",
    "google_maps_grounding_cost_per_query": "maps_search",
    "input_cost_per_character": "input_character",
    "input_cost_per_request": "request",
    "ocr_cost_per_page": "page",
    "annotation_cost_per_page": "annotated_page",
    "input_cost_per_text_message": "text_message",
}
_SUFFIXES: dict[str, When] = {
    "batches": {"processing": ["batch"]},
    "flex": {"service_tier": ["flex"]},
    "priority": {"service_tier": ["priority"]},
    "balanced": {"service_tier": ["balanced"]},
    "ultrafast": {"service_tier": ["ultrafast"]},
}
_KEY = re.compile(
    rf"({'|'.join(_METERS)})(?:_above_(1|12)hr)?(?:_above_(\d+)k_tokens)?(?:_({'|'.join(_SUFFIXES)}))?"
)
_ALL_ZERO = "every rate is 0, which there may mean free or unknown"
_REGION = re.compile(r"^[a-z]{2}(?:-gov)?-[a-z]+-\d+/")
_IN_REGION = re.compile(r"([a-z]{2}(?:-gov)?-[a-z]+-\d+)/(.+)")
_SIZED = re.compile(r"(?:^|/)(?:\d+-x-\d+|max-x-max)/")
"""An entry for images of one size: prices by size are written by hand, in `rates/`."""
_PAGE = re.compile(r"https?://(?!management\.azure\.com/)")
"""A source that anyone can open; the map also cites what its authors see with an account at Azure."""
_TEXT = {"input", "output"}


def models_of(
    price_map: PriceMap, origin: Origin, note: str = ""
) -> tuple[list[ModelDoc], list[Skipped]]:
    """The models of one provider."""
    docs: list[ModelDoc] = []
    skipped: list[Skipped] = []
    for name, entry in entries(price_map, origin):
        built = _row(entry, origin, note)
        faults = [] if isinstance(built, str) else insane(built["card"])
        if isinstance(built, str):
            skipped.append(Skipped(name, built))
        elif faults:
            skipped.append(Skipped(name, f"out of bounds: {', '.join(sorted(set(faults)))}"))
        else:
            docs.append(ModelDoc(id=name, ids=[name], rows=[built]))
    return docs, skipped


def entries(price_map: PriceMap, origin: Origin) -> Iterator[tuple[str, Entry]]:
    """The provider's own ids and what the map says of each."""
    seen: set[str] = set()
    for key, entry in sorted(price_map.items(), key=lambda item: ("/" not in item[0], item[0])):
        if entry.get("litellm_provider") not in origin.litellm:
            continue
        name = _own_id(key, origin)
        if name not in seen and not _REGION.match(name) and not _SIZED.search(name):
            seen.add(name)
            yield name, entry


def by_region(price_map: PriceMap, origin: Origin) -> dict[str, dict[str, RowDoc]]:
    """What the models cost in the regions that the map has entries for: id to region to row.

    Only what cites a page: the others are of the map's first years, and differ between two regions for
    no reason that anyone gives.
    """
    found: dict[str, dict[str, RowDoc]] = {}
    for key, entry in sorted(price_map.items()):
        place = _IN_REGION.fullmatch(_own_id(key, origin))
        if place is None or entry.get("litellm_provider") not in origin.litellm:
            continue
        row = _row(entry, origin, "")
        if not isinstance(row, str) and row["source"]:
            found.setdefault(place[2], {}).setdefault(place[1], row)
    return found


def _own_id(key: str, origin: Origin) -> str:
    for prefix in origin.prefixes:
        if key.startswith(prefix):
            return key.removeprefix(prefix)
    return key


def _row(entry: Entry, origin: Origin, note: str) -> RowDoc | str:
    """The row of an entry, or why there is none; a rate of 0 there may mean free, none or unknown."""
    if "tiered_pricing" in entry:
        said: dict[str, Levels] = {"": _tiered(entry)}
    else:
        said = _said(entry, inclusive=origin.inclusive)
    base = said.pop("", {0: {}})
    rates = {**base[0], **fees_of(entry, origin)}
    base[0] = {key: rate for key, rate in rates.items() if rate != "0"}
    base = _of_text(base, base[0])
    if base[0].get("reasoning") == base[0].get("output"):
        base[0].pop("reasoning", None)
    if not base[0]:
        return _ALL_ZERO if rates else "no rate that we have a meter for"
    card = card_of(base)
    variants = [
        VariantDoc(when=_SUFFIXES[suffix], card=over(card, levels), factor=None, on=[])
        for suffix, levels in sorted(said.items())
        if _of_text(levels, base[0]).get(0)
    ]
    variants += [*by_search_size(entry, card), *by_resolution(entry, card)]
    source = entry.get("source")
    notes = ("start not verified", note, _undiscounted(said, card))
    page = source if isinstance(source, str) and _PAGE.match(source) else ""
    row = plain_row(EARLIEST, card, page, "; ".join(filter(None, notes)))
    row["variants"] = variants
    row["windows"] = [] if variants else _windows(entry, card)
    return row


def _said(entry: Entry, *, inclusive: bool) -> dict[str, Levels]:
    """By tier suffix (empty for the ordinary card), rates by prompt size."""
    said: dict[str, Levels] = {}
    for key, value in entry.items():
        found = _KEY.fullmatch(key)
        if found is None or not isinstance(value, (int, Decimal)):
            continue
        meter, hours, thousands, suffix = found.groups()
        rate = _METERS[meter] + (f"_{hours}h" if hours else "")
        if rate not in BY_RATE:
            continue
        at_least = int(thousands) * 1000 + (0 if inclusive else 1) if thousands else 0
        levels = said.setdefault(suffix or "", {0: {}})
        levels.setdefault(at_least, {})[rate] = _per_unit(rate, value)
    return said


def _of_text(levels: Levels, card: Rates) -> Levels:
    """The levels that say what text costs; one of audio or images alone has that price in the wrong place."""
    text = _TEXT & card.keys()
    return {size: said for size, said in levels.items() if not text or text & said.keys()}


def _undiscounted(said: Mapping[str, Levels], card: Mapping[str, object]) -> str:
    rates = cast("dict[str, str]", card["rates"])
    left = {
        key for levels in said.values() for key in TOKEN_RATES & (rates.keys() - levels[0].keys())
    }
    return f"not said for every tier: {', '.join(sorted(left))}" if left and said else ""


def _tiered(entry: Entry) -> Levels:
    """Whole-request prices for ranges of the prompt's size, the lower bound exclusive."""
    levels: Levels = {}
    for part in cast("list[Entry]", entry["tiered_pricing"]):
        bounds = part.get("range")
        if not isinstance(bounds, list):
            continue
        start = int(cast("list[Decimal]", bounds)[0])
        levels[start + 1 if start else 0] = _said(part, inclusive=False).get("", {0: {}})[0]
    return levels if 0 in levels else {0: {}}


def _windows(entry: Entry, card: Mapping[str, object]) -> list[WindowDoc]:
    """The hours in which the off-peak prices hold; the entry's own prices are those of the peak."""
    off_peak = entry.get("off_peak_pricing")
    if not isinstance(off_peak, dict):
        return []
    said = cast("Entry", off_peak)
    cheap = over(
        {"rates": cast("dict[str, str]", card["rates"]), "tiers": []},
        _said(said, inclusive=False).get("", {}),
    )
    windows: list[WindowDoc] = []
    for window in cast("list[Entry]", said["windows"]):
        hours = window["hours_utc"]
        spans = cast("list[str]", hours if isinstance(hours, list) else [hours])
        days = [int(day) - 1 for day in cast("list[int]", window["weekdays"])]
        windows.append(
            WindowDoc(days=days, utc=sorted(map(_minutes, spans)), closed=[], card=cheap)
        )
    return windows


def _minutes(span: str) -> list[int]:
    start, end = ([int(part) for part in moment.split(":")] for moment in span.split("-"))
    return [start[0] * 60 + start[1], (end[0] * 60 + end[1]) or 1440]


def _per_unit(rate: str, value: int | Decimal) -> str:
    return rate_text(Decimal(value) * BY_RATE[rate].unit.per)
