"""The prices of a model's row, card by card: one for each context and prompt size."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from spantally_pricing import ModelRates, RateTable, Unpriced
from spantally_pricing.document import decimal_text
from spantally_pricing.meters import METERS, OUTPUT, REASONING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from spantally_pricing.sheets import Prices

Json = dict[str, object]

TIMES = "\u00d7"


@dataclass(frozen=True, slots=True)
class Card:
    """What each meter costs in one context, factors applied, list price."""

    context: Mapping[str, str]
    window: str
    """Weekdays and hours in UTC; empty for the ordinary ones."""
    at_least: int
    """Prompt tokens from which on it holds; 0 for every size."""
    prices: Mapping[str, str]
    """Rate key to USD for its unit."""

    @property
    def name(self) -> str:
        """When it holds, in words."""
        said = [f"{key}={value}" for key, value in self.context.items()]
        said += [self.window] if self.window else []
        said += [f"from {self.at_least:,} prompt tokens"] if self.at_least else []
        return ", ".join(said) or "standard"


def cards(rates: ModelRates) -> Iterator[Card]:
    """Every card of a row, the standard one first."""
    for context in rates.contexts:
        selection = rates.select(context)
        if isinstance(selection, Unpriced):
            continue
        sheets = [("", selection.sheet)]
        for window in selection.windows:
            hours = ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in window.minutes)
            days = ",".join(_DAYS[day] for day in sorted(window.days))
            sheets.append((f"{days} {hours} UTC", window.sheet))
        for name, sheet in sheets:
            yield Card(context, name, 0, _prices(sheet.prices))
            for at_least, prices in sheet.tiers:
                yield Card(context, name, at_least, _prices(prices))


def providers_of(table: RateTable, model: str, at: datetime, provider: str | None) -> list[str]:
    """The providers that have rates for a model of this name."""
    known = [provider] if provider else [doc["provider"] for doc in table.documents()]
    return [name for name in known if not isinstance(table.history(name, model, at), Unpriced)]


def nearest(table: RateTable, model: str, provider: str = "") -> str:
    """The end of a sentence that says a model is not known: names like it, of `provider` alone if said."""
    docs = [doc for doc in table.documents() if provider in ("", doc["provider"], *doc["names"])]
    names = {name for doc in docs for m in doc["models"] for name in m["ids"] if "{" not in name}
    names |= {alias["name"] for doc in docs for alias in doc["aliases"]}
    near = get_close_matches(model, names, n=3)
    return f"; did you mean {', '.join(near)}?" if near else "."


def no_rates(table: RateTable, model: str, at: datetime, provider: str | None) -> str:
    """The sentence that says so: who does have rates for the model, or the names that are like it."""
    if provider is None:
        return f"no rates for a model {model!r}{nearest(table, model)}"
    said = f"no rates for a model {model!r} of {provider}"
    if others := providers_of(table, model, at, None):
        more = f" and {len(others) - 5} others" if len(others) > 5 else ""
        return f"{said}; {', '.join(others[:5])}{more} have some."
    return said + nearest(table, model, provider)


def row_as_json(rates: ModelRates) -> Json:
    """A row with all of its cards."""
    until = rates.effective_until
    return {
        "provider": rates.provider,
        "model": rates.model,
        "effective_from": rates.effective_from.isoformat(),
        "effective_until": None if until is None else until.isoformat(),
        "source": rates.source,
        "checked": rates.checked,
        "note": rates.note,
        "free": rates.row["free"],
        "cards": [
            {
                "context": dict(card.context),
                "window": card.window or None,
                "at_least": card.at_least,
                "rates": dict(card.prices),
            }
            for card in cards(rates)
        ],
        "factors": [
            {"id": m["id"], "when": m["when"], "factor": m["factor"], "on": m["on"]}
            for m in rates.modifiers
        ],
    }


def row_as_text(rates: ModelRates) -> list[str]:
    """A row as lines for people."""
    until = f" until {rates.effective_until:%Y-%m-%d %H:%M} UTC" if rates.effective_until else ""
    lines = [
        f"{rates.provider} {rates.model} from {rates.effective_from:%Y-%m-%d %H:%M} UTC{until}"
    ]
    checked = f", checked {rates.checked}" if rates.checked else ""
    lines += [f"  {text}" for text in (f"{rates.source}{checked}", rates.note) if text]
    if rates.row["free"]:
        return [*lines, "  free: everything costs 0"]
    for card in cards(rates):
        said = " · ".join(f"{key} {price}" for key, price in card.prices.items())
        lines += [f"  {card.name}", f"    {said}"]
    for modifier in rates.modifiers:
        when = ", ".join(f"{key}={'|'.join(values)}" for key, values in modifier["when"].items())
        lines.append(f"  {TIMES} {modifier['factor']} on {', '.join(modifier['on'])} for {when}")
    return lines


def _prices(prices: Prices) -> dict[str, str]:
    return {
        METERS[meter].rate: decimal_text((price.unit_price * price.factor).normalize())
        for meter, price in prices.items()
        if meter != REASONING or price != prices.get(OUTPUT)
    }


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
