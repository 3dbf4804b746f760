"""What two sets of rates say differently, in money.

Every rate in force at one instant is compared, by provider, name, meter, context and prompt size.
A difference is weighted with how much of that meter was used: by a ledger, or by a sample.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from spantally_pricing.document import CardDoc, TierDoc
from spantally_pricing.meters import BY_RATE, METERS, REASONING, TOKEN_RATES

from .merging import in_force

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from spantally_pricing.document import ModelDoc, ProviderDoc, RowDoc

Workload = Mapping[tuple[str, str, str], Decimal]
"""(provider, name of the model, meter) to the quantity used."""

SAMPLE = {
    "input_tokens": Decimal(1_000_000),
    "cache_read_tokens": Decimal(1_000_000),
    "cache_write_tokens": Decimal(100_000),
    "output_tokens": Decimal(100_000),
    "web_searches": Decimal(100),
}
"""What a difference is weighted with when nobody says what was used; of any other meter, 100,000 or 100."""

Cell = tuple[str, int, str]
"""Context (empty for none), smallest prompt, meter."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One rate that is not the same."""

    provider: str
    model: str
    """The name of the model, as a call would say it."""
    meter: str
    context: str
    at_least: int
    """The prompt size from which on it is so; 0 for every size."""
    before: Decimal | None
    """USD for the meter's unit; None when there is no rate."""
    after: Decimal | None
    quantity: Decimal
    impact: Decimal | None
    """USD more (or less) for that quantity; None when either side has no rate."""


def differences(
    before: Iterable[ProviderDoc],
    after: Iterable[ProviderDoc],
    at: datetime,
    workload: Workload | None = None,
) -> list[Difference]:
    """What `after` says differently, for the names that either has; the costliest first.

    With a workload, only the names in it are compared.
    """
    left, right = _names(before, at), _names(after, at)
    wanted = left.keys() | right.keys()
    if workload is not None:
        wanted &= {(provider, model) for provider, model, _ in workload}
    found = [
        _difference(name, cell, left.get(name, {}), right.get(name, {}), workload)
        for name in sorted(wanted)
        for cell in sorted(left.get(name, {}).keys() | right.get(name, {}).keys())
        if left.get(name, {}).get(cell) != right.get(name, {}).get(cell)
    ]
    return sorted(found, key=lambda each: -abs(each.impact or 0))


def _difference(
    name: tuple[str, str],
    cell: Cell,
    left: Mapping[Cell, Decimal],
    right: Mapping[Cell, Decimal],
    workload: Workload | None,
) -> Difference:
    context, at_least, meter = cell
    before, after = left.get(cell), right.get(cell)
    per = METERS[meter].unit.per
    fallback = SAMPLE.get(meter, Decimal(100 if per == 1000 else 100_000))
    quantity = fallback if workload is None else workload.get((*name, meter), Decimal(0))
    impact = None if before is None or after is None else (after - before) * quantity / per
    return Difference(*name, meter, context, at_least, before, after, quantity, impact)


def _names(docs: Iterable[ProviderDoc], at: datetime) -> dict[tuple[str, str], dict[Cell, Decimal]]:
    """The rates in force of every plain name."""
    return {
        (doc["provider"], name): dict(_cells(in_force(model["rows"], _text(at))))
        for doc in docs
        for model in doc["models"]
        for name in _plain(model)
    }


def _plain(model: ModelDoc) -> list[str]:
    return [name for name in model["ids"] if "{" not in name]


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _cells(row: RowDoc) -> Iterator[tuple[Cell, Decimal]]:
    yield from _card_cells("", row["card"])
    for variant in row["variants"]:
        context = ", ".join(f"{k}={'|'.join(v)}" for k, v in sorted(variant["when"].items()))
        yield from _card_cells(
            context, variant["card"] or _multiplied(row["card"], variant["factor"], variant["on"])
        )
    for window in row["windows"]:
        spans = ", ".join(f"{start // 60:02}:{start % 60:02}" for start, _ in window["utc"])
        yield from _card_cells(f"days {window['days']} from {spans}", window["card"])


def _card_cells(context: str, card: CardDoc) -> Iterator[tuple[Cell, Decimal]]:
    levels = [(0, card["rates"]), *((tier["at_least"], tier["rates"]) for tier in card["tiers"])]
    for at_least, rates in levels:
        for key, rate in rates.items():
            if BY_RATE[key].name != REASONING or rate != rates.get("output"):
                yield (context, at_least, BY_RATE[key].name), Decimal(rate)


def _multiplied(card: CardDoc, factor: str | None, on: list[str]) -> CardDoc:
    times = Decimal(factor or 1)
    keys = TOKEN_RATES | set(on) if "tokens" in on else set(on)

    def each(rates: dict[str, str]) -> dict[str, str]:
        return {k: str(Decimal(r) * times) if k in keys else r for k, r in rates.items()}

    tiers = [TierDoc(at_least=t["at_least"], rates=each(t["rates"])) for t in card["tiers"]]
    return CardDoc(rates=each(card["rates"]), tiers=tiers)
