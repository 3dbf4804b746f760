"""A span after its dialect, and after it was priced.

Dialects differ in names and in what their counts include; from here on there is one meaning. Counts
are inclusive (input contains cached tokens, output contains reasoning) and an absent count is not 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from spantally_pricing import CostLine, Usage

TAG_COLUMNS = (
    "team",
    "project",
    "feature",
    "workflow",
    "customer",
    "user",
    "environment",
    "task",
    "property",
    "outcome",
)
"""Tags that are columns of the ledger; every other tag is in its `tags` map."""

REQUIRED_TAGS = ("feature", "customer", "workflow", "environment")
"""The smallest useful tag set; what a call lacks of it is named in `attribution_missing`."""


class Role(Enum):
    """What a span stands for when money is summed."""

    CALL = "call"
    """One provider call: it carries money."""
    AGGREGATE = "aggregate"
    """An agent, workflow or tool around calls: its counts repeat theirs, where there are any."""
    REMOTE_AGENT = "remote_agent"
    """An agent of another service: its counts are a call's only where nothing below it is a call."""


class Observer(IntEnum):
    """How near to the provider an emitter looks; of a call's observations the highest counts."""

    FRAMEWORK = 0
    """An agent framework: what it made of what an SDK made of the response."""
    WRAPPER = 1
    """A patch around an SDK, or a gateway."""
    NATIVE = 2
    """The SDK itself."""
    WIRE = 3
    """The HTTP exchange."""


class UsageSource(Enum):
    """Where a span's counts come from."""

    PROVIDER = "provider"
    PARTIAL = "partial"
    MISSING = "missing"
    NOT_BILLED = "not_billed"


class PricingStatus(Enum):
    """How much of a call's cost is known."""

    PRICED = "priced"
    PARTIALLY_PRICED = "partially_priced"
    """`cost` is a lower bound: some meter has no rate, or the stream was cut before its last count."""
    UNPRICED = "unpriced"
    SUBSCRIPTION = "subscription"
    """A flat fee pays for the call: a token of it has no cost, and no total of costs has a part of the fee."""
    NOT_BILLED = "not_billed"
    """The provider refused the attempt, or a cache answered; its cost is known to be 0."""


class CostSource(Enum):
    """Where a booked cost comes from."""

    COMPUTED = "computed"
    """Usage times rates: the lines sum to it."""
    STATED = "stated"
    """The response said so; the lines are still the computed ones and need not sum to it."""
    NONE = ""


@dataclass(frozen=True, slots=True)
class Tag:
    """An attribution value and where it came from (`explicit`, `baggage`, `header`, `resource` …)."""

    value: str
    source: str


@dataclass(frozen=True, slots=True)
class UsagePart:
    """Usage billed beside a call's own, perhaps at another model's rates."""

    kind: str
    model: str | None
    """None when it is not known, which is not the call's own model."""
    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class GenAiSpan:
    """An LLM span in one vocabulary, whoever emitted it. Ids are lower-case hex, times are Unix ns."""

    trace_id: str
    span_id: str
    parent_span_id: str
    """Empty for a root span."""
    start_ns: int
    end_ns: int
    name: str
    service: str
    scope: str
    role: Role
    operation: str
    provider: str
    provider_source: str
    """`host`, `configured`, `unknown`; empty when the emitter did not say."""
    request_model: str
    response_model: str
    response_id: str
    usage: Usage | None
    """None when nothing was reported."""
    usage_source: UsageSource
    usage_fault: str = ""
    """Why counts that were there are not in `usage`: negative, absurd, parts above their whole. No price."""
    parts_fault: str = ""
    """Why `parts` are not all that was billed beside the call's own usage."""
    usage_gap: str = ""
    """What a partial usage lacks, where the emitter is known to leave it out; else its stream was cut."""
    dialect: str = ""
    """The vocabulary that it was read in: a module of `dialects/`."""
    scope_version: str = ""
    rank: int = Observer.WRAPPER
    """An `Observer`; the richest span counts."""
    parts: tuple[UsagePart, ...] = ()
    context: Mapping[str, str] = field(default_factory=dict[str, str])
    """What else decides the price: `service_tier`, `processing`, `speed`, `inference_geo`, `data_residency`,
    `billing_mode`."""
    tags: Mapping[str, Tag] = field(default_factory=dict[str, Tag])
    tag_conflicts: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Tag to the values that lost, each as `source=value`."""
    stated_cost: Decimal | None = None
    """The charge in USD that came with the response."""
    stated_cost_source: str = ""
    reported_cost: Decimal | None = None
    """What the emitter worked out as the cost, in USD; for comparison only, it is never booked."""
    reported_cost_source: str = ""
    """The attribute that it came in."""
    streaming: bool = False
    error_type: str = ""
    http_status: int = 0
    resend_count: int = 0
    key_fingerprint: str = ""
    """Keyed hash of the API key that the call was made with; empty when the emitter does not say."""
    time_to_first_chunk_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedSpan:
    """A span and what it cost, under one version of the rate table."""

    span: GenAiSpan
    status: PricingStatus
    amount: Decimal | None
    """USD, exact; what is booked: under the contract, or as stated. None when unpriced."""
    list_amount: Decimal | None
    """USD, computed at the vendor's list price; None when that is not known."""
    lines: tuple[CostLine, ...]
    reason: str
    """Why it is unpriced, or the meters without a rate; empty when fully priced."""
    table_version: str
    cost_source: CostSource
    stated_differs: bool = False
    """The stated and the computed cost differ by more than the table's policy tolerates."""
