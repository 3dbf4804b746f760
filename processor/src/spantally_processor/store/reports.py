"""The questions that reports ask, as typed rows.

Money comes as exact decimals, and an unknown cost as None. The SQL is in `queries/`; nothing is ever
formatted into it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from spantally_processor.store.sql_files import sql_files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from spantally_processor.store.engine import Engine


@dataclass(frozen=True, slots=True)
class Period:
    """Calls that started in `[start, end)`, aware datetimes."""

    start: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    end: datetime = datetime(2200, 1, 1, tzinfo=UTC)

    def parameters(self) -> dict[str, object]:
        """The same as query parameters."""
        return {"from": self.start, "to": self.end}


@dataclass(frozen=True, slots=True)
class Spend:
    """What one value of one dimension cost, and how much of that is known."""

    dimension: str
    value: tuple[str, ...]
    """Empty for `total`; provider, requested and served model for `model`; else one value."""
    cost: Decimal | None
    """USD; the sum of the known costs, None when not one is known."""
    attributed_cost: Decimal | None
    """USD; of calls with a team, project, feature, workflow or customer."""
    calls: int
    """Without the attempts that were not billed."""
    not_billed: int
    unpriced: int
    partially_priced: int
    reported: int
    """Calls whose usage the provider reported in full."""
    input_tokens: int
    output_tokens: int
    tokens: int
    priced_tokens: int
    first_call: datetime
    last_call: datetime

    @property
    def is_lower_bound(self) -> bool:
        """Whether some call's cost is unknown in whole or in part."""
        return self.unpriced + self.partially_priced > 0


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
    """`priced`, `partially_priced`, `unpriced`, `not_billed`; empty for an aggregate."""
    reason: str
    cost: Decimal | None
    error_type: str
    http_status: int
    resend_count: int
    tokens: int
    priced_tokens: int
    counted_trace_id: str
    """The trace of that span."""


def spend(engine: Engine, period: Period, dimensions: Sequence[str]) -> list[Spend]:
    """Spend by each dimension: a column's name, `total`, or any tag's key; costliest first."""
    asked = {"dimensions": list(dimensions)} | period.parameters()
    return [Spend(*row) for row in ask(engine, "spend", asked)]


def unpriced_calls(engine: Engine, period: Period) -> list[UnpricedCalls]:
    """Calls without a full price, by model and reason."""
    return [UnpricedCalls(*row) for row in ask(engine, "unpriced_calls", period.parameters())]


def not_billed_attempts(engine: Engine, period: Period) -> list[NotBilledAttempts]:
    """Refused attempts, by model and error."""
    rows = ask(engine, "not_billed_attempts", period.parameters())
    return [NotBilledAttempts(*row) for row in rows]


def incomplete_usage(engine: Engine, period: Period) -> list[IncompleteUsage]:
    """Calls with partial or missing usage, by service and model."""
    return [IncompleteUsage(*row) for row in ask(engine, "incomplete_usage", period.parameters())]


def missing_tags(engine: Engine, period: Period) -> list[MissingTag]:
    """Tags that calls should carry and do not."""
    return [MissingTag(*row) for row in ask(engine, "missing_tags", period.parameters())]


def untagged_services(
    engine: Engine, period: Period, claimed: Sequence[str]
) -> list[UntaggedService]:
    """Services with untagged calls, or with a key that is not among the claimed ones; costliest first."""
    asked = {"claimed": list(claimed)} | period.parameters()
    return [UntaggedService(*row) for row in ask(engine, "untagged_services", asked)]


def stated_costs(engine: Engine, period: Period) -> list[StatedCosts]:
    """Calls that state their cost, by provider."""
    return [StatedCosts(*row) for row in ask(engine, "stated_costs", period.parameters())]


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


def ask(engine: Engine, name: str, parameters: Mapping[str, object]) -> list[list[Any]]:
    """The rows of a query of `queries/`, their times with zone and their lists as tuples."""
    rows = engine.rows(query(name), parameters)
    return [[_as_value(field) for field in row] for row in rows]


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
