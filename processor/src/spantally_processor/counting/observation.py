"""A span as far as counting looks at it, and what is said of it."""

from __future__ import annotations

from typing import NamedTuple


class SpanKey(NamedTuple):
    """Which span."""

    tenant: str
    trace_id: str
    span_id: str


class Observation(NamedTuple):
    """A span of the ledger that may have seen a provider call; the fields are the ledger's columns."""

    tenant: str
    trace_id: str
    span_id: str
    parent_span_id: str
    start_us: int
    duration_us: int
    service: str
    scope: str
    role: str
    rank: int
    provider: str
    response_id: str
    fetched: bool
    may_repeat: bool
    usage_source: str
    input_tokens: int
    output_tokens: int

    @property
    def key(self) -> SpanKey:
        """Its ids."""
        return SpanKey(self.tenant, self.trace_id, self.span_id)

    @property
    def emitter(self) -> tuple[str, str]:
        """Who says so: an instrumentation scope in a service."""
        return self.service, self.scope

    @property
    def tokens(self) -> int:
        """Tokens that it reports, 0 when none."""
        return self.input_tokens + self.output_tokens

    @property
    def is_from_cache(self) -> bool:
        """Whether a gateway's cache answered: refused attempts used nothing."""
        return self.usage_source == "not_billed" and self.tokens > 0

    @property
    def is_call(self) -> bool:
        """Whether it stands for one call by itself."""
        return self.role == "call"


class Verdict(NamedTuple):
    """Whether a span is in the totals, and which one says it better."""

    name: str
    """`counted`, `aggregate`, `duplicate`, `mirror` or `replay`."""
    instead: SpanKey | None = None
    """The span that a duplicate, mirror or replay gives way to; it may itself give way to a third."""


COUNTED = Verdict("counted")
AGGREGATE = Verdict("aggregate")
