"""A model's rates in one period, compiled to what the engine multiplies with.

All that can be decided before a call is seen is decided here, once for each context that occurs: which
card, which factors, and the price of one of each meter.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, Inexact
from typing import TYPE_CHECKING

from .context import DESCRIPTIVE, PROVISIONED, combinations, special
from .cost import Unpriced, UnpricedReason
from .document import short_id
from .meters import BY_RATE, OUTPUT, REASONING, TIME, TOKEN_RATES
from .sheets import EXACT, HALF_EVEN, LAST_PLACE, Price, Prices, Selection, Sheet, Window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .contract import Contract
    from .document import CardDoc, ModifierDoc, Rates, RowDoc, VariantDoc, WindowDoc

_NOTHING: frozenset[tuple[str, str]] = frozenset()

_PREPAID = (f"service_tier={PROVISIONED}", Decimal(0), TOKEN_RATES)
"""The factor of calls that ran on capacity that is paid by the hour."""

KEPT = 1000
"""Contexts that a model keeps compiled. Few occur; the bound is for callers who send anything."""

Factors = tuple[tuple[str, Decimal, frozenset[str]], ...]
"""(name, factor, the rate keys that it multiplies)."""


class ModelRates:
    """What a model costs from `effective_from` until `effective_until` (None: still)."""

    def __init__(
        self,
        provider: str,
        model: str,
        row: RowDoc,
        until: datetime | None,
        modifiers: Sequence[ModifierDoc],
    ) -> None:
        self.provider = provider
        self.model = model
        self.known: Mapping[str, str] | None = None
        """Context that the deployment was mapped to have, whatever the call says or does not say."""
        self.contract: Contract | None = None
        """What is paid instead of these list prices."""
        self.effective_from = datetime.fromisoformat(row["since"])
        self.effective_until = until
        self.source = row["source"]
        """Page that the rates were read on."""
        self.checked = row["checked"]
        """Day on which they were last compared with it."""
        self.note = row["note"]
        self.time_meters = tuple(
            meter for key, meter in TIME.items() if key in row["card"]["rates"]
        )
        """The meters that count how long a call took, where the machine's time is what is paid."""
        self.per_request = "request" in row["card"]["rates"]
        """Whether the call itself costs something, whatever it used."""
        self.row = row
        """The canonical form of these rates."""
        self.modifiers = [m for m in modifiers if not m["models"] or model in m["models"]]
        self._variants: dict[frozenset[tuple[str, str]], VariantDoc | None] = {frozenset(): None}
        for variant in row["variants"]:
            for when in combinations(variant["when"]):
                self._variants[when] = variant
        self._described = {key for variant in row["variants"] for key in variant["when"]}
        self._selections: dict[frozenset[tuple[str, str]], Selection] = {}

    def __repr__(self) -> str:
        """Which row it is."""
        since = self.row["since"]
        return f"ModelRates({self.provider!r}, {self.model!r}, effective_from={since})"

    @property
    def contexts(self) -> list[dict[str, str]]:
        """The contexts that have a card or factor of their own; the first is none at all."""
        return [dict(sorted(when)) for when in self._variants]

    def select(self, context: Mapping[str, str]) -> Selection | Unpriced:
        """The prices for this context, or that it has no rate here."""
        key = frozenset(context.items()) if context else _NOTHING
        known = self._selections.get(key)
        if known is not None:
            return known
        selection = self._compile(special(context))
        if isinstance(selection, Selection) and len(self._selections) < KEPT:
            self._selections[key] = selection
        return selection

    def _compile(self, context: dict[str, str]) -> Selection | Unpriced:
        modifiers = [
            m for m in self.modifiers if all(context.get(k) in v for k, v in m["when"].items())
        ]
        factors: Factors = tuple((m["id"], Decimal(m["factor"]), _keys(m["on"])) for m in modifiers)
        settled = {key for m in modifiers for key in m["when"]} | (DESCRIPTIVE - self._described)
        wanted = frozenset((k, v) for k, v in context.items() if k not in settled)
        if ("service_tier", PROVISIONED) in wanted and wanted not in self._variants:
            factors = (*factors, _PREPAID)
            wanted -= {("service_tier", PROVISIONED)}
        if wanted not in self._variants:
            return Unpriced(UnpricedReason.UNKNOWN_CONTEXT, self._no_rate(wanted))
        variant = self._variants[wanted]
        card = self.row["card"]
        if variant is not None and variant["card"] is not None:
            card = variant["card"]
        elif variant is not None and variant["factor"] is not None:
            name = ",".join(f"{k}={v}" for k, v in sorted(wanted))
            factors = ((name, Decimal(variant["factor"]), _keys(variant["on"])), *factors)
        when = dict(sorted(wanted))
        return Selection(
            self._sheet(card, factors, {"when": when}),
            tuple(self._window(window, factors, when) for window in self.row["windows"]),
        )

    def _no_rate(self, wanted: frozenset[tuple[str, str]]) -> str:
        said = " with ".join(f"{key}={value}" for key, value in sorted(wanted))
        return f"{self.provider} publishes no rate for {self.model} with {said}"

    def _window(self, window: WindowDoc, factors: Factors, when: dict[str, str]) -> Window:
        selector = {"when": when, "days": window["days"], "utc": window["utc"]}
        return Window(
            frozenset(window["days"]),
            tuple((start, end) for start, end in window["utc"]),
            frozenset(date.fromisoformat(day) for day in window["closed"]),
            self._sheet(window["card"], factors, selector),
        )

    def _sheet(self, card: CardDoc, factors: Factors, selector: Mapping[str, object]) -> Sheet:
        tiers = tuple(
            (
                tier["at_least"],
                self._prices(tier["rates"], factors, {**selector, "at_least": tier["at_least"]}),
            )
            for tier in card["tiers"]
        )
        return Sheet(self._prices(card["rates"], factors, selector), tiers)

    def _prices(self, rates: Rates, factors: Factors, selector: Mapping[str, object]) -> Prices:
        rate_id = short_id(
            {
                "provider": self.provider,
                "model": self.model,
                "since": self.row["since"],
                "free": self.row["free"],
                "rates": rates,
                "factors": [[name, str(factor), sorted(on)] for name, factor, on in factors],
                **selector,
            }
        )
        if self.row["free"]:
            rates = dict.fromkeys(BY_RATE, "0")
        elif not rates.keys().isdisjoint(TIME) and rates.keys().isdisjoint(TOKEN_RATES):
            rates = {
                **dict.fromkeys(TOKEN_RATES, "0"),
                **rates,
            }  # who pays for the time has the tokens
        prices = {
            BY_RATE[key].name: _price(key, Decimal(rate), factors, rate_id)
            for key, rate in rates.items()
        }
        if OUTPUT in prices:
            prices.setdefault(REASONING, prices[OUTPUT])
        return prices


def _keys(on: Sequence[str]) -> frozenset[str]:
    """The rate keys that `on` names; `tokens` stands for prompt and completion, without any fee."""
    return frozenset(on) | TOKEN_RATES if "tokens" in on else frozenset(on)


def _price(key: str, rate: Decimal, factors: Factors, rate_id: str) -> Price:
    applied = tuple((name, factor) for name, factor, on in factors if key in on)
    factor = Decimal(1)
    for _, each in applied:
        factor = EXACT.multiply(factor, each)
    per = BY_RATE[key].unit.per
    try:
        one = EXACT.divide(EXACT.multiply(rate, factor), Decimal(per))
        if HALF_EVEN.quantize(one, LAST_PLACE) != one:
            one = None
    except Inexact:
        one = None
    return Price(rate, per, applied, factor, one, rate_id)
