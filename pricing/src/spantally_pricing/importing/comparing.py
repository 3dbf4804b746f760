"""What two tables say differently, in money.

Each name that either knows is looked up in both at one instant, and each price that holds then is compared:
by meter, context and prompt size; where either table has a contract with the provider, what is booked, too.
A difference is weighted with how much of that meter was used, by a ledger or by a sample.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from spantally_pricing.cost import Unpriced
from spantally_pricing.meters import METERS, OUTPUT, REASONING
from spantally_pricing.sheets import Price, sheet_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from spantally_pricing.rates import ModelRates
    from spantally_pricing.sheets import Prices, Sheet
    from spantally_pricing.table import RateTable

Name = tuple[str, str]
"""(provider, what a call names the model)."""

Workload = Mapping[tuple[str, str, str], Decimal]
"""(provider, name of the model, meter) to the quantity used."""

SAMPLE = {
    "input_tokens": Decimal(1_000_000),
    "cache_read_tokens": Decimal(1_000_000),
    "cache_write_tokens": Decimal(100_000),
    "output_tokens": Decimal(100_000),
    "web_searches": Decimal(100),
}
"""What a difference is weighted with when nobody says what was used; of other meters, see `_sample`."""

Cell = tuple[str, int, str]
"""Context (empty for none), smallest prompt, meter."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One price that is not the same."""

    provider: str
    model: str
    """The name of the model, as a call would say it."""
    meter: str
    context: str
    """Such as `service_tier=flex`; empty for none. It begins with `booked` where a contract has its say."""
    at_least: int
    """The prompt size from which on it is so; 0 for every size."""
    before: Decimal | None
    """USD for the meter's unit, factors applied; None when there is no price."""
    after: Decimal | None
    quantity: Decimal
    impact: Decimal | None
    """USD more (or less, when negative) for that quantity; None when either side has no price."""


def differences(
    before: RateTable,
    after: RateTable,
    at: datetime,
    *,
    names: Iterable[Name] | None = None,
    workload: Workload | None = None,
) -> list[Difference]:
    """What `after` prices differently from `before` at `at`, the costliest first.

    Compared are `names`; or those in the workload; or every plain name that either table lists.
    """
    if names is None and workload is not None:
        names = {(provider, model) for provider, model, _ in workload}
    wanted = sorted({*plain_names(before), *plain_names(after)} if names is None else set(names))
    found: list[Difference] = []
    contracts = _under_contract(before) | _under_contract(after)
    for name in wanted:
        booked = name[0] in contracts
        left, right = (cells(table, name, at, booked=booked) for table in (before, after))
        found += [
            _difference(name, cell, left.get(cell), right.get(cell), workload)
            for cell in sorted(left.keys() | right.keys())
            if left.get(cell) != right.get(cell)
        ]
    return sorted(found, key=lambda each: -abs(each.impact or 0))


def plain_names(table: RateTable) -> Iterator[Name]:
    """Every undated name that the table lists, aliases included."""
    for doc in table.documents():
        for model in doc["models"]:
            yield from ((doc["provider"], name) for name in model["ids"] if "{" not in name)
        yield from ((doc["provider"], alias["name"]) for alias in doc["aliases"])


def cells(
    table: RateTable, name: Name, at: datetime, *, booked: bool = False
) -> dict[Cell, Decimal]:
    """Every list price of a name at an instant, and what is `booked`; empty when the table has none."""
    rates = table.lookup(*name, at)
    if isinstance(rates, Unpriced):
        return {}
    return dict(_cells(rates, at)) | (dict(_booked_cells(rates, at)) if booked else {})


def _under_contract(table: RateTable) -> set[str]:
    """The providers that there is a contract with."""
    return {doc["provider"] for doc in table.documents() if "contract" in doc}


def _booked_cells(rates: ModelRates, at: datetime) -> Iterator[tuple[Cell, Decimal]]:
    """What is booked, which is the list price where no term of a contract holds."""
    contexts = rates.contexts
    contexts += [] if rates.contract is None else rates.contract.contexts
    for context in contexts:
        terms = None if rates.contract is None else rates.contract.at(at, context)
        sheet = _list_sheet(rates, at, context)
        if terms is not None:
            sheet = None if isinstance(terms, Unpriced) else terms.sheet or terms.sheet_at(at)
        if sheet is None:
            continue
        said = ", ".join(["booked", *(f"{key}={value}" for key, value in context.items())])
        for at_least, prices in ((0, sheet.prices), *sheet.tiers):
            listed = {m: p if isinstance(p, Price) else p[0] for m, p in prices.items()}
            for meter, price in _priced(listed):
                yield (said, at_least, meter), price


def _list_sheet(rates: ModelRates, at: datetime, context: Mapping[str, str]) -> Sheet | None:
    selection = rates.select(context)
    return None if isinstance(selection, Unpriced) else sheet_at(selection, at)


def _cells(rates: ModelRates, at: datetime) -> Iterator[tuple[Cell, Decimal]]:
    for context in rates.contexts:
        sheet = _list_sheet(rates, at, context)
        if sheet is None:
            continue
        said = ", ".join(f"{key}={value}" for key, value in context.items())
        for at_least, prices in ((0, sheet.prices), *sheet.tiers):
            for meter, price in _priced(prices):
                yield (said, at_least, meter), price


def _priced(prices: Prices) -> Iterator[tuple[str, Decimal]]:
    for meter, price in prices.items():
        if meter != REASONING or price != prices.get(OUTPUT):
            yield meter, price.unit_price * price.factor


def _difference(
    name: Name,
    cell: Cell,
    before: Decimal | None,
    after: Decimal | None,
    workload: Workload | None,
) -> Difference:
    context, at_least, meter = cell
    used = _sample(meter) if workload is None else workload.get((*name, meter), Decimal(0))
    impact = (
        None
        if before is None or after is None
        else (after - before) * used / METERS[meter].unit.per
    )
    return Difference(*name, meter, context, at_least, before, after, used, impact)


def _sample(meter: str) -> Decimal:
    """A tenth of the unit that the meter is priced for, where `SAMPLE` says nothing."""
    return SAMPLE.get(meter, Decimal(METERS[meter].unit.per) / 10)
