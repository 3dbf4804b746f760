"""Stored calls priced again, with another rate table: data in, data out.

A row of the ledger has all that its price hangs on, so the table that booked it comes to the same digits. Calls
of one form share their plans, as when they came in (`plans.py`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from spantally_pricing import InvalidUsage, UnpricedReason, Usage

from spantally_processor.ledger.in_full import RowMaker
from spantally_processor.ledger.plans import FormPlans
from spantally_processor.model import GenAiSpan, PricingStatus, Role, UsagePart, UsageSource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from spantally_processor.pricer import Pricer


class StoredForm(NamedTuple):
    """What calls have in common that decides their price; the fields are the ledger's columns."""

    role: str
    provider: str
    provider_source: str
    request_model: str
    response_model: str
    usage_source: str
    usage_gap: str
    context: Mapping[str, str]
    meters: Sequence[str]


class Priced(NamedTuple):
    """What a call costs; amounts are in whole 10**-18 USD, None when not known."""

    status: str
    reason: str
    source: str
    cost: int | None
    list_cost: int | None

    @property
    def is_unknown(self) -> bool:
        """Whether there is a cost that is not known; what a subscription pays has none."""
        return self.cost is None and self.status != PricingStatus.SUBSCRIPTION.value


class StoredCall(NamedTuple):
    """A call of the ledger as far as its price hangs on it, and as it was booked."""

    tenant: str
    trace_id: str
    span_id: str
    start_us: int
    duration_us: int
    team: str
    form: int
    counts: Sequence[int]
    booked: Priced
    stated_cost: Decimal | None
    stated_cost_source: str
    part_kinds: Sequence[str]
    part_models: Sequence[str]
    part_usages: Sequence[Mapping[str, int]]


class Restater:
    """Prices stored calls under one rate table. For one thread."""

    def __init__(self, pricer: Pricer, forms: Mapping[int, StoredForm]) -> None:
        self._pricer = pricer
        self._make = RowMaker()
        self._examples = {key: _example(form) for key, form in forms.items()}
        self._plans = {
            key: FormPlans(example, pricer, self._make) for key, example in self._examples.items()
        }

    def model_of(self, call: StoredCall) -> tuple[str, str]:
        """Returns the call's provider and the model that answered, as far as known."""
        example = self._examples[call.form]
        return example.provider, example.response_model or example.request_model

    def price(self, call: StoredCall) -> Priced:
        """Returns what the call costs now; as booked, where its counts could not be kept."""
        if UnpricedReason.INVALID_USAGE.value in call.booked.reason:
            return call.booked
        start_ns = call.start_us * 1000
        end_ns = start_ns + call.duration_us * 1000
        if call.stated_cost is None and not call.part_kinds:
            charge = self._plans[call.form].charge(call.counts, start_ns, end_ns)
            if charge is not None:
                like = charge.like
                status, source = like.status.value, like.cost_source.value
                return Priced(status, like.reason, source, charge.cost, charge.list_cost)
        try:
            span = self._span(call, start_ns, end_ns)
        except InvalidUsage:
            return call.booked
        priced = self._pricer.price(span)
        row = self._make.row(priced)
        source = priced.cost_source.value
        return Priced(priced.status.value, priced.reason, source, row.cost, row.list_cost)

    def _span(self, call: StoredCall, start_ns: int, end_ns: int) -> GenAiSpan:
        example = self._examples[call.form]
        meters = () if example.usage is None else tuple(example.usage)
        parts = zip(call.part_kinds, call.part_models, call.part_usages, strict=True)
        return replace(
            example,
            start_ns=start_ns,
            end_ns=end_ns,
            usage=Usage(dict(zip(meters, call.counts, strict=True))) if meters else None,
            parts=tuple(
                UsagePart(kind, model or None, Usage(dict(usage))) for kind, model, usage in parts
            ),
            stated_cost=call.stated_cost,
            stated_cost_source=call.stated_cost_source,
        )


def _example(form: StoredForm) -> GenAiSpan:
    """Returns a call of the form, with counts of 0 and at no time."""
    return GenAiSpan(
        trace_id="",
        span_id="",
        parent_span_id="",
        start_ns=0,
        end_ns=0,
        name="",
        service="",
        scope="",
        role=Role(form.role),
        operation="",
        provider=form.provider,
        provider_source=form.provider_source,
        request_model=form.request_model,
        response_model=form.response_model,
        response_id="",
        usage=Usage(dict.fromkeys(form.meters, 0)) if form.meters else None,
        usage_source=UsageSource(form.usage_source),
        usage_gap=form.usage_gap,
        context=dict(form.context),
    )
