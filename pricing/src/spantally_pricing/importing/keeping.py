"""What an import leaves of the one before it: nothing that had a price loses it, and no past price changes.

A source without dates describes its own day. A model that it drops was retired, and calls of last year still
need its price; a price that it changes held until then. A source with dates knows better and has its way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .cards import EARLIEST
from .merging import in_force

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spantally_pricing.document import ModelDoc, RowDoc

CHANGED = "changed since the import before; the day is that of this one"


def kept(fresh: Sequence[ModelDoc], before: Sequence[ModelDoc], day: str) -> list[ModelDoc]:
    """The models of an import of `day` (an instant, as rows have it), with what the one before knew."""
    owners = {name: model for model in before for name in model["ids"]}
    names = {name for model in fresh for name in model["ids"]}
    models = [_dated(model, owners.get(model["id"]), day) for model in fresh]
    for model in before:
        if gone := [name for name in model["ids"] if name not in names]:
            own = model["id"] if model["id"] in gone else gone[0]
            models.append({"id": own, "ids": gone, "rows": model["rows"]})
    return models


def _dated(model: ModelDoc, old: ModelDoc | None, day: str) -> ModelDoc:
    """The model with the rows that it had, if its source says nothing of their time."""
    if old is None or any(row["since"] != EARLIEST for row in model["rows"]):
        return model
    last, row = in_force(old["rows"], day), model["rows"][0]
    past = [each for each in old["rows"] if each["since"] < last["since"]]
    if _says_no_less(row, last):
        note = last["note"] if past else row["note"]
        return {**model, "rows": [*past, {**row, "since": last["since"], "note": note}]}
    return {**model, "rows": [*past, last, {**row, "since": day, "note": CHANGED}]}


def _says_no_less(row: RowDoc, last: RowDoc) -> bool:
    """Whether every price of `last` is in `row`: what it has besides is knowledge, not a change."""
    prices = dict(_prices(row))
    return all(prices.get(place) == rate for place, rate in _prices(last))


def _prices(row: RowDoc) -> Iterator[tuple[tuple[str, int, str], str]]:
    """Every rate of the row, by context, smallest prompt and key."""
    cards = [("", row["card"]), *((str(v["when"]), v["card"]) for v in row["variants"])]
    cards += [(str((w["days"], w["utc"])), w["card"]) for w in row["windows"]]
    for where, card in cards:
        if card is not None:
            for key, rate in card["rates"].items():
                yield (where, 0, key), rate
            for tier in card["tiers"]:
                for key, rate in tier["rates"].items():
                    yield (where, tier["at_least"], key), rate
