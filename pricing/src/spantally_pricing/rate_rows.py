"""Every price of a table as a row, under the id that cost lines have: to join them, and to re-price by SQL.

A price is what one meter costs in one context, with the factors that hold there: the list's, those of
capacity that is paid by the hour, and where there is a contract, what is booked instead.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from .context import PROVISIONED
from .cost import Unpriced
from .meters import METERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from decimal import Decimal

    from .rates import ModelRates
    from .sheets import Price, Selection
    from .table import RateTable


@dataclass(frozen=True, slots=True)
class RateRow:
    """What one of a meter costs: `unit_price` / `per` * `factor` USD."""

    rate_id: str
    layer: str
    """`list`, or `contract` for what is booked instead."""
    provider: str
    model: str
    meter: str
    unit_price: Decimal
    per: int
    factor: Decimal
    factors: tuple[str, ...]
    """Names of what was multiplied into `factor`."""
    context: Mapping[str, str]
    """In which it holds; the first that was found, where it holds in several."""
    windows: str
    """Weekdays and minutes of the UTC day in which alone it holds; empty for any time."""
    at_least: int
    """Prompt tokens from which on it holds."""
    valid_from: datetime
    valid_to: datetime | None
    source: str
    checked: str
    unit: str
    """What `unit_price` is quoted for, in words."""


class _Found(NamedTuple):
    """A price, and where and when it holds."""

    layer: str
    context: Mapping[str, str]
    windows: str
    at_least: int
    meter: str
    price: Price
    since: datetime
    until: datetime | None


def rate_rows(table: RateTable) -> Iterator[RateRow]:
    """Every price of a table, each rate id and meter once."""
    for rates in table.rows():
        rows: dict[tuple[str, str], RateRow] = {}
        for found in _prices_of(rates):  # most of them in several contexts
            key = (found.price.rate_id, found.meter)
            known = rows.get(key)
            if known is None:
                rows[key] = _row(rates, found)
            elif known.valid_to is not None and (
                found.until is None or found.until > known.valid_to
            ):
                rows[key] = replace(known, valid_to=found.until)
        yield from rows.values()


def _prices_of(rates: ModelRates) -> Iterator[_Found]:
    contexts = list(_contexts(rates))
    start, end = rates.effective_from, rates.effective_until
    for context in contexts:
        selection = rates.select(context)
        if not isinstance(selection, Unpriced):
            yield from _prices("list", context, selection, (start, end))
    if (contract := rates.contract) is None:
        return
    changes = [at for at in contract.changes if start < at and (end is None or at < end)]
    times = [start, *changes]
    for since, until in zip(times, [*changes, end], strict=True):
        for context in contexts:
            for layer in contract.layers(since, context):
                selection = layer.select(context)
                if not isinstance(selection, Unpriced):
                    yield from _prices("contract", context, selection, (since, until))


def _contexts(rates: ModelRates) -> Iterator[dict[str, str]]:
    """Every combination of what a variant, a modifier or a discount looks at."""
    values: dict[str, set[str]] = {"service_tier": {PROVISIONED}}
    bases = list(rates.contexts)
    conditions = [modifier["when"] for modifier in rates.modifiers]
    if rates.contract is not None:
        bases += rates.contract.contexts
        conditions += [each["when"] for _, each in rates.contract.discounts]
    for when in conditions:
        for key, allowed in when.items():
            values.setdefault(key, set()).update(allowed)
    for base in bases:
        for chosen in product(*([None, *sorted(values[key])] for key in values)):
            said = {key: value for key, value in zip(values, chosen, strict=True) if value}
            yield {**said, **base}


def _prices(
    layer: str,
    context: Mapping[str, str],
    selection: Selection,
    valid: tuple[datetime, datetime | None],
) -> Iterator[_Found]:
    sheets = [("", selection.sheet)]
    for window in selection.windows:
        days = ",".join(map(str, sorted(window.days)))
        minutes = ",".join(f"{start}-{end}" for start, end in window.minutes)
        sheets.append((f"days {days} minutes {minutes}", window.sheet))
    for windows, sheet in sheets:
        for at_least, prices in ((0, sheet.prices), *sheet.tiers):
            for meter, price in prices.items():
                yield _Found(layer, context, windows, at_least, meter, price, *valid)


def _row(rates: ModelRates, found: _Found) -> RateRow:
    price = found.price
    return RateRow(
        rate_id=price.rate_id,
        layer=found.layer,
        provider=rates.provider,
        model=rates.model,
        meter=found.meter,
        unit_price=price.unit_price,
        per=price.per,
        factor=price.factor,
        factors=tuple(name for name, _ in price.factors),
        context=found.context,
        windows=found.windows,
        at_least=found.at_least,
        valid_from=found.since,
        valid_to=found.until,
        source=rates.source,
        checked=rates.checked,
        unit=METERS[found.meter].unit.label,
    )
