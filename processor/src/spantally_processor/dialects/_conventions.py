"""The names of the OpenTelemetry GenAI conventions, old and new, for every dialect that uses them.

Ours (docs/reference/wire.md) are beside them, and the few that SDKs add. A dialect passes an `Emitter`,
which says what the conventions leave open, and changes what its emitter means otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spantally_pricing.meters import METERS

from spantally_processor.dialects import _reading as reading
from spantally_processor.dialects._cached import Cached
from spantally_processor.dialects._parts import parts_of
from spantally_processor.dialects._providers import provider_name
from spantally_processor.dialects._span import MeterNames, Said, first_of
from spantally_processor.model import Observer, Role, UsageSource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spantally_processor.dialects import SpanView
    from spantally_processor.otlp.values import Attributes

MARKS = frozenset(("gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.system"))
"""A span with one of these is an LLM span of the conventions."""

CALLS = frozenset(
    (
        "chat",
        "generate_content",
        "text_completion",
        "embeddings",
        # Semantic Kernel at first; LiteLLM's first callback.
        "chat.completions",
        "text.completions",
        "embedding",
    )
)

_AROUND_CALLS = ("invoke_", "create_", "execute_")

_CLIENT = 3
"""SPAN_KIND_CLIENT."""

_STREAMING = (
    "gen_ai.request.stream",
    "gen_ai.is_streaming",
    "llm.is_streaming",
    "gen_ai.request.is_stream",
)
"""The conventions' name, Traceloop's two (a text at LiteLLM), OpenLIT's before 1.35."""

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

ALL_METER_NAMES: Mapping[str, Sequence[str]] = {
    **METER_NAMES,
    # What the conventions did not name then, by emitters that did: Traceloop before 0.50, Strands,
    # Sentry (`.cached`), Bifrost (`_details.`); Pydantic AI mirrors what the provider said.
    "cache_read_tokens": (
        *METER_NAMES["cache_read_tokens"],
        _USAGE + "cache_read_input_tokens",
        _USAGE + "input_tokens.cached",
        _USAGE + "details.cache_read_input_tokens",
        _USAGE + "input_token_details.cached_read_tokens",
    ),
    "cache_write_tokens": (
        *METER_NAMES["cache_write_tokens"],
        _USAGE + "cache_creation_input_tokens",
        _USAGE + "cache_write_input_tokens",
        _USAGE + "input_tokens.cache_write",
        _USAGE + "details.cache_creation_input_tokens",
        _USAGE + "input_token_details.cached_write_tokens",
    ),
    "cache_write_1h_tokens": (
        *METER_NAMES["cache_write_1h_tokens"],
        _USAGE + "details.ephemeral_1h_input_tokens",
        _USAGE + "input_token_details.cached_write_tokens_1h",
    ),
    "reasoning_tokens": (
        *METER_NAMES["reasoning_tokens"],
        _USAGE + "reasoning_tokens",
        _USAGE + "output_tokens.reasoning",
        _USAGE + "details.reasoning_tokens",
        _USAGE + "output_token_details.reasoning_tokens",
    ),
}
"""With the names of emitters other than ours."""

TOTAL_NAMES = (_USAGE + "total_tokens", "llm.usage.total_tokens")

COST_NAMES = (
    # A draft of the conventions; Langfuse, OpenLIT; OpenRouter and others; names of single gateways.
    _USAGE + "cost.amount",
    _USAGE + "cost",
    _USAGE + "total_cost",
    _USAGE + "cost_usd",
    "llm.usage.cost",
)

_OUR_CONTEXT = (
    "data_residency",
    "processing",
    "search_context_size",
    "image_size",
    "image_quality",
    "video_resolution",
    "video_audio",
)

_ALL = MeterNames(ALL_METER_NAMES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitter:
    """What the conventions leave open, of one emitter."""

    dialect: str
    observer: Observer = Observer.WRAPPER
    cached: Cached = Cached.INSIDE
    sees_cached: bool = True
    meters: MeterNames = _ALL
    costs: Sequence[str] = COST_NAMES


def said(view: SpanView, emitter: Emitter, *, role: Role | None = None) -> Said:
    """Returns what the span says by the conventions' names; `role` when it does not follow from them."""
    attributes = view.attributes
    parts, parts_fault = parts_of(attributes)
    stated = _STATED_SOURCES.get(reading.text(attributes, "spantally.usage.source"))
    cost, cost_source = first_of(attributes, emitter.costs)
    if reading.text(attributes, "gen_ai.usage.cost.currency") not in ("", "USD"):
        cost = None  # the other names have no currency beside them, and mean USD
    return Said(
        dialect=emitter.dialect,
        role=role or role_of(attributes),
        observer=emitter.observer,
        operation=reading.text(attributes, "gen_ai.operation.name"),
        provider=provider_name(reading.text(attributes, "gen_ai.provider.name", "gen_ai.system")),
        provider_source=reading.text(attributes, "spantally.provider.source"),
        address=reading.text(attributes, "server.address"),
        request_model=reading.text(attributes, "gen_ai.request.model"),
        response_model=reading.text(attributes, "gen_ai.response.model"),
        response_id=reading.text(attributes, "gen_ai.response.id"),
        counts=emitter.meters.values_in(attributes),
        total=first_of(attributes, TOTAL_NAMES)[0],
        cached=emitter.cached,
        sees_cached=emitter.sees_cached,
        usage_source=stated,
        parts=parts,
        parts_fault=parts_fault,
        context=_context(attributes),
        cost=cost,
        cost_source=cost_source,
        streaming=first_of(attributes, _STREAMING)[0] in (True, "True"),
    )


def role_of(attributes: Attributes) -> Role:
    """Returns what the span's operation makes of it."""
    operation = reading.text(attributes, "gen_ai.operation.name")
    if operation in CALLS:
        return Role.CALL
    # An operation that we do not know is a call only if a provider answered it: two spans of one
    # call are then noticed by the response's id. No operation at all is an old emitter's call.
    mark = "gen_ai.response.id" if operation else "gen_ai.request.model"
    known_aggregate = operation.startswith(_AROUND_CALLS) or operation == "plan"
    if (
        operation == "fetch_response"
    ):  # of a call that has its own span; the conventions want no usage here
        known_aggregate = not any(name.startswith(_USAGE) for name in attributes)
    return Role.CALL if mark in attributes and not known_aggregate else Role.AGGREGATE


def is_remote_agent(view: SpanView) -> bool:
    """Whether the span calls an agent of another service: the conventions make it a CLIENT span."""
    operation = reading.text(view.attributes, "gen_ai.operation.name")
    return operation == "invoke_agent" and view.message.kind == _CLIENT


def _context(attributes: Attributes) -> dict[str, str]:
    context = {
        "service_tier": reading.text(
            attributes,
            "spantally.service_tier",
            "openai.response.service_tier",
            "anthropic.response.service_tier",
            "gen_ai.openai.response.service_tier",
            "gen_ai.response.service_tier",
        ),
        "speed": reading.text(attributes, "spantally.speed"),
        "inference_geo": reading.text(attributes, "spantally.inference_geo"),
        **{key: reading.text(attributes, f"spantally.{key}") for key in _OUR_CONTEXT},
    }
    return served(context)


def served(context: Mapping[str, str]) -> dict[str, str]:
    """Returns the context without what was not said; Anthropic's tier `batch` is a way of processing."""
    said = {key: value for key, value in context.items() if value}
    if said.get("service_tier") == "batch":
        del said["service_tier"]
        said["processing"] = "batch"
    return said
