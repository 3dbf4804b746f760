"""What must be true at the end of the demo: the ledger says what the provider says, to the last digit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from standin.journal import Exchange

    from stage.ledger import Call

CONTEXT_HEADERS = frozenset({"baggage", "traceparent", "tracestate"})


@dataclass(frozen=True, slots=True)
class Check:
    """One finding."""

    claim: str
    holds: bool
    detail: str


def rows_match_responses(calls: Sequence[Call], exchanges: Sequence[Exchange]) -> Check:
    """Every exchange is one row, with the same status and the same counts."""
    sent = Counter(_sent(exchange) for exchange in exchanges)
    booked = Counter(_booked(call) for call in calls)
    detail = f"{len(exchanges)} responses, {len(calls)} rows"
    if sent != booked:
        detail += f"; only sent: {_some(sent - booked)}; only booked: {_some(booked - sent)}"
    claim = "ledger rows = provider responses, count for count"
    return Check(claim, sent == booked, detail)


def sums_to(what: str, parts: Iterable[Decimal | None], total: Decimal) -> Check:
    """The parts whose cost is known sum to the total, digit for digit."""
    summed = sum((part for part in parts if part is not None), Decimal())
    return Check(
        f"{what} sum to the total", summed == total, f"{plain(summed)} and {plain(total)} USD"
    )


def plain(amount: Decimal) -> str:
    """Every digit, and no trailing zeros."""
    return f"{amount.normalize():f}"


def crosses_services(trace: Sequence[Call]) -> Check:
    """One trace covers the calls of several programs, and its tags came along."""
    services = sorted({call.service for call in trace})
    workflows = {call.workflow for call in trace}
    holds = len(services) > 1 and workflows == {"concierge"}
    detail = f"{len(trace)} calls by {', '.join(services)}"
    return Check("one agent run is one trace, across services", holds, detail)


def nothing_leaked(calls: Sequence[Call], exchanges: Sequence[Exchange]) -> Check:
    """No provider was sent trace context, baggage, or the value of a tag."""
    values = {tag for call in calls for tag in (call.workflow, call.property, call.customer) if tag}
    leaked = [
        name
        for exchange in exchanges
        for name, value in exchange.request_headers.items()
        if name in CONTEXT_HEADERS or any(tag in value for tag in values)
    ]
    detail = f"in: {', '.join(sorted(set(leaked)))}" if leaked else f"{len(values)} tag values"
    return Check("no tag reached a provider", not leaked, detail)


def mess_is_visible(calls: Sequence[Call]) -> list[Check]:
    """What went wrong in the hotel is told apart: not known, not billed, cut short, nobody's."""
    unknown = [call for call in calls if call.unpriced_reason == "unknown_model"]
    refused = [call for call in calls if call.http_status >= 400]
    cut = [call for call in calls if call.usage_source in {"partial", "missing"}]
    untagged = [call for call in calls if not call.workflow]
    return [
        Check(
            "an unknown model has no cost, rather than 0",
            bool(unknown) and all(call.cost is None for call in unknown),
            ", ".join(sorted({call.request_model for call in unknown})),
        ),
        Check(
            "refused attempts are not billed",
            bool(refused) and all(call.pricing_status == "not_billed" for call in refused),
            "status " + ", ".join(str(call.http_status) for call in refused),
        ),
        Check(
            "what the client left early is marked",
            bool(cut) and all(call.pricing_status != "priced" for call in cut),
            ", ".join(call.usage_source for call in cut),
        ),
        Check("untagged spend is visible", bool(untagged), f"{len(untagged)} untagged call"),
    ]


def _some(entries: Counter[tuple[object, ...]]) -> str:
    """A few of them, and how many there are."""
    return f"{list(entries)[:3]} of {entries.total()}"


def _booked(call: Call) -> tuple[object, ...]:
    return (
        call.response_id,
        call.http_status,
        call.input_tokens,
        call.cache_read_tokens,
        call.cache_write_tokens,
        call.output_tokens,
    )


def _sent(exchange: Exchange) -> tuple[object, ...]:
    """The same fields from the provider's own usage block; absent counts stay None."""
    usage = dict[str, Any](exchange.usage)
    if exchange.api == "anthropic.messages":
        read = usage.get("cache_read_input_tokens")
        written = usage.get("cache_creation_input_tokens")
        whole = usage["input_tokens"] + read + written if usage else None
        # A stream begins with an output count too, which is not yet what will be billed.
        output = None if exchange.client_gone else usage.get("output_tokens")
        return (exchange.id, exchange.status, whole, read, written, output)
    details = usage.get("prompt_tokens_details") or usage.get("input_tokens_details") or {}
    return (
        exchange.id,
        exchange.status,
        usage.get("prompt_tokens", usage.get("input_tokens")),
        details.get("cached_tokens"),
        details.get("cache_write_tokens"),
        usage.get("completion_tokens", usage.get("output_tokens")),
    )
