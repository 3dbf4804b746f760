"""Vercel's AI SDK for JavaScript, 4 to 7.

`ai.generateText` and the like go around the calls, which are `ai.generateText.doGenerate` and the like, and
repeat their totals. Until 5 the counts are the provider's raw ones; since 6, and wherever there are
`inputTokenDetails`, input has the cached tokens in it. Anthropic's own usage object is in the provider's
metadata and comes before all of that. 5 says nothing of OpenAI's cache outside of streams. 7 keeps to the
conventions, with an `embeddings` span without counts around each one that has them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from spantally_processor.dialects import _conventions as conventions
from spantally_processor.dialects import _reading as reading
from spantally_processor.dialects._cached import Cached
from spantally_processor.dialects._packed import inside, json_object, plain
from spantally_processor.dialects._providers import provider_name
from spantally_processor.dialects._span import MeterNames, Said, a_span, first_of
from spantally_processor.model import Observer, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally_processor.dialects import SpanView
    from spantally_processor.model import GenAiSpan
    from spantally_processor.otlp.json_mapper import JsonObject
    from spantally_processor.otlp.values import Value

_MARKS = frozenset(("ai.operationId",))
_SCOPE_OF_7 = "gen_ai"
_EMITTER_OF_7 = conventions.Emitter(dialect="vercel_ai", observer=Observer.FRAMEWORK)

_USAGE = "ai.usage."
_DETAILS = _USAGE + "inputTokenDetails.noCacheTokens"
_METERS = MeterNames(
    {
        "input_tokens": (
            _USAGE + "inputTokens",
            _USAGE + "promptTokens",
            _USAGE + "tokens",
            "gen_ai.usage.input_tokens",
            "gen_ai.usage.prompt_tokens",
        ),
        "output_tokens": (
            _USAGE + "outputTokens",
            _USAGE + "completionTokens",
            "gen_ai.usage.output_tokens",
            "gen_ai.usage.completion_tokens",
        ),
        "cache_read_tokens": (
            _USAGE + "inputTokenDetails.cacheReadTokens",
            _USAGE + "cachedInputTokens",
        ),
        "cache_write_tokens": (_USAGE + "inputTokenDetails.cacheWriteTokens",),
        "reasoning_tokens": (
            _USAGE + "outputTokenDetails.reasoningTokens",
            _USAGE + "reasoningTokens",
        ),
    }
)


class VercelAi:
    """See the module."""

    order = 40

    def recognises(self, span: SpanView) -> bool:
        """Whether the span has an operation id of the SDK, or its scope since 7."""
        is_7 = span.scope == _SCOPE_OF_7 and span.has_any(conventions.MARKS)
        return is_7 or span.has_any(_MARKS)

    def read(self, span: SpanView) -> GenAiSpan:
        """Returns what the span says."""
        if not span.has_any(_MARKS):
            return _read_7(span)
        attributes = span.attributes
        operation = reading.text(attributes, "ai.operationId")
        metadata = json_object(reading.text(attributes, "ai.response.providerMetadata"))
        raw = inside(metadata, "anthropic", "usage")
        tier = raw.get("service_tier")
        return a_span(
            span,
            Said(
                dialect="vercel_ai",
                role=Role.CALL if _is_call(operation) else Role.AGGREGATE,
                observer=Observer.FRAMEWORK,
                operation="embeddings" if operation.endswith(".doEmbed") else operation,
                provider=_provider(reading.text(attributes, "gen_ai.system", "ai.model.provider")),
                request_model=reading.text(attributes, "gen_ai.request.model", "ai.model.id"),
                response_model=reading.text(
                    attributes, "gen_ai.response.model", "ai.response.model"
                ),
                response_id=reading.text(attributes, "gen_ai.response.id", "ai.response.id"),
                counts=_raw_counts(raw) or {**_beside(metadata), **_METERS.values_in(attributes)},
                total=None if raw else first_of(attributes, (_USAGE + "totalTokens",))[0],
                cached=Cached.INSIDE if _DETAILS in attributes and not raw else Cached.AS_PROVIDER,
                context=conventions.served({"service_tier": tier if isinstance(tier, str) else ""}),
                streaming=operation.endswith(".doStream"),
            ),
        )


def _read_7(span: SpanView) -> GenAiSpan:
    said = conventions.said(span, _EMITTER_OF_7)
    around = said.operation == "embeddings" and not said.counts
    if around and not reading.text(span.attributes, "error.type"):
        said = replace(said, role=Role.AGGREGATE)
    return a_span(span, said)


def _is_call(operation: str) -> bool:
    """`ai.generateText.doGenerate`: what is done is done by a provider."""
    step = operation.rpartition(".")[2]
    return step.startswith("do") and step[2:3].isupper()


def _provider(written: str) -> str:
    """`openai.responses`, `google.generative-ai`: the longest beginning that is a provider's name."""
    parts = written.lower().split(".")
    for length in range(len(parts), 0, -1):
        beginning = ".".join(parts[:length])
        if provider_name(beginning) != beginning:
            return provider_name(beginning)
    return parts[0]


def _raw_counts(raw: JsonObject) -> Mapping[str, Value]:
    """Anthropic's usage object."""
    written = inside(raw, "cache_creation")
    counts = {
        "input_tokens": raw.get("input_tokens"),
        "output_tokens": raw.get("output_tokens"),
        "cache_read_tokens": raw.get("cache_read_input_tokens"),
        "cache_write_tokens": raw.get("cache_creation_input_tokens"),
        "cache_write_1h_tokens": written.get("ephemeral_1h_input_tokens"),
        "web_searches": inside(raw, "server_tool_use").get("web_search_requests"),
    }
    return {meter: plain(value) for meter, value in counts.items() if value is not None}


def _beside(metadata: JsonObject) -> Mapping[str, Value]:
    """What 4 and 5 say of caches and reasoning only in the provider's metadata."""
    anthropic, openai = inside(metadata, "anthropic"), inside(metadata, "openai")
    counts = {
        "cache_read_tokens": anthropic.get(
            "cacheReadInputTokens", openai.get("cachedPromptTokens")
        ),
        "cache_write_tokens": anthropic.get("cacheCreationInputTokens"),
        "reasoning_tokens": openai.get("reasoningTokens"),
    }
    return {meter: plain(value) for meter, value in counts.items() if value is not None}


DIALECT = VercelAi()
