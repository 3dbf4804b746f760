"""What a price is made of.

A cost explains itself: it is a list of lines, and its amount is their exact sum. A call that cannot be
priced has no amount at all, only a reason; no code path turns that into 0.

`Cost` and `CostLine` are named tuples, not dataclasses: a frozen dataclass takes four times as long to
make, and making them is most of the work of pricing a span.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from decimal import Decimal


class CostLine(NamedTuple):
    """One meter of one call: `amount = quantity * unit_price / per * factor`, exactly.

    The one exception are prices of one that need more than 18 decimals (a second of an hourly rate, a
    chain of factors): such an amount is rounded half-even at the 18th decimal place.
    """

    model: str
    """The id in the rate table, which may differ from the name that the call used."""
    meter: str
    quantity: Decimal
    unit_price: Decimal
    """USD for `per` of the meter, as published."""
    per: int
    """1,000,000 tokens or characters, 1,000 calls, 3,600 seconds."""
    factors: tuple[tuple[str, Decimal], ...]
    """What the published price is multiplied by, and why: `("processing=batch", 0.5)`."""
    factor: Decimal
    """The product of the factors."""
    amount: Decimal
    """USD; what is booked."""
    rate_id: str
    """Id of the card that the unit price and the factors are from: a contract's where one holds."""
    list_amount: Decimal | None
    """USD at the vendor's list price; None when the list has no rate for the meter."""
    list_rate_id: str
    """Id of the vendor's card; equal to `rate_id` where no contract holds, empty where the list has no rate."""


class Cost(NamedTuple):
    """What a call cost, as far as its meters have rates: under the contract, or at list without one."""

    amount: Decimal
    """USD, the exact sum of the lines; a lower bound when something is `missing`."""
    lines: tuple[CostLine, ...]
    missing: tuple[str, ...]
    """Meters that were used and have no rate. Not empty means partially priced."""
    list_amount: Decimal | None
    """USD, the same at list price; None when some line has no list price."""
    currency: str = "USD"


class UnpricedReason(Enum):
    """Why there is no price."""

    UNKNOWN_PROVIDER = "unknown_provider"
    SUBSCRIPTION = "subscription"
    """A subscription pays for the call; list prices do not apply."""
    UNKNOWN_MODEL = "unknown_model"
    BEFORE_HISTORY = "before_history"
    """The model is known, but not its rate at that time."""
    NO_USAGE = "no_usage"
    """No count was reported, or not the one that decides the rate."""
    NO_RATE = "no_rate"
    """Things were used and none of them has a rate."""
    UNKNOWN_CONTEXT = "unknown_context"
    """A tier, mode or region that this model has no rate for."""
    INVALID_USAGE = "invalid_usage"
    """The counts contradict themselves or cannot be split."""


@dataclass(frozen=True, slots=True)
class Unpriced:
    """There is no price, which is not a price of 0."""

    reason: UnpricedReason
    detail: str
    """A sentence for people."""
