"""What one vocabulary says of a span, and the `GenAiSpan` that it becomes.

A dialect only says which attribute means what (`Said`). What is the same for all of them is here: counts
of any type, counts made inclusive, ids, times, tags. Reading never raises; a count that cannot be read or
understood leaves the call without usage and with the fault, parts that contradict their whole without parts.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from spantally_pricing import InvalidUsage, Usage

from spantally_processor.attribution import KEY_FINGERPRINT
from spantally_processor.dialects import _reading as reading
from spantally_processor.dialects._cached import (
    Cached,
    UnclearCounts,
    inclusive,
    leaves_cached_out,
)
from spantally_processor.dialects._hosts import Whose, amazons_region, whose
from spantally_processor.model import GenAiSpan, Observer, Role, UsageSource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spantally_processor.dialects import SpanView
    from spantally_processor.model import UsagePart
    from spantally_processor.otlp.values import Attributes, Value


_REFUSALS = frozenset(
    (
        # Exceptions of the OpenAI and Anthropic SDKs, each for a status: 400, 401, 403, 404, 409, 422,
        # 429, 5xx. With a stream, the error may have come after tokens that are billed.
        "BadRequestError",
        "AuthenticationError",
        "PermissionDeniedError",
        "NotFoundError",
        "ConflictError",
        "UnprocessableEntityError",
        "RateLimitError",
        "InternalServerError",
        # Anthropic's error types (API reference, 2026-11), which its SDK's spans have.
        "invalid_request_error",
        "authentication_error",
        "permission_error",
        "not_found_error",
        "request_too_large",
        "rate_limit_error",
        "overloaded_error",
    )
)
"""Errors that say that the provider refused the request, where nothing says the status."""

CACHED_TOKENS = "cached_tokens"
"""What the usage lacks, when its emitter does not see caches and the provider counts them apart."""
_GOOGLES = ("gcp.", "google")
_XAI, _XAIS_CHAT = "x_ai", "chat_completions"
"""Whose raw numbers leave the reasoning beside the output in this API, and not in Responses."""
_AMAZONS = "aws.bedrock"
_PROFILES = ("apac.", "arn:", "au.", "ca.", "eu.", "global.", "in.", "jp.", "us.", "us-gov.")
"""How the ids of Amazon's inference profiles begin, and those of what only its account knows."""
_HOME = ("us-east-", "us-west-2", "us-gov-")
"""Beginnings of regions without a context of their own; GovCloud's is `data_residency`."""
THOUGHTS = "thoughts_or_tool_tokens"
"""What it lacks when Google's total is more than input and output: thoughts, or results of tools."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the attributes say in one vocabulary."""

    dialect: str
    role: Role
    observer: Observer = Observer.WRAPPER
    operation: str = ""
    provider: str = ""
    provider_source: str = ""
    """When the emitter says so itself; else it follows from `address`."""
    address: str = ""
    """The host that was called, however the emitter writes it."""
    request_model: str = ""
    response_model: str = ""
    response_id: str = ""
    counts: Mapping[str, Value]
    """Meter to count, of any type."""
    total: Value = None
    """The emitter's own sum of input and output."""
    cached: Cached = Cached.INSIDE
    sees_cached: bool = True
    """Whether cached tokens are reported at all; where not, Anthropic's counts are a lower bound."""
    usage_source: UsageSource | None = None
    """When the emitter says so; else it follows from the counts."""
    parts: tuple[UsagePart, ...] = ()
    parts_fault: str = ""
    context: Mapping[str, str] = field(default_factory=dict[str, str])
    cost: Value = None
    """The emitter's own idea of the cost, in USD."""
    cost_source: str = ""
    """The attribute that it came in."""
    streaming: bool = False

    def with_reasoning_in_output(self) -> Said:
        """Returns the same of an emitter whose output leaves the reasoning out."""
        output, reasoning = (
            reading.whole(self.counts.get(meter)) for meter in ("output_tokens", "reasoning_tokens")
        )
        if output is None or reasoning is None:
            return self
        return replace(
            self, counts={**self.counts, "output_tokens": output + reasoning}, total=None
        )


class MeterNames:
    """What an emitter calls each meter, the best name first."""

    def __init__(self, names: Mapping[str, Sequence[str]]) -> None:
        self._known = {
            name: (meter, place)
            for meter, spellings in names.items()
            for place, name in enumerate(spellings)
        }

    def values_in(self, attributes: Attributes) -> dict[str, Value]:
        """Returns the value of each meter under its best name. A span has fewer names than there are."""
        found: dict[str, tuple[int, Value]] = {}
        for name in attributes:
            if (known := self._known.get(name)) and (value := attributes.get(name)) is not None:
                meter, place = known
                if meter not in found or place < found[meter][0]:
                    found[meter] = (place, value)
        return {meter: value for meter, (_, value) in found.items()}


def first_of(attributes: Attributes, names: Sequence[str]) -> tuple[Value, str]:
    """Returns the value of the first name that is there, and the name."""
    for name in names:
        if (value := attributes.get(name)) is not None:
            return value, name
    return None, ""


