"""Cards as the mappings build them: complete rates, tiers by ascending prompt size.

A source often says of a variant only what changes. The rest is taken from the ordinary card; a tier of
the variant that is not said follows the ratio in which the variant stands to the ordinary rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

from spantally_pricing.document import SMALLEST_RATE, CardDoc, RowDoc, TierDoc, decimal_text
from spantally_pricing.meters import BY_RATE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally_pricing.document import Rates

EARLIEST = "2023-01-01T00:00:00Z"
"""Where the history of a model begins whose first day the source does not say."""
_PLACES = Decimal("1e-9")
_IN_STEP = {
    "input": ("input_audio", "input_image", "input_video"),
    "output": ("output_audio", "output_image"),
    "cache_read": ("cache_read_audio", "cache_read_image", "cache_read_video"),
    "cache_write": ("cache_write_1h", "cache_write_12h"),
}
"""A rate, and those that keep step with it where a source says of a tier only this one."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A model of a source that has no row here, and why."""

    model: str
    why: str


Levels = dict[int, "Rates"]
"""Smallest prompt (0 for the ordinary rates) to the rates that hold from there on."""


def card_of(levels: Mapping[int, Rates]) -> CardDoc:
    """A card of rates by prompt size; what a level does not say is as in the level below."""
    rates = dict(levels.get(0, {}))
    tiers: list[TierDoc] = []
    above = dict(rates)
    for at_least in sorted(size for size in levels if size):
        said = {key: rate for key, rate in levels[at_least].items() if key in rates}
        above = {**above, **in_step(above, said)}
        tiers.append(TierDoc(at_least=at_least, rates=above))
    return CardDoc(rates=rates, tiers=tiers)


def over(card: CardDoc, said: Mapping[int, Rates]) -> CardDoc:
    """The card of a variant that says `said` and leaves the rest as it is in `card`."""
    base = card["rates"]
    known = {size: {k: v for k, v in rates.items() if k in base} for size, rates in said.items()}
    rates = {**base, **in_step(base, known.get(0, {}))}
    tiers: list[TierDoc] = []
    for tier in card["tiers"]:
        follow = _ratio(tier["rates"], base, rates)
        own = known.get(tier["at_least"], {})
        tiers.append(TierDoc(at_least=tier["at_least"], rates={**follow, **own}))
    return CardDoc(rates=rates, tiers=tiers)


def in_step(base: Rates, said: Rates) -> Rates:
    """With audio, images and video in step with text, and longer retention with the default one."""
    full = dict(said)
    for lead, others in _IN_STEP.items():
        if lead in said and Decimal(base[lead]):
            pair = {lead: base[lead], **{key: base[key] for key in others if key in base}}
            step = _ratio(pair, dict.fromkeys(pair, base[lead]), dict.fromkeys(pair, said[lead]))
            full = {**step, **full}
    return full


def rescaled(variant: CardDoc, base: CardDoc, other: CardDoc) -> CardDoc:
    """The card that stands to `other` as `variant` stands to `base`."""
    rates = _ratio(other["rates"], base["rates"], variant["rates"])
    tiers = [
        TierDoc(
            at_least=tier["at_least"], rates=_ratio(tier["rates"], base["rates"], variant["rates"])
        )
        for tier in other["tiers"]
    ]
    return CardDoc(rates=rates, tiers=tiers)


def plain_row(since: str, card: CardDoc, source: str, note: str) -> RowDoc:
    """A row without variants; the file that it is written to says when it was checked."""
    return RowDoc(
        since=since,
        free=False,
        card=card,
        variants=[],
        windows=[],
        source=source,
        checked="",
        note=note,
    )


def insane(card: CardDoc) -> list[str]:
    """The rate keys whose rate is outside the bounds of its unit, which a rate file may not be."""
    cards = [card["rates"], *(tier["rates"] for tier in card["tiers"])]
    return [
        key
        for rates in cards
        for key, rate in rates.items()
        if Decimal(rate)
        and not BY_RATE[key].unit.lowest <= Decimal(rate) <= BY_RATE[key].unit.highest
    ]


def rate_text(value: Decimal) -> str:
    """A rate as text. Public tables hold fractions as binary numbers: 0.08333333333333334."""
    return decimal_text(value.quantize(SMALLEST_RATE, ROUND_HALF_EVEN))


def _ratio(target: Rates, base: Rates, variant: Rates) -> Rates:
    """Each rate of `target` times what the variant is to the base."""
    scaled: Rates = {}
    for key, rate in target.items():
        was, now = Decimal(base.get(key, 0)), Decimal(variant.get(key, 0))
        if not was or key not in variant:
            scaled[key] = rate
            continue
        exact = Decimal(rate) * now / was
        scaled[key] = decimal_text(exact.quantize(_PLACES, ROUND_HALF_EVEN))
    return scaled
