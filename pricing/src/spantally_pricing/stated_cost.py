"""Which cost is booked when a response states what it was charged.

Some providers state exactly what they billed; then that is booked and ours stands beside it. Others
state an estimate, a rounded figure or a gateway's own calculation; then ours is booked. An
organisation's file may say otherwise, host by host.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .document import ProviderDoc

COMPUTED = "computed"
STATED = "stated"

BOOKED_AS_STATED = frozenset(("x_ai", "openrouter", "vercel", "venice"))
"""xAI states the exact charge in ticks of 1e-10 USD, the others what they took off the credits."""

TOLERANCE = Decimal("0.01")
"""One percent: what rounding and a day's delay of a price change explain."""

_SMALLEST = Decimal("0.000001")
"""USD. Providers round what they state; below this a difference is no finding."""


@dataclass(frozen=True, slots=True)
class StatedCostPolicy:
    """What is done with the cost that a provider's responses state."""

    book: str = COMPUTED
    """`computed` or `stated`."""
    tolerance: Decimal = TOLERANCE
    """Share of the larger of the two by which they may differ before that is counted."""

    @classmethod
    def default(cls, provider: str) -> StatedCostPolicy:
        """What holds while no file says otherwise."""
        return cls(STATED if provider in BOOKED_AS_STATED else COMPUTED)

    @classmethod
    def of(cls, doc: ProviderDoc) -> StatedCostPolicy:
        """What a table says, or the default."""
        said = doc.get("stated_cost")
        if said is None:
            return cls.default(doc["provider"])
        return cls(said["book"], Decimal(said["tolerance"]))

    def differs(self, stated: Decimal, computed: Decimal) -> bool:
        """Whether the two are further apart than the tolerance."""
        apart = abs(stated - computed)
        return apart > max(self.tolerance * max(stated, computed), _SMALLEST)
