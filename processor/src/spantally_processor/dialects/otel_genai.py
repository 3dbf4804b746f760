"""The OpenTelemetry GenAI conventions, and our own names beside them (docs/reference/wire.md).

Reads our instrumentation's spans, those of any emitter of the conventions with their older names
(`gen_ai.system`, `prompt_tokens`, `cache_creation` …), and the ones that the Anthropic SDK emits by
itself. Only calls carry money: agent, workflow and tool spans repeat the counts of the calls below
them. Which is which is in the operation; the span kind says nothing reliable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally_pricing import InvalidUsage, Usage
from spantally_pricing.meters import METERS

from spantally_processor.dialects import FIRST_CHUNK, RESPONSE_ID
from spantally_processor.dialects import _reading as reading
from spantally_processor.dialects._parts import parts_of
from spantally_processor.model import GenAiSpan, Role, UsageSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally_processor.dialects import SpanView
    from spantally_processor.otlp.values import Attributes

OUR_SCOPE = "spantally"
ANTHROPIC_SDK_SCOPE = "com.anthropic.sdk.python"

_MARKS = frozenset(("gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.system"))

CALLS = frozenset(("chat", "generate_content", "text_completion", "embeddings"))

_PROVIDERS = {
    # Values that the conventions renamed (core v1.33.0, v1.35.0, v1.37.0).
    "vertex_ai": "gcp.vertex_ai",
    "gemini": "gcp.gemini",
    "az.ai.openai": "azure.ai.openai",
    "az.ai.inference": "azure.ai.inference",
    "xai": "x_ai",
}

_OWN_HOSTS = {"openai": ".openai.com", "anthropic": ".anthropic.com"}
"""Other emitters name the client's flavour as provider, whatever host it talks to."""

_STATED_SOURCES = {source.value: source for source in UsageSource}

_USAGE = "gen_ai.usage."
_OURS = "spantally.usage."

METER_NAMES: Mapping[str, tuple[str, ...]] = {
    **{meter: (_OURS + meter,) for meter in METERS},
    "input_tokens": (_USAGE + "input_tokens", _USAGE + "prompt_tokens"),
    "output_tokens": (_USAGE + "output_tokens", _USAGE + "completion_tokens"),
    "cache_read_tokens": (_USAGE + "cache_read.input_tokens",),
    "cache_write_tokens": (
        _USAGE + "cache_write.input_tokens",
        _USAGE + "cache_creation.input_tokens",
    ),
    # 5 and 30 minutes are the providers' defaults: those tokens are plain cache writes.
    "cache_write_1h_tokens": (
        _OURS + "cache_write_1h.input_tokens",
        "anthropic.usage.cache_creation.ephemeral_1h_input_tokens",
    ),
    "cache_write_12h_tokens": (_OURS + "cache_write_12h.input_tokens",),
    "input_audio_tokens": (_USAGE + "audio.input_tokens",),
    "input_image_tokens": (_USAGE + "image.input_tokens",),
    "cache_read_audio_tokens": (
        _OURS + "cache_read_audio_tokens",
        _USAGE + "audio.cache_read.input_tokens",
    ),
    "cache_read_image_tokens": (
        _OURS + "cache_read_image_tokens",
        _USAGE + "image.cache_read.input_tokens",
    ),
    "reasoning_tokens": (_USAGE + "reasoning.output_tokens",),
    "output_audio_tokens": (_USAGE + "audio.output_tokens",),
    "output_image_tokens": (_USAGE + "image.output_tokens",),
    "web_searches": (_OURS + "web_search.requests",),
    "web_fetches": (_OURS + "web_fetch.requests",),
    "file_searches": (_OURS + "file_search.requests",),
    "code_interpreter_calls": (_OURS + "code_interpreter.requests",),
}


_OUR_CONTEXT = (
    "data_residency",
    "processing",
    "search_context_size",
    "image_size",
    "image_quality",
    "video_resolution",
    "video_audio",
)

_METER_OF = {name: meter for meter, names in METER_NAMES.items() for name in names}


