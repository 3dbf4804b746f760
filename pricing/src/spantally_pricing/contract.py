"""What an organisation pays instead of the list price.

A contract has discounts, which multiply list prices, and negotiated rates, which replace them and are
final: no discount applies to them. Both hold for a time. What neither says costs what the list says.
The list price is never lost: the engine computes both and books this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from .context import special
from .document import ModifierDoc
from .rates import ModelRates

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .document import ContractDoc, DiscountDoc, RowDoc

MARK = "contract:"
"""What the names of a contract's factors and models begin with on a cost line."""


@dataclass(frozen=True, slots=True)
class Span:
    """`[since, until)`; None is open."""

    since: datetime
    until: datetime | None

    @classmethod
    def of(cls, since: str, until: str) -> Span:
        """From the canonical form, in which an empty text is open."""
        return cls(datetime.fromisoformat(since), datetime.fromisoformat(until) if until else None)

    def __contains__(self, at: datetime) -> bool:
        """Whether the aware time is inside."""
        return self.since <= at and (self.until is None or at < self.until)


class Contract:
    """What holds for one row of one model. Made once a row, compiled once a combination of terms."""

    def __init__(
        self,
        doc: ContractDoc,
        provider: str,
        model: str,
        row: RowDoc,
        modifiers: Sequence[ModifierDoc],
    ) -> None:
        self._row = row
        self._modifiers = modifiers
        self._provider, self._model = provider, model
        self.discounts = [
            (Span.of(each["since"], each["until"]), each)
            for each in doc["discounts"]
            if not each["models"] or model in each["models"]
        ]
        """In the order in which they multiply."""
        self.negotiated = [
            (span, ModelRates(provider, model, rates, span.until, modifiers))
            for each in doc["models"]
            if each["model"] == model
            for span, rates in _periods(each["rows"], each["until"])
        ]
        self._discounted: dict[tuple[str, ...], ModelRates] = {}

    def at(self, at: datetime, context: Mapping[str, str]) -> tuple[ModelRates, ...] | None:
        """The rates to book, later ones over earlier ones; None when no term holds."""
        layers: tuple[ModelRates, ...] = ()
        discounts = self.discounts_at(at, context)
        if discounts:
            layers = (self._with(discounts),)
        for span, rates in self.negotiated:
            if at in span:
                layers = (*layers, rates)
        return layers or None

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
        key = tuple(each["id"] for each in discounts)
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
                self._provider, self._model, self._row, None, [*self._modifiers, *factors]
            )
        return known


def _periods(rows: Sequence[RowDoc], until: str) -> list[tuple[Span, RowDoc]]:
    """Each row until the next one, the last until the end of the contract."""
    ends = [*(row["since"] for row in rows[1:]), until]
    return [(Span.of(row["since"], end), row) for row, end in zip(rows, ends, strict=True)]
