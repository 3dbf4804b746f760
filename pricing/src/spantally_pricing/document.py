"""The canonical form of a rate table: what is hashed, shipped and compiled.

One JSON value for one set of rates, whatever the order, spelling or spread over files that they were
written in: keys and lists sorted, decimals without exponent or trailing zeros, times in UTC. The
version of a table is the SHA-256 of exactly these bytes, so `sha256sum rate_table.json` prints it.
Inheritance and references are resolved before this form, so that a card here needs no other card.
Each provider is one line, so that a reader can parse the providers that it needs and no others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, NotRequired, TypedDict, cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

SCHEMA = "rates/1"
_END = b'\n},"schema":"rates/1"}'

Rates = dict[str, str]
"""Rate key (`input`, `cache_read` …) to USD for the key's unit, as a decimal string."""
When = dict[str, list[str]]
"""Context key to the values that it may have; all keys must match."""


class TierDoc(TypedDict):
    """Rates for the whole request from a prompt size on."""

    at_least: int
    """Prompt tokens, cached and written ones included."""
    rates: Rates


class CardDoc(TypedDict):
    """A complete set of rates with its tiers."""

    rates: Rates
    tiers: list[TierDoc]


class VariantDoc(TypedDict):
    """What replaces the card (`card`), or multiplies it (`factor` on the keys `on`), in a context."""

    when: When
    card: CardDoc | None
    factor: str | None
    on: list[str]


class WindowDoc(TypedDict):
    """A card for some hours of some weekdays (0 is Monday; minutes of the UTC day, end exclusive)."""

    days: list[int]
    utc: list[list[int]]
    closed: list[str]
    """UTC dates on which the window does not open."""
    card: CardDoc


class RowDoc(TypedDict):
    """A model's rates from an instant on, until its next row."""

    since: str
    free: bool
    card: CardDoc
    variants: list[VariantDoc]
    windows: list[WindowDoc]
    source: str
    checked: str
    note: str


class ModelDoc(TypedDict):
    """A model under all of its undated names, templates included."""

    id: str
    ids: list[str]
    rows: list[RowDoc]


class ModifierDoc(TypedDict):
    """A factor on top of whichever card was chosen; empty `models` means all of the provider's."""

    id: str
    when: When
    factor: str
    on: list[str]
    models: list[str]


class PointerDoc(TypedDict):
    """What an alias means from an instant on."""

    since: str
    provider: str
    model: str
    context: NotRequired[dict[str, str]]
    """What is known of every call under the name."""


class AliasDoc(TypedDict):
    """A name that points at different models over time."""

    name: str
    to: list[PointerDoc]


class DiscountDoc(TypedDict):
    """A factor on list prices, in a time; empty `until`, `when` and `models` mean no bound."""

    id: str
    since: str
    until: str
    when: When
    factor: str
    on: list[str]
    models: list[str]


class ExchangeDoc(TypedDict):
    """What one unit of a contract's currency is worth from an instant on."""

    since: str
    usd: str


class NegotiatedDoc(TypedDict):
    """A model's own rates under a contract; the last row ends at `until`, never when it is empty."""

    model: str
    until: str
    rows: list[RowDoc]
    currency: NotRequired[str]
    """Of the rates; USD when absent."""
    exchange: NotRequired[list[ExchangeDoc]]
    """By ascending instant; the first is not after the first row."""


class ContractDoc(TypedDict):
    """What an organisation agreed with a provider."""

    discounts: list[DiscountDoc]
    models: list[NegotiatedDoc]
    source: str
    note: str


class StatedDoc(TypedDict):
    """Which cost is booked when a response states one (`computed` or `stated`)."""

    book: str
    tolerance: str
    """The share by which the two may differ before it is counted."""


class ProviderDoc(TypedDict):
    """All that is known about one provider."""

    provider: str
    names: list[str]
    """Other names that telemetry uses for the provider."""
    normalise: list[str]
    modifiers: list[ModifierDoc]
    aliases: list[AliasDoc]
    models: list[ModelDoc]
    contract: NotRequired[ContractDoc]
    stated_cost: NotRequired[StatedDoc]


@dataclass(frozen=True, slots=True)
class TableText:
    """A whole table, its providers not parsed yet."""

    names: dict[str, str]
    """Every name of a provider, its own included, to the provider."""
    providers: Mapping[str, bytes]
    """The canonical JSON of each provider's `ProviderDoc`."""


class _Lines(Mapping[str, bytes]):
    """Parts of one text by name, cut out when asked for: two copies of a table would be a third too much."""

    def __init__(self, text: bytes, bounds: dict[str, tuple[int, int]]) -> None:
        self._text = text
        self._bounds = bounds

    def __getitem__(self, name: str) -> bytes:
        start, end = self._bounds[name]
        return self._text[start:end]

    def __iter__(self) -> Iterator[str]:
        return iter(self._bounds)

    def __len__(self) -> int:
        return len(self._bounds)


SMALLEST_RATE = Decimal("1e-12")
"""The last digit of a rate: of one token in a million, the last digit that the ledger keeps of an amount."""


def decimal_text(value: Decimal) -> str:
    """`2.50` and `2.5` are one rate, so they are one text: `2.5`."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def instant_text(value: datetime) -> str:
    """UTC, to the second."""
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")


def canonical_bytes(value: object) -> bytes:
    """Compact ASCII JSON with sorted keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def version_of(canonical: bytes) -> str:
    """The version of the table with these canonical bytes."""
    return "sha256:" + sha256(canonical).hexdigest()


def short_id(value: object) -> str:
    """16 hex digits that name a rate card by its content."""
    return sha256(canonical_bytes(value)).hexdigest()[:16]


def table_bytes(providers: list[ProviderDoc]) -> bytes:
    """The canonical form of the table of these providers."""
    lines: list[bytes] = []
    names: dict[str, str] = {}
    for provider in sorted(providers, key=lambda provider: provider["provider"]):
        provider["models"].sort(key=lambda model: model["id"])
        provider["aliases"].sort(key=lambda alias: alias["name"])
        provider["modifiers"].sort(key=lambda modifier: modifier["id"])
        name = provider["provider"]
        names |= dict.fromkeys(provider["names"], name)
        lines.append(canonical_bytes(name) + b":" + canonical_bytes(provider))
    names |= {provider["provider"]: provider["provider"] for provider in providers}
    top = b'{"currency":"USD","names":' + canonical_bytes(names) + b',"providers":{\n'
    return top + b",\n".join(lines) + _END


def split_table(canonical: bytes) -> TableText:
    """The table with this canonical form.

    Raises:
        ValueError: it is not one of this schema.
    """
    top = canonical[: canonical.find(b"\n")]
    if not top.endswith(b',"providers":{') or not canonical.endswith(_END):
        msg = f"not the canonical form of a table of schema {SCHEMA!r}"
        raise ValueError(msg)
    names = cast("dict[str, str]", json.loads(top.removesuffix(b',"providers":{') + b"}")["names"])
    start, last = len(top) + 1, len(canonical) - len(_END)
    bounds: dict[str, tuple[int, int]] = {}
    for name in sorted(set(names.values())):
        end = canonical.find(b",\n", start, last)
        end = last if end < 0 else end
        bounds[name] = (start + len(canonical_bytes(name)) + 1, end)
        start = end + len(b",\n")
    return TableText(names, _Lines(canonical, bounds))
