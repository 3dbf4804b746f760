"""The questions that reports ask, as typed rows.

Money comes as exact decimals, and an unknown cost as None. The SQL is in `queries/`; values are bound,
and what a question may be asked by is put in from `dimensions.py` alone.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import cache
from string import Template
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from spantally_processor.store.dimensions import conditions
from spantally_processor.store.sql_files import sql_files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from spantally_processor.periods import Period
    from spantally_processor.store.engine import Engine

Where: TypeAlias = "Mapping[str, str]"
"""Key to the value that a call must have."""

NO_CONDITION: Where = MappingProxyType({})


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
    """Attempts that the provider refused."""

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


@dataclass(frozen=True, slots=True)
class BookedLine:
    """One meter of a booked call: `amount = quantity * unit_price / per * factor`."""

    model: str
    meter: str
    quantity: Decimal
    unit_price: Decimal
    per: int
    factor: Decimal
    amount: Decimal
    rate_id: str
    list_amount: Decimal | None


@dataclass(frozen=True, slots=True)
class BookedCost:
    """A call and what its cost was made of."""

    trace_id: str
    span_id: str
    start: datetime
    name: str
    provider: str
    provider_source: str
    request_model: str
    response_model: str
    context: Mapping[str, str]
    usage: Mapping[str, int]
    status: str
    reason: str
    cost: Decimal | None
    list_cost: Decimal | None
    cost_source: str
    stated_cost: Decimal | None
    stated_cost_source: str
    table_version: str
    lines: tuple[BookedLine, ...]


@dataclass(frozen=True, slots=True)
class TraceCost:
    """One trace and the sum of its calls."""

    trace_id: str
    root: str
    workflow: str
    services: tuple[str, ...]
    start: datetime
    duration_us: int
    cost: Decimal | None
    calls: int
    unpriced: int
    partially_priced: int
    not_billed: int
    tokens: int
    priced_tokens: int

    @property
    def is_lower_bound(self) -> bool:
        """Whether some call's cost is unknown in whole or in part."""
        return self.unpriced + self.partially_priced > 0


@dataclass(frozen=True, slots=True)
class Step:
    """One span of a trace's skeleton."""

    span_id: str
    parent_span_id: str
    start: datetime
    duration_us: int
    name: str
    service: str
    error: bool


@dataclass(frozen=True, slots=True)
class LlmSpan:
    """One LLM span of a trace, and whether it counts."""

    span_id: str
    parent_span_id: str
    start: datetime
    duration_us: int
    name: str
    service: str
    verdict: str
    """`counted`, `aggregate`, `duplicate`, `mirror` or `replay`."""
    counted_span_id: str
    """The span that says it better, of a duplicate, mirror or replay."""
    provider: str
    request_model: str
    response_model: str
    input_tokens: int | None
    output_tokens: int | None
    usage_source: str
    status: str
    """A `PricingStatus`; empty for an aggregate."""
    reason: str
    cost: Decimal | None
    error_type: str
    http_status: int
    resend_count: int
    tokens: int
    priced_tokens: int
    counted_trace_id: str
    """The trace of that span."""


def unattributed_spend(engine: Engine, period: Period) -> Sum:
    """What the calls cost for which nobody is named."""
    return Sum(*ask(engine, "unattributed_spend", period.parameters())[0])


def unpriced_calls(
    engine: Engine, period: Period, where: Where = NO_CONDITION
) -> list[UnpricedCalls]:
    """Calls without a full price, by model and reason."""
    return [UnpricedCalls(*row) for row in _of_period(engine, "unpriced_calls", period, where)]


def subscription_calls(
    engine: Engine, period: Period, where: Where = NO_CONDITION
) -> list[SubscriptionCalls]:
    """Calls that a flat fee pays, by service and model."""
    return [
        SubscriptionCalls(*row) for row in _of_period(engine, "subscription_calls", period, where)
    ]


def not_billed_attempts(
    engine: Engine, period: Period, where: Where = NO_CONDITION
) -> list[NotBilledAttempts]:
    """Refused attempts, by model and error."""
    return [
        NotBilledAttempts(*row) for row in _of_period(engine, "not_billed_attempts", period, where)
    ]


def incomplete_usage(
    engine: Engine, period: Period, where: Where = NO_CONDITION
) -> list[IncompleteUsage]:
    """Calls with partial or missing usage, by service and model."""
    return [IncompleteUsage(*row) for row in _of_period(engine, "incomplete_usage", period, where)]


