"""A call's price as a person wants it explained, before it is text or JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spantally_pricing import RateTable, Unpriced, UnpricedReason, Usage
from spantally_pricing.explaining import Call, factors_of, not_taken

from spantally_processor.cli.rate_cards import nearest
from spantally_processor.pricer import billed_model

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal

    from spantally_pricing import CostLine, ModelRates
    from spantally_pricing.explaining import Factors, NotTaken

    from spantally_processor.store.booked import BookedCost, BookedLine


@dataclass(frozen=True, slots=True)
class Subject:
    """The call that is explained."""

    title: str
    provider: str
    """As the rate table knows it."""
    model: str
    at: datetime
    usage: Mapping[str, int]
    context: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Line:
    """One meter: `amount = quantity * unit_price / per * factor`."""

    model: str
    meter: str
    quantity: Decimal
    unit_price: Decimal
    per: int
    factors: tuple[tuple[str, Decimal], ...]
    """Names and values; without names where the table that priced it is gone."""
    amount: Decimal
    rate_id: str
    list_amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Source:
    """Where the rates of one model are from, and what else its history has."""

    model: str
    effective_from: datetime
    effective_until: datetime | None
    page: str
    checked: str
    note: str
    not_taken: tuple[NotTaken, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that `spantally explain` says."""

    subject: Subject
    status: str
    reason: str
    """Why there is no price or no whole one; empty when there is."""
    cost: Decimal | None
    list_cost: Decimal | None
    lines: tuple[Line, ...]
    sources: tuple[Source, ...]
    table_version: str
    remarks: tuple[str, ...] = ()


def of_usage(subject: Subject, usage: Usage, table: RateTable) -> Explanation:
    """What the usage costs, and why."""
    outcome = table.price(
        usage,
        provider=subject.provider,
        model=subject.model,
        at=subject.at,
        context=subject.context,
    )
    sources = tuple(_sources(subject, [subject.model], table))
    if isinstance(outcome, Unpriced):
        reason = _why(outcome, subject, table)
        is_paid = outcome.reason is UnpricedReason.SUBSCRIPTION
        status = "subscription" if is_paid else "unpriced"
        return Explanation(subject, status, reason, None, None, (), sources, table.version)
    return Explanation(
        subject,
        "partially_priced" if outcome.missing else "priced",
        f"no rate for {', '.join(outcome.missing)}" if outcome.missing else "",
        outcome.amount,
        outcome.list_amount,
        tuple(_line(line) for line in outcome.lines),
        sources,
        table.version,
        _contract(subject, table),
    )


def _why(outcome: Unpriced, subject: Subject, table: RateTable) -> str:
    """Why there is no price, with the names that are like the one that is not known."""
    said = f"{outcome.reason.value}: {outcome.detail}"
    if outcome.reason is not UnpricedReason.UNKNOWN_MODEL:
        return said
    return said + nearest(table, subject.model, subject.provider).removesuffix(".")


def _contract(subject: Subject, table: RateTable) -> tuple[str, ...]:
    """Where the terms are from, when a contract is booked: the rates that are shown are the list's."""
    rates = table.lookup(subject.provider, subject.model, subject.at)
    if isinstance(rates, Unpriced) or rates.contract is None:
        return ()
    if rates.contract.at(subject.at, subject.context) is None:
        return ()
    where = "; ".join(filter(None, (rates.contract.source, rates.contract.note)))
    return (f"Booked by contract: {where or 'the file names no source'}. Below: the list's rates.",)


def of_span(booked: BookedCost, table: RateTable | None) -> Explanation:
    """What the ledger says of a span; `table` is the one that priced it, if it is at hand."""
    host = "host:" if booked.provider_source == "unknown" else ""
    subject = Subject(
        title=f"{booked.name}, span {booked.span_id} of trace {booked.trace_id}",
        provider=host + booked.provider,
        model=billed_model(booked.provider, booked.request_model, booked.response_model),
        at=booked.start,
        usage=booked.usage,
        context=booked.context,
    )
    remarks = list(_stated(booked))
    sources: tuple[Source, ...] = ()
    names: Factors = {}
    reason = booked.reason
    if table is None:
        remarks.append("The rate table that priced it is not at hand; lines are as booked.")
    else:
        models = [subject.model, *dict.fromkeys(line.model for line in booked.lines)]
        sources = tuple(_sources(subject, models, table))
        names = _factors(subject, models, table)
        outcome = table.price(
            Usage(subject.usage),
            provider=subject.provider,
            model=subject.model,
            at=subject.at,
            context=subject.context,
        )
        remarks += _contract(subject, table)
        if isinstance(outcome, Unpriced) and booked.reason == outcome.reason.value:
            reason = _why(outcome, subject, table)
    return Explanation(
        subject,
        booked.status,
        reason,
        booked.cost,
        booked.list_cost,
        tuple(_booked_line(line, names) for line in booked.lines),
        sources,
        booked.table_version,
        tuple(remarks),
    )


def _stated(booked: BookedCost) -> Sequence[str]:
    if booked.stated_cost is None:
        return ()
    said = (
        f"The response states {booked.stated_cost.normalize():f} USD ({booked.stated_cost_source})"
    )
    if booked.cost_source == "stated":
        return (f"{said}, which is what is booked; the lines are what usage and rates come to.",)
    return (f"{said}; computed is what is booked.",)


def _sources(subject: Subject, models: Sequence[str], table: RateTable) -> Sequence[Source]:
    found: dict[str, Source] = {}
    call = Call(subject.at, subject.context, subject.usage.get("input_tokens"))
    for name in models:
        rates = table.lookup(subject.provider, name, subject.at)
        history = table.history(subject.provider, name, subject.at)
        if not isinstance(rates, Unpriced) and not isinstance(history, Unpriced):
            found[rates.model] = _source(rates, tuple(not_taken(rates, history, call)))
    return tuple(found.values())


def _factors(subject: Subject, models: Sequence[str], table: RateTable) -> Factors:
    """What every model's prices are multiplied by; a line finds its own by meter and rate."""
    call = Call(subject.at, subject.context, subject.usage.get("input_tokens"))
    found: Factors = {}
    for name in models:
        rates = table.lookup(subject.provider, name, subject.at)
        if not isinstance(rates, Unpriced):
            found |= factors_of(rates, call)
    return found


def _source(rates: ModelRates, others: tuple[NotTaken, ...]) -> Source:
    return Source(
        rates.model,
        rates.effective_from,
        rates.effective_until,
        rates.source,
        rates.checked,
        rates.note,
        others,
    )


def _line(line: CostLine) -> Line:
    return Line(
        line.model,
        line.meter,
        line.quantity,
        line.unit_price,
        line.per,
        line.factors,
        line.amount,
        line.rate_id,
        line.list_amount,
    )


def _booked_line(line: BookedLine, names: Factors) -> Line:
    factors = names.get((line.meter, line.rate_id))
    if factors is None:
        factors = () if line.factor == 1 else (("", line.factor),)
    return Line(
        line.model,
        line.meter,
        line.quantity,
        line.unit_price,
        line.per,
        factors,
        line.amount,
        line.rate_id,
        line.list_amount,
    )
