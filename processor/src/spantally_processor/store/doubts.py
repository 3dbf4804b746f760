"""What is not in the total of a period, or not certain, as typed rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spantally_processor.store.asking import NO_CONDITION, ask, ask_of

if TYPE_CHECKING:
    from decimal import Decimal

    from spantally_processor.periods import Period
    from spantally_processor.store.asking import Where
    from spantally_processor.store.engine import Engine


@dataclass(frozen=True, slots=True)
class Sum:
    """What some calls cost together."""

    cost: Decimal | None
    calls: int
    unpriced: int
    partially_priced: int

    @property
    def is_lower_bound(self) -> bool:
        """Whether some call's cost is unknown in whole or in part."""
        return self.unpriced + self.partially_priced > 0


@dataclass(frozen=True, slots=True)
class SubscriptionCalls:
    """Calls of one service and model that a flat fee pays."""

    service: str
    provider: str
    request_model: str
    response_model: str
    calls: int
    tokens: int


@dataclass(frozen=True, slots=True)
class UnpricedCalls:
    """Calls of one model whose cost is unknown, or only a lower bound."""

    provider: str
    request_model: str
    response_model: str
    status: str
    reason: str
    calls: int
    unpriced_tokens: int


@dataclass(frozen=True, slots=True)
class NotBilledAttempts:
    """Attempts that the provider refused, and what a gateway's cache answered."""

    provider: str
    request_model: str
    http_status: int
    error_type: str
    attempts: int


@dataclass(frozen=True, slots=True)
class IncompleteUsage:
    """Calls whose usage was reported in part or not at all."""

    service: str
    provider: str
    model: str
    usage_source: str
    error_type: str
    calls: int


@dataclass(frozen=True, slots=True)
class MissingTag:
    """A tag of the smallest useful set, and the calls that lack it."""

    tag: str
    calls: int
    unpriced_calls: int
    cost: Decimal | None
    is_lower_bound: bool


@dataclass(frozen=True, slots=True)
class StatedCosts:
    """Calls of a provider whose responses stated their cost."""

    provider: str
    calls: int
    booked: int
    """Those whose stated cost is the one that counts."""
    differing: int
    """Those whose stated and computed cost are further apart than the policy tolerates."""
    stated: Decimal | None
    """USD, of the differing ones."""
    computed: Decimal | None


def unattributed_spend(engine: Engine, period: Period) -> Sum:
    """What the calls cost for which nobody is named."""
    return Sum(*ask(engine, "unattributed_spend", period.parameters())[0])


def unpriced_calls(
    engine: Engine, period: Period, where: Where = NO_CONDITION
) -> list[UnpricedCalls]:
    """Calls without a full price, by model and reason."""
    return [UnpricedCalls(*row) for row in ask_of(engine, "unpriced_calls", period, where)]


def subscription_calls(
    engine: Engine, period: Period, where: Where = NO_CONDITION
) -> list[SubscriptionCalls]:
    """Calls that a flat fee pays, by service and model."""
    return [SubscriptionCalls(*row) for row in ask_of(engine, "subscription_calls", period, where)]


def not_billed_attempts(
    engine: Engine, period: Period, where: Where = NO_CONDITION
) -> list[NotBilledAttempts]:
    """Refused attempts, by model and error."""
    return [NotBilledAttempts(*row) for row in ask_of(engine, "not_billed_attempts", period, where)]


def incomplete_usage(
    engine: Engine, period: Period, where: Where = NO_CONDITION
) -> list[IncompleteUsage]:
    """Calls with partial or missing usage, by service and model."""
    return [IncompleteUsage(*row) for row in ask_of(engine, "incomplete_usage", period, where)]


def missing_tags(engine: Engine, period: Period, where: Where = NO_CONDITION) -> list[MissingTag]:
    """Tags that calls should carry and do not."""
    return [MissingTag(*row) for row in ask_of(engine, "missing_tags", period, where)]


def carried_tags(engine: Engine, period: Period, where: Where = NO_CONDITION) -> list[str]:
    """The tags that calls carry, the commonest first; a hundred at most."""
    return [row[0] for row in ask_of(engine, "carried_tags", period, where)]


def stated_costs(engine: Engine, period: Period, where: Where = NO_CONDITION) -> list[StatedCosts]:
    """Calls that state their cost, by provider."""
    return [StatedCosts(*row) for row in ask_of(engine, "stated_costs", period, where)]


def verdicts(engine: Engine, period: Period) -> dict[str, int]:
    """Number of LLM spans of each counting verdict."""
    return {verdict: spans for verdict, spans in ask(engine, "verdicts", period.parameters())}
