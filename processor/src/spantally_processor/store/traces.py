"""Traces: which cost most, the steps of one, and its LLM spans."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spantally_processor.store.asking import ask

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from spantally_processor.periods import Period
    from spantally_processor.store.engine import Engine


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
