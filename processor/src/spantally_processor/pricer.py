"""A call and a rate table to what the call cost, or why that is not known.

Unknown is never 0: every path ends in an exact amount or in a reason. A call at a host that nobody
configured is not priced at the vendor's list price, whatever its model is called. The rate is the
one in force when the call began.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Context, Decimal, Inexact
from functools import reduce
from typing import TYPE_CHECKING

from spantally_pricing import Cost, Unpriced, UnpricedReason

from spantally_processor.model import PricedSpan, PricingStatus, Role, UsageSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spantally_pricing import RateTable, Usage

    from spantally_processor.model import GenAiSpan

_EXACT = Context(prec=100, traps=[Inexact])
"""Adds without rounding; the default context keeps 28 digits."""

UNCONFIGURED_HOST = "unconfigured_host"
STREAM_CUT = "stream_cut"
"""The stream ended early after every meter was reported once: the last counts are a lower bound."""

PRICED_MODEL = "priced_model"
"""Key in a span's context: `request` when the model that answered has no rates."""


class Pricer:
    """Prices spans under one version of the rate table."""

    def __init__(self, table: RateTable) -> None:
        self._table = table
        self.version = table.version

    def price(self, span: GenAiSpan) -> PricedSpan:
        """Returns the span with its cost; an aggregate comes back without amount and reason."""
        if span.role is Role.AGGREGATE:
            return self._without_cost(span, "")
        if span.usage_source is UsageSource.NOT_BILLED:
            return self._result(span, PricingStatus.NOT_BILLED, [Cost(Decimal(0), (), ())], "")
        if span.provider_source == "unknown":
            return self._without_cost(span, UNCONFIGURED_HOST)
        if span.usage is None:
            reason = UnpricedReason.INVALID_USAGE if span.usage_fault else UnpricedReason.NO_USAGE
            return self._without_cost(span, reason.value)
        return self._priced(span, span.usage)

    def _priced(self, span: GenAiSpan, usage: Usage) -> PricedSpan:
        outcome = self._rate(span, usage, span.response_model or span.request_model)
        if _unknown_model(outcome) and span.request_model not in ("", span.response_model):
            by_request = self._rate(span, usage, span.request_model)
            if isinstance(by_request, Cost):
                outcome = by_request
                span = replace(span, context={**span.context, PRICED_MODEL: "request"})
        model = span.response_model or span.request_model
        outcomes = [outcome, *(self._rate(span, p.usage, p.model or model) for p in span.parts)]
        costs = [item for item in outcomes if isinstance(item, Cost)]
        gaps = _gaps(span, usage, outcomes)
        if not costs:
            return self._without_cost(span, gaps[0])
        status = PricingStatus.PARTIALLY_PRICED if gaps else PricingStatus.PRICED
        return self._result(span, status, costs, ", ".join(dict.fromkeys(gaps)))

    def _rate(self, span: GenAiSpan, usage: Usage, model: str) -> Cost | Unpriced:
        return self._table.price(
            usage,
            provider=span.provider,
            model=model,
            at=datetime.fromtimestamp(span.start_ns // 10**9, UTC),
            context=span.context,
        )

    def _without_cost(self, span: GenAiSpan, reason: str) -> PricedSpan:
        return PricedSpan(
            span=span,
            status=PricingStatus.UNPRICED,
            amount=None,
            lines=(),
            reason=reason,
            table_version=self.version,
        )

    def _result(
        self, span: GenAiSpan, status: PricingStatus, costs: Sequence[Cost], reason: str
    ) -> PricedSpan:
        return PricedSpan(
            span=span,
            status=status,
            amount=reduce(_EXACT.add, (cost.amount for cost in costs)),
            lines=tuple(line for cost in costs for line in cost.lines),
            reason=reason,
            table_version=self.version,
        )


def _unknown_model(outcome: Cost | Unpriced) -> bool:
    return isinstance(outcome, Unpriced) and outcome.reason is UnpricedReason.UNKNOWN_MODEL


def _gaps(span: GenAiSpan, usage: Usage, outcomes: Sequence[Cost | Unpriced]) -> list[str]:
    """Returns what keeps the amount from being the whole cost, the call's own gaps first."""
    gaps: list[str] = []
    for outcome in outcomes:
        gaps += outcome.missing if isinstance(outcome, Cost) else (outcome.reason.value,)
    if span.usage_fault:
        gaps.append(UnpricedReason.INVALID_USAGE.value)
    if span.usage_source is UsageSource.PARTIAL:
        gaps.append(STREAM_CUT if "output_tokens" in usage else "output_tokens")
    return gaps