def missing_tags(engine: Engine, period: Period, where: Where = NO_CONDITION) -> list[MissingTag]:
    """Tags that calls should carry and do not."""
    return [MissingTag(*row) for row in _of_period(engine, "missing_tags", period, where)]


def untagged_services(
    engine: Engine, period: Period, claimed: Sequence[str]
) -> list[UntaggedService]:
    """Services with untagged calls, or with a key that is not among the claimed ones; costliest first."""
    asked = {"claimed": list(claimed)} | period.parameters()
    return [UntaggedService(*row) for row in ask(engine, "untagged_services", asked)]


def carried_tags(engine: Engine, period: Period, where: Where = NO_CONDITION) -> list[str]:
    """The tags that calls carry, the commonest first; a hundred at most."""
    return [row[0] for row in _of_period(engine, "carried_tags", period, where)]


def stated_costs(engine: Engine, period: Period, where: Where = NO_CONDITION) -> list[StatedCosts]:
    """Calls that state their cost, by provider."""
    return [StatedCosts(*row) for row in _of_period(engine, "stated_costs", period, where)]


def metered_usage(engine: Engine, period: Period) -> dict[tuple[str, str, str], Decimal]:
    """(provider, model as the calls name it, meter) to the quantity that was priced."""
    rows = ask(engine, "metered_usage", period.parameters())
    return {(provider, model, meter): used for provider, model, meter, used in rows}


def booked_costs(engine: Engine, prefix: str, limit: int) -> list[BookedCost]:
    """At most `limit` LLM spans whose id begins with `prefix`."""
    rows = ask(engine, "booked_costs", {"prefix": prefix, "limit": limit})
    own = len(fields(BookedCost)) - 1
    return [
        BookedCost(
            *row[:own], lines=tuple(BookedLine(*line) for line in zip(*row[own:], strict=True))
        )
        for row in rows
    ]


def verdicts(engine: Engine, period: Period) -> dict[str, int]:
    """Number of LLM spans of each counting verdict."""
    return {verdict: spans for verdict, spans in ask(engine, "verdicts", period.parameters())}


def costliest_traces(engine: Engine, period: Period, top: int) -> list[TraceCost]:
    """The `top` traces that cost most."""
    asked = {"top": top} | period.parameters()
    return [TraceCost(*row) for row in ask(engine, "costliest_traces", asked)]


def traces_named(engine: Engine, prefix: str, limit: int) -> list[str]:
    """At most `limit` ids of traces that begin with `prefix`."""
    return [row[0] for row in ask(engine, "traces_named", {"prefix": prefix, "limit": limit})]


def trace_steps(engine: Engine, trace_id: str) -> list[Step]:
    """Every span of a trace, in order of start."""
    return [Step(*row) for row in ask(engine, "trace_steps", {"trace": trace_id})]


def trace_calls(engine: Engine, trace_id: str) -> list[LlmSpan]:
    """The LLM spans of a trace, in order of start."""
    return [LlmSpan(*row) for row in ask(engine, "trace_calls", {"trace": trace_id})]


def _of_period(engine: Engine, name: str, period: Period, where: Where) -> list[list[Any]]:
    condition = conditions(where)
    text = Template(query(name)).substitute(condition=condition.sql)
    return answers(engine, text, condition.parameters | period.parameters())


def ask(engine: Engine, name: str, parameters: Mapping[str, object]) -> list[list[Any]]:
    """The rows of a query of `queries/`, their times with zone and their lists as tuples."""
    return answers(engine, query(name), parameters)


def answers(engine: Engine, text: str, parameters: Mapping[str, object]) -> list[list[Any]]:
    """The same of a query's text."""
    return [[_as_value(field) for field in row] for row in engine.rows(text, parameters)]


def query(name: str) -> str:
    """The text of a query of `queries/`."""
    return _queries()[f"{name}.sql"]


@cache
def _queries() -> dict[str, str]:
    return sql_files("queries")


def _as_value(field: object) -> object:
    """Times with their zone, which the driver leaves out, and lists as tuples."""
    match field:
        case datetime():
            return field.replace(tzinfo=UTC)
        case list():
            return tuple(cast("list[object]", field))
        case _:
            return field