class OtelGenAi:
    """See the module."""

    order = 100
    volatile: Mapping[str, str] = {
        **_METER_OF,
        "gen_ai.response.id": RESPONSE_ID,
        "gen_ai.response.time_to_first_chunk": FIRST_CHUNK,
    }

    def recognises(self, span: SpanView) -> bool:
        """Whether the span names an operation or a provider of the conventions."""
        return span.has_any(_MARKS)

    def read(self, span: SpanView) -> GenAiSpan:
        """Returns what the span says."""
        attributes, message = span.attributes, span.message
        provider = reading.text(attributes, "gen_ai.provider.name", "gen_ai.system")
        provider = _PROVIDERS.get(provider, provider)
        usage, fault = _usage(attributes)
        parts, parts_fault = parts_of(attributes)
        http_status = _http_status(attributes)
        return GenAiSpan(
            trace_id=message.trace_id.hex(),
            span_id=message.span_id.hex(),
            parent_span_id=message.parent_span_id.hex(),
            start_ns=message.start_time_unix_nano,
            end_ns=message.end_time_unix_nano,
            name=message.name,
            service=span.resource.service,
            scope=span.scope,
            role=_role(attributes, span.scope),
            operation=reading.text(attributes, "gen_ai.operation.name"),
            provider=provider,
            provider_source=_provider_source(attributes, provider),
            request_model=reading.text(attributes, "gen_ai.request.model"),
            response_model=reading.text(attributes, "gen_ai.response.model"),
            response_id=reading.text(attributes, "gen_ai.response.id"),
            usage=usage,
            usage_source=_usage_source(attributes, usage, fault, http_status),
            usage_fault=fault or parts_fault,
            rank=_rank(span.scope),
            parts=parts,
            context=_context(attributes),
            tags=reading.tags_of(span),
            stated_cost=reading.money(attributes, "spantally.stated_cost.usd"),
            stated_cost_source=reading.text(attributes, "spantally.stated_cost.source"),
            streaming=attributes.get("gen_ai.request.stream") is True,
            error_type=reading.text(attributes, "error.type"),
            http_status=http_status,
            resend_count=reading.small_int(attributes, "http.request.resend_count", most=255),
            time_to_first_chunk_s=reading.seconds(
                attributes, "gen_ai.response.time_to_first_chunk"
            ),
        )


def _role(attributes: Attributes, scope: str) -> Role:
    operation = reading.text(attributes, "gen_ai.operation.name")
    if operation in CALLS or scope == OUR_SCOPE:
        return Role.CALL
    # An operation that we do not know is a call only if a provider answered it: two spans of one
    # call are then noticed by the response's id. No operation at all is an old emitter's call.
    mark = "gen_ai.response.id" if operation else "gen_ai.request.model"
    known_aggregate = (
        operation.startswith(("invoke_", "create_", "execute_")) or operation == "plan"
    )
    return Role.CALL if mark in attributes and not known_aggregate else Role.AGGREGATE


def _rank(scope: str) -> int:
    if scope == OUR_SCOPE:
        return 3
    return 2 if scope.startswith(ANTHROPIC_SDK_SCOPE) else 1


def _provider_source(attributes: Attributes, provider: str) -> str:
    source = reading.text(attributes, "spantally.provider.source")
    host = reading.text(attributes, "server.address").lower()
    if source or not host or provider not in _OWN_HOSTS:
        return source
    return "host" if host.endswith(_OWN_HOSTS[provider]) else "unknown"


def _usage(attributes: Attributes) -> tuple[Usage | None, str]:
    """Returns the counts, or None and what is wrong with them ("" when there are none)."""
    try:
        counts = {
            meter: value
            for name, meter in _METER_OF.items()
            if name in attributes
            and (value := reading.count(attributes, *METER_NAMES[meter])) is not None
        }
        return (Usage(counts), "") if counts else (None, "")
    except (reading.CountFault, InvalidUsage) as error:
        return None, str(error)


def _usage_source(
    attributes: Attributes, usage: Usage | None, fault: str, http_status: int
) -> UsageSource:
    stated = _STATED_SOURCES.get(reading.text(attributes, "spantally.usage.source"))
    if stated is not None:
        return stated
    if usage is not None or fault:
        return UsageSource.PROVIDER
    return UsageSource.NOT_BILLED if 400 <= http_status <= 599 else UsageSource.MISSING


def _http_status(attributes: Attributes) -> int:
    status = reading.small_int(attributes, "http.response.status_code", most=599)
    # Without a status attribute, an error type may be the status code.
    return status or reading.small_int(attributes, "error.type", most=599)


def _context(attributes: Attributes) -> dict[str, str]:
    context = {
        "service_tier": reading.text(
            attributes,
            "spantally.service_tier",
            "openai.response.service_tier",
            "anthropic.response.service_tier",
        ),
        "speed": reading.text(attributes, "spantally.speed"),
        "inference_geo": reading.text(attributes, "spantally.inference_geo"),
        **{key: reading.text(attributes, f"spantally.{key}") for key in _OUR_CONTEXT},
    }
    if context["service_tier"] == "batch":  # Anthropic's way of saying so
        context["service_tier"] = ""
        context["processing"] = "batch"
    return {key: value for key, value in context.items() if value}


DIALECT = OtelGenAi()
