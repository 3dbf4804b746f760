"""Two sources about one provider, merged name by name.

Where both price a name alike (input and output, in the row in force), the history of the first is kept
and what only the second knows is added to it. Where they differ, one of them has the name, by the
provider's rule. A third source, an old price map, is asked only for names that nobody else has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally_pricing.document import CardDoc, TierDoc
from spantally_pricing.meters import TOKEN_RATES

from .cards import in_step, rescaled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from spantally_pricing.document import ModelDoc, Rates, RowDoc, VariantDoc

_DECISIVE = {"input", "output", "page", "audio_hour", "request", "input_character"}
"""The rates that two sources have to agree on to be speaking of the same price."""


def merged(
    first: Sequence[ModelDoc],
    second: Sequence[ModelDoc],
    *,
    at: str,
    trust_second: Callable[[str], bool],
) -> list[ModelDoc]:
    """The models of both, each name once; `at` is the instant that `second` is about."""
    singles = {model["id"]: model for model in second}
    taken: set[str] = set()
    result: list[ModelDoc] = []
    for model in first:
        names: list[str] = []
        rows = model["rows"]
        for name in sorted(model["ids"], key=lambda name: (name != model["id"], name)):
            other = singles.get(name)
            if other is None:
                names.append(name)
            elif alike(in_force(rows, at), other["rows"][0]):
                rows = completed(rows, other["rows"][0], at)
                names.append(name)
            elif not trust_second(name):
                names.append(name)
        taken |= set(names)
        if names:
            own = model["id"] if model["id"] in names else names[0]
            result.append({"id": own, "ids": sorted(names), "rows": rows})
    return [*result, *(model for name, model in singles.items() if name not in taken)]


def added(
    models: Sequence[ModelDoc], older: Sequence[ModelDoc], *, seen_since: Sequence[ModelDoc] = ()
) -> list[ModelDoc]:
    """With those of `older` whose name nobody has or, in the import before, which is newer, had."""
    taken = {name for model in (*models, *seen_since) for name in (model["id"], *model["ids"])}
    return [*models, *(model for model in older if not taken & {model["id"], *model["ids"]})]


def in_force(rows: Sequence[RowDoc], at: str) -> RowDoc:
    """The row that holds at `at`, or the first there is."""
    return next((row for row in reversed(rows) if row["since"] <= at), rows[0])


def alike(one: RowDoc, other: RowDoc) -> bool:
    """Whether the two say the same of what both price at all, at every prompt size that both know."""
    mine, theirs = one["card"], other["card"]
    shared = mine["rates"].keys() & theirs["rates"].keys() & _DECISIVE
    same = all(mine["rates"][key] == theirs["rates"][key] for key in shared)
    return same and bool(shared) and not one["free"]


def completed(rows: Sequence[RowDoc], extra: RowDoc, at: str) -> list[RowDoc]:
    """The rows with the meters and contexts that only `extra` has."""
    current = in_force(rows, at)
    known = {key for row in rows for key in row["card"]["rates"]}
    tiered = any(row["card"]["tiers"] for row in rows)
    made = [_completed(row, current, extra, known, tiered=tiered) for row in rows]
    return [
        _lasting(row, extra["card"]["rates"], known) if row["since"] > at else row for row in made
    ]


def _completed(
    row: RowDoc, current: RowDoc, extra: RowDoc, known: set[str], *, tiered: bool
) -> RowDoc:
    if row["free"] or row["windows"] or extra["windows"]:
        return row
    same = alike(row, extra)
    new = (
        {key: rate for key, rate in extra["card"]["rates"].items() if key not in known}
        if same
        else {}
    )
    card = _with(row["card"], new, extra["card"])
    if same and not tiered:
        card = CardDoc(rates=card["rates"], tiers=_tiers(card, extra["card"]))
    variants = [_widened(variant, new, extra) for variant in row["variants"]]
    have = [variant["when"] for variant in variants]
    for variant in extra["variants"]:
        if variant["when"] not in have and variant["card"] is not None:
            fresh = _shaped(variant["card"], card)
            if row is not current and not same:
                fresh = rescaled(variant["card"], extra["card"], card)
            variants.append({**variant, "card": fresh})
    return {**row, "card": card, "variants": variants}


def _lasting(row: RowDoc, extra: Rates, known: set[str]) -> RowDoc:
    """A coming price with what it leaves alone: fees, and kinds of tokens that cost what text costs."""
    new = {key: rate for key, rate in extra.items() if key not in known}
    for card in (row["card"], *(variant["card"] for variant in row["variants"])):
        if card is None or row["free"]:
            continue
        for rates in (card["rates"], *(tier["rates"] for tier in card["tiers"])):
            for key, rate in new.items():
                text = "output" if key.startswith("output_") else "input"
                if key not in TOKEN_RATES:
                    rates.setdefault(key, rate)
                elif rate == extra.get(text) and text in rates:
                    rates.setdefault(key, rates[text])
    return row


def _tiers(card: CardDoc, extra: CardDoc) -> list[TierDoc]:
    """Tiers that only the other source knows, for the meters of our card."""
    return [
        TierDoc(
            at_least=tier["at_least"],
            rates={key: tier["rates"].get(key, rate) for key, rate in card["rates"].items()},
        )
        for tier in extra["tiers"]
    ]


def _with(card: CardDoc, new: dict[str, str], extra: CardDoc) -> CardDoc:
    """The card with new meters; a tier has the rate that the other's tier of that size has."""
    beyond = {tier["at_least"]: tier["rates"] for tier in extra["tiers"]}
    return {
        "rates": {**card["rates"], **new},
        "tiers": [
            {
                "at_least": tier["at_least"],
                "rates": {
                    **tier["rates"],
                    **{
                        key: beyond.get(tier["at_least"], {}).get(key, rate)
                        for key, rate in new.items()
                    },
                },
            }
            for tier in card["tiers"]
        ],
    }


def _widened(variant: VariantDoc, new: dict[str, str], extra: RowDoc) -> VariantDoc:
    """The variant with new meters, at the other's rate in this context if it has one."""
    if variant["card"] is None or not new:
        return variant
    same = next((v["card"] for v in extra["variants"] if v["when"] == variant["when"]), None)
    rates = {key: (same["rates"] if same else new).get(key, rate) for key, rate in new.items()}
    return {**variant, "card": _with(variant["card"], rates, same or extra["card"])}


def _shaped(variant: CardDoc, card: CardDoc) -> CardDoc:
    """The other source's variant with the meters and tiers of our card; what it does not say follows text."""
    known = {key: rate for key, rate in variant["rates"].items() if key in card["rates"]}
    rates = {**card["rates"], **in_step(card["rates"], known)}
    by_size = {tier["at_least"]: tier["rates"] for tier in variant["tiers"]}
    plain = CardDoc(rates=card["rates"], tiers=[])
    shaped = rescaled(CardDoc(rates=rates, tiers=[]), plain, card)
    for tier in shaped["tiers"]:
        said = by_size.get(tier["at_least"], {})
        tier["rates"] |= {key: rate for key, rate in said.items() if key in known}
    return shaped
