"""A call and a rate table to what the call cost, or why that is not known.

Unknown is never 0: every path ends in an exact amount or in a reason. A call at a host that nobody
configured is not priced, whatever its model is called; a model that answered and has no rates is not
priced as the one that was asked for. The rate is the one in force when the call began. Where a response
states its cost, the table's policy says which of the two is booked; the other stays beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from spantally_pricing import Cost, Unpriced, UnpricedReason, Usage, price, together
from spantally_pricing.matching import SUBSCRIPTIONS

from spantally_processor.model import CostSource, PricedSpan, PricingStatus, Role, UsageSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spantally_pricing import RateTable

    from spantally_processor.model import GenAiSpan

UNCONFIGURED_HOST = "unconfigured_host"
STREAM_CUT = "stream_cut"
"""The stream ended early after every meter was reported once: the last counts are a lower bound."""

BATCH = "batch"
"""Kind of the parts that are not beside the call's own counts: those are their sum."""

HOST = "host:"
"""How the rate table knows a host that a mapping file configures."""

BILLING_MODE = "billing_mode"
SUBSCRIPTION = "subscription"
"""The key of a call's context that says how it is paid, where that is not by usage; and a value."""

COMPOUND = "compound"
"""The kind of parts that are all the tokens of a call to a system of models; the call itself has its tools."""

BYOK = ";byok"
"""End of a stated cost's source when the customer's own key paid the vendor: it is not the whole cost."""

_FREE = Cost(Decimal(0), (), (), Decimal(0))
_NO_USAGE = Usage({})


@dataclass(frozen=True, slots=True)
class _Computed:
    """What the rates say: no cost, the cost, or with gaps a lower bound of it."""

    cost: Cost | None
    gaps: tuple[str, ...]


