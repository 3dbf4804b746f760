"""Services that called a provider with nobody named for it, or with a key that nobody has claimed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spantally_processor.store.asking import ask

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from decimal import Decimal

    from spantally_processor.periods import Period
    from spantally_processor.store.engine import Engine


@dataclass(frozen=True, slots=True)
class UntaggedService:
    """Calls of a service to a provider with one API key; nobody is named for some, or has claimed the key."""

    service: str
    provider: str
    key_fingerprint: str
    """Empty when the emitter did not say."""
    is_claimed: bool
    calls: int
    untagged_calls: int
    unpriced_calls: int
    cost: Decimal | None
    """USD, of all these calls; the sum of the known costs, None when not one is known."""
    is_lower_bound: bool
    first_call: datetime
    last_call: datetime


def untagged_services(
    engine: Engine, period: Period, claimed: Sequence[str]
) -> list[UntaggedService]:
    """Services with untagged calls, or with a key that is not among the claimed ones; costliest first."""
    asked = {"claimed": list(claimed)} | period.parameters()
    return [UntaggedService(*row) for row in ask(engine, "untagged_services", asked)]