def a_span(view: SpanView, said: Said) -> GenAiSpan:
    """Returns the span."""
    attributes, message = view.attributes, view.message
    known = Whose(said.provider, said.provider_source)
    if not said.provider_source:
        known = whose(said.provider, said.address)
        if known.provider == _XAI and reading.text(attributes, "openai.api.type") == _XAIS_CHAT:
            said = said.with_reasoning_in_output()
    usage, fault = _usage(said)
    http_status = _http_status(attributes)
    error_type = reading.text(attributes, "error.type")
    tags, conflicts = reading.attribution_of(view)
    reported = None if said.cost is None else reading.amount_of(said.cost)
    return GenAiSpan(
        trace_id=message.trace_id.hex(),
        span_id=message.span_id.hex(),
        parent_span_id=message.parent_span_id.hex(),
        start_ns=message.start_time_unix_nano,
        end_ns=message.end_time_unix_nano,
        name=message.name,
        service=view.resource.service,
        scope=view.scope,
        scope_version=view.scope_version,
        dialect=said.dialect,
        role=said.role,
        rank=said.observer,
        operation=said.operation,
        provider=known.provider,
        provider_source=known.source,
        request_model=said.request_model,
        response_model=said.response_model,
        response_id=said.response_id,
        usage=usage,
        usage_source=said.usage_source
        or _usage_source(said, usage, fault, http_status, error_type.rpartition(".")[2]),
        usage_fault=fault,
        parts_fault=said.parts_fault,
        usage_gap=_gap(said),
        parts=said.parts,
        context=_context(
            said, known.place, _region(known.provider, said, attributes), view.resource.billing_mode
        ),
        tags=tags,
        tag_conflicts=conflicts,
        stated_cost=reading.money(attributes, "spantally.stated_cost.usd"),
        stated_cost_source=reading.text(attributes, "spantally.stated_cost.source"),
        reported_cost=reported,
        reported_cost_source="" if reported is None else said.cost_source,
        streaming=said.streaming,
        error_type=error_type,
        http_status=http_status,
        resend_count=reading.small_int(attributes, "http.request.resend_count", most=255),
        key_fingerprint=reading.text(attributes, KEY_FINGERPRINT),
        time_to_first_chunk_s=reading.seconds(attributes, "gen_ai.response.time_to_first_chunk"),
    )


def _region(provider: str, said: Said, attributes: Attributes) -> str:
    """Returns where Amazon served a model that was called in its region, if that is none of the American ones.

    Those have the price that the table has for a model as such, and a profile's geography is in its id.
    """
    model = said.request_model
    if provider != _AMAZONS:
        return ""
    if model.startswith(_PROFILES) and ":foundation-model/" not in model:
        return ""
    region = (
        reading.text(attributes, "cloud.region")
        or reading.text(attributes, "aws.region")
        or amazons_region(said.address)
    )
    return "" if region.startswith(_HOME) else region


def _context(said: Said, place: str, region: str, billing_mode: str) -> Mapping[str, str]:
    context = {"data_residency": place, **said.context} if place else said.context
    if region:
        context = {**context, "region": region}
    return {**context, "billing_mode": billing_mode} if billing_mode else context


def _usage(said: Said) -> tuple[Usage | None, str]:
    """Returns the counts, and what is wrong with them ("" when nothing is, or there are none).

    Where parts contradict their whole, what was said of the wholes is kept.
    """
    try:
        counts: Mapping[str, int] = {
            meter: reading.count_of(meter, value) for meter, value in said.counts.items()
        }
        if not counts:
            return None, ""
        model = said.response_model or said.request_model
        total = None if said.total is None else reading.count_of("the total", said.total)
        leaves_out = leaves_cached_out(said.provider, model)
        counts = inclusive(counts, said.cached, leaves_out=leaves_out, total=total)
    except (reading.CountFault, UnclearCounts) as error:
        return None, str(error)
    try:
        return Usage(counts), ""
    except InvalidUsage as error:
        wholes = {
            meter: counts[meter] for meter in ("input_tokens", "output_tokens") if meter in counts
        }
        return Usage(wholes) if wholes else None, str(error)


def _usage_source(
    said: Said, usage: Usage | None, fault: str, http_status: int, error_type: str
) -> UsageSource:
    if usage is not None or fault:
        return UsageSource.PARTIAL if _gap(said) else UsageSource.PROVIDER
    was_refused = 400 <= http_status <= 599 or (not said.streaming and error_type in _REFUSALS)
    return UsageSource.NOT_BILLED if was_refused else UsageSource.MISSING


def _gap(said: Said) -> str:
    """What was used and neither the input nor the output counts; "" when nothing is known to be missing."""
    model = said.response_model or said.request_model
    if leaves_cached_out(said.provider, model):
        return "" if said.sees_cached else CACHED_TOKENS
    if not said.provider.startswith(_GOOGLES):
        return ""
    names = ("input_tokens", "output_tokens", "reasoning_tokens")
    counted = sum(reading.whole(said.counts.get(name)) or 0 for name in names)
    return THOUGHTS if said.counts and (reading.whole(said.total) or 0) > counted else ""


def _http_status(attributes: Attributes) -> int:
    status = reading.small_int(attributes, "http.response.status_code", most=599)
    # Without a status attribute, an error type may be the status code.
    return status or reading.small_int(attributes, "error.type", most=599)
