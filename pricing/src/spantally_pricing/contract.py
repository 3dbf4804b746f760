"""What an organisation pays instead of the list price.

A contract has discounts, which multiply list prices, and negotiated rates, which replace them and are
final: no discount applies to them. Both hold for a time. What neither says costs what the list says.
The list price is never lost: the engine computes both and books this one.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from .context import combinations, special
from .contract_periods import MARK, Span, periods
from .cost import Unpriced
from .document import ModifierDoc
from .rates import KEPT, ModelRates
from .sheets import Price, Selection, Sheet, sheet_at, tier_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from .document import ContractDoc, DiscountDoc
    from .sheets import Prices

_NOTHING_LISTED = Selection(Sheet({}, ()), ())


BookedPrices = dict[str, tuple[Price, Price | None]]
"""By meter name, the price that is booked and the vendor's; None where the vendor has none."""


class BookedSheet(NamedTuple):
    """Booked beside listed prices, and those of longer prompts, by ascending prompt size."""

    prices: BookedPrices
    tiers: tuple[tuple[int, BookedPrices], ...]


class Terms:
    """What is booked at a time, in a context: the layers' prices, later over earlier ones over the list's."""

    def __init__(self, selections: Sequence[Selection]) -> None:
        self._selections = selections
        self._by_sheets: dict[tuple[int, ...], BookedSheet] = {}
        has_windows = any(selection.windows for selection in selections)
        self.sheet = None if has_windows else _joined([each.sheet for each in selections])
        """What is booked at any time; None when that depends on the hour."""

    def sheet_at(self, at: datetime) -> BookedSheet:
        """What is booked at this hour."""
        sheets = [sheet_at(selection, at) for selection in self._selections]
        key = tuple(map(id, sheets))  # `_selections` keeps them, so that no others get these ids
        known = self._by_sheets.get(key)
        if known is None:
            known = self._by_sheets[key] = _joined(sheets)
        return known


def _joined(sheets: Sequence[Sheet]) -> BookedSheet:
    """The first sheet is the list's."""
    bounds = sorted({at_least for sheet in sheets for at_least, _ in sheet.tiers})
    prices = [_over([tier_of(sheet, bound) for sheet in sheets]) for bound in (0, *bounds)]
    return BookedSheet(prices[0], tuple(zip(bounds, prices[1:], strict=True)))


def _over(layers: Sequence[Prices]) -> BookedPrices:
    listed = layers[0]
    booked: Prices = {}
    for prices in layers:
        booked |= prices
    return {meter: (price, listed.get(meter)) for meter, price in booked.items()}


class Contract:
    """What holds for one row of one model. Made once a row, compiled once a combination of terms."""

    def __init__(
        self, doc: ContractDoc, listed: ModelRates, modifiers: Sequence[ModifierDoc]
    ) -> None:
        self._listed = listed
        self._modifiers = modifiers
        self.source, self.note = doc["source"], doc["note"]
        """Where the terms are written down, and what a reader should know."""
        provider, model = listed.provider, listed.model
        self.discounts = [
            (Span.of(each["since"], each["until"]), each)
            for each in doc["discounts"]
            if not each["models"] or model in each["models"]
        ]
        """In the order in which they multiply."""
        self.negotiated = [
            (span, ModelRates(provider, model, rates, span.until, [*modifiers, *currency]))
            for each in doc["models"]
            if each["model"] == model
            for span, rates, currency in periods(each)
        ]
        spans = [span for span, _ in (*self.discounts, *self.negotiated)]
        self.changes = sorted({at for span in spans for at in (span.since, span.until) if at})
        """When something begins or ends; between two of these the terms are the same."""
        self._terms: dict[tuple[int, frozenset[tuple[str, str]]], Terms | Unpriced | None] = {}
        self._discounted: dict[tuple[tuple[str, str], ...], ModelRates] = {}

    def at(self, at: datetime, context: Mapping[str, str]) -> Terms | Unpriced | None:
        """What is booked instead of the list's rates; None when no term holds, so that the list does."""
        key = bisect_right(self.changes, at), frozenset(context.items())
        if key in self._terms:
            return self._terms[key]
        terms = self._compiled(at, context)
        if len(self._terms) < KEPT:
            self._terms[key] = terms
        return terms

    def _compiled(self, at: datetime, context: Mapping[str, str]) -> Terms | Unpriced | None:
        layers = self.layers(at, context)
        if not layers:
            return None
        first = self._listed.select(context)
        others = [layer.select(context) for layer in layers]
        priced = [each for each in others if not isinstance(each, Unpriced)]
        if not isinstance(first, Unpriced):
            return Terms([first, *priced])
        return Terms([_NOTHING_LISTED, *priced]) if priced else first

    def layers(self, at: datetime, context: Mapping[str, str]) -> list[ModelRates]:
        """The rates to book, later ones over earlier ones."""
        discounts = self.discounts_at(at, context)
        layers = [self._with(discounts)] if discounts else []
        return [*layers, *(rates for span, rates in self.negotiated if at in span)]

    @property
    def contexts(self) -> list[dict[str, str]]:
        """The contexts that only terms of the contract name."""
        said = [when for _, rates in self.negotiated for when in rates.contexts]
        said += [dict(when) for _, each in self.discounts for when in combinations(each["when"])]
        return [when for when in said if when and when not in self._listed.contexts]

    def discounts_at(self, at: datetime, context: Mapping[str, str]) -> list[DiscountDoc]:
        """The discounts that hold for such a call."""
        said = special(context)
        return [
            each
            for span, each in self.discounts
            if at in span and all(said.get(key) in values for key, values in each["when"].items())
        ]

    def _with(self, discounts: list[DiscountDoc]) -> ModelRates:
        """The list row with these discounts as further factors."""
        key = tuple((each["id"], each["since"]) for each in discounts)
        known = self._discounted.get(key)
        if known is None:
            # Their conditions have been looked at: a modifier would take its keys from the variants.
            factors = [
                ModifierDoc(
                    id=MARK + each["id"], when={}, factor=each["factor"], on=each["on"], models=[]
                )
                for each in discounts
            ]
            known = self._discounted[key] = ModelRates(
                self._listed.provider,
                self._listed.model,
                self._listed.row,
                None,
                [*self._modifiers, *factors],
            )
        return known