class Pricer:
    """Prices spans under one version of the rate table."""

    def __init__(self, table: RateTable) -> None:
        self.table = table
        self.version = table.version

    def price(self, span: GenAiSpan) -> PricedSpan:
        """Returns the span with its cost; a wrapper without counts comes back without amount and reason.

        What a wrapper's counts cost is booked only where nobody else knows them (counting/nesting.py).
        """
        if span.role is Role.AGGREGATE and span.usage is None:
            return self._result(span, PricingStatus.UNPRICED, None, "")
        if span.usage_source is UsageSource.NOT_BILLED:
            return self._result(span, PricingStatus.NOT_BILLED, _FREE, "")
        if self._is_paid_by_subscription(span):
            reason = UnpricedReason.SUBSCRIPTION.value
            return self._result(span, PricingStatus.SUBSCRIPTION, None, reason)
        provider = self.provider_of(span)
        if provider is None:
            return self._result(span, PricingStatus.UNPRICED, None, UNCONFIGURED_HOST)
        computed = self._computed(span, provider)
        if span.stated_cost is None:
            return self._as_computed(span, computed, differs=False)
        return self._beside_stated(span, span.stated_cost, computed, provider)

    def provider_of(self, span: GenAiSpan) -> str | None:
        """Returns whose rates hold, as the table names it; None for a host that nobody configured."""
        if span.provider_source != "unknown":
            return span.provider
        provider = HOST + span.provider.lower()
        return provider if self.table.knows(provider) else None

    def _is_paid_by_subscription(self, span: GenAiSpan) -> bool:
        """Whether a flat fee pays, as configured or since the provider sells nothing else."""
        if BILLING_MODE in span.context:
            return span.context[BILLING_MODE] == SUBSCRIPTION
        return span.provider in SUBSCRIPTIONS and not self.table.knows(span.provider)

    def _computed(self, span: GenAiSpan, provider: str) -> _Computed:
        kinds = {part.kind for part in span.parts}
        is_sum = BATCH in kinds or (COMPOUND in kinds and not span.usage)
        outcomes = [
            *(() if is_sum else (self._own(span, provider),)),
            *(
                self._rate(span, provider, part.model, part.usage)
                if part.model
                else Unpriced(UnpricedReason.UNKNOWN_MODEL, f"the model of {part.kind} is not said")
                for part in span.parts
            ),
        ]
        costs = [outcome for outcome in outcomes if isinstance(outcome, Cost)]
        cost = together(costs) if len(costs) > 1 else costs[0] if costs else None
        return _Computed(cost, tuple(dict.fromkeys(_gaps(span, outcomes))))

    def _own(self, span: GenAiSpan, provider: str) -> Cost | Unpriced:
        """The call without its parts."""
        if span.usage_fault:
            return Unpriced(UnpricedReason.INVALID_USAGE, span.usage_fault)
        model = billed_model(provider, span.request_model, span.response_model)
        return self._rate(span, provider, model, _NO_USAGE if span.usage is None else span.usage)

    def _rate(self, span: GenAiSpan, provider: str, model: str, usage: Usage) -> Cost | Unpriced:
        at = datetime.fromtimestamp(span.start_ns // 10**9, UTC)
        rates = self.table.lookup(provider, model, at)
        if isinstance(rates, Unpriced):
            # What was not reported has no price, whatever the model is.
            return rates if usage else Unpriced(UnpricedReason.NO_USAGE, "no count was reported")
        if rates.time_meters:
            took_ms = max(0, span.end_ns - span.start_ns + 500_000) // 1_000_000
            usage = Usage(dict.fromkeys(rates.time_meters, took_ms) | dict(usage))
        if rates.per_request and usage:
            usage = Usage({"requests": 1} | dict(usage))
        return price(usage, rates, at, span.context)

    def _beside_stated(
        self, span: GenAiSpan, stated: Decimal, computed: _Computed, provider: str
    ) -> PricedSpan:
        policy = self.table.stated_cost(provider)
        is_byok = span.stated_cost_source.endswith(BYOK)
        cost = computed.cost
        comparable = cost is not None and not is_byok
        # A lower bound differs only when it is already more than what was stated.
        if comparable and computed.gaps:
            comparable = cost is not None and cost.amount > stated
        differs = comparable and cost is not None and policy.differs(stated, cost.amount)
        if is_byok or policy.book != CostSource.STATED.value:
            return self._as_computed(span, computed, differs=differs)
        return PricedSpan(
            span=span,
            status=PricingStatus.PRICED,
            amount=stated,
            list_amount=None if computed.gaps or cost is None else cost.list_amount,
            lines=() if cost is None else cost.lines,
            reason="",
            table_version=self.version,
            cost_source=CostSource.STATED,
            stated_differs=differs,
        )

    def _as_computed(self, span: GenAiSpan, computed: _Computed, *, differs: bool) -> PricedSpan:
        if computed.cost is None:
            return self._result(span, PricingStatus.UNPRICED, None, computed.gaps[0])
        status = PricingStatus.PARTIALLY_PRICED if computed.gaps else PricingStatus.PRICED
        return self._result(span, status, computed.cost, ", ".join(computed.gaps), differs=differs)

    def _result(
        self,
        span: GenAiSpan,
        status: PricingStatus,
        cost: Cost | None,
        reason: str,
        *,
        differs: bool = False,
    ) -> PricedSpan:
        return PricedSpan(
            span=span,
            status=status,
            amount=None if cost is None else cost.amount,
            list_amount=None if cost is None else cost.list_amount,
            lines=() if cost is None else cost.lines,
            reason=reason,
            table_version=self.version,
            cost_source=CostSource.NONE if cost is None else CostSource.COMPUTED,
            stated_differs=differs,
        )


def billed_model(provider: str, asked: str, answered: str) -> str:
    """What the bill names: the model that answered; of a cloud that sells others' models, the one asked for.

    Bedrock's ids carry the geography that decides the price, Vertex AI's of Claude are spelt its own way; what
    answers there gives its vendor's name for itself. A prompt router is no model: it says whom it asked.
    """
    is_resold = (provider == "aws.bedrock" and not answered.startswith("arn:")) or (
        provider == "gcp.vertex_ai" and answered.startswith("claude-")
    )
    return (asked or answered) if is_resold else (answered or asked)


def _gaps(span: GenAiSpan, outcomes: Sequence[Cost | Unpriced]) -> list[str]:
    """Returns what keeps the amount from being the whole cost, the call's own gaps first."""
    gaps: list[str] = []
    for outcome in outcomes:
        gaps += outcome.missing if isinstance(outcome, Cost) else (outcome.reason.value,)
    if span.parts_fault:
        gaps.append(UnpricedReason.INVALID_USAGE.value)
    if span.usage_source is UsageSource.PARTIAL:
        known = span.usage is not None and "output_tokens" in span.usage
        gaps.append(span.usage_gap or (STREAM_CUT if known else "output_tokens"))
    return gaps
