"""A span and a provider call of the group, and what a call costs by the published rates."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from support.hotel_group.house import MODELS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Any span of a run; ids are hex."""

    trace: str
    span: str
    parent: str
    """Empty for the first of the run."""
    name: str
    service: str
    version: str
    at: datetime
    duration_us: int
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Step):
    """A provider call. Counts are inclusive; None is not reported."""

    model: str
    tokens_in: int | None
    cache_read: int | None
    cache_write: int | None
    tokens_out: int | None
    status: str
    """As in the ledger: `priced`, `partially_priced`, `unpriced`, `not_billed`."""
    cost: Decimal | None
    """USD, exact; None is unknown."""

    @property
    def provider(self) -> str:
        return MODELS[self.model].provider if self.model in MODELS else ""

    @property
    def served(self) -> str:
        """The model that answered; empty where none did."""
        if self.status == "not_billed":
            return ""
        return MODELS[self.model].served if self.model in MODELS else self.model


def cost_of(model: str, fresh: int, read: int, written: int, out: int) -> Decimal:
    """USD, by the published rates."""
    rates = MODELS[model]
    each = (fresh, rates.fresh), (read, rates.cache_read), (out, rates.output)
    return (
        sum(count * rate for count, rate in each) + written * (rates.cache_write or 0)
    ) / MILLION
