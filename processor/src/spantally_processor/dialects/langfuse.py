"""Langfuse: observations of its SDKs, whose counts are JSON in `langfuse.observation.usage_details`.

Generations and embeddings are calls. Its drop-in OpenAI client writes the provider's own usage block, where
input has the cached tokens in it; anybody else writes names of his own choice, of which the usual ones are
read, and where they leave it open whether the cached tokens are in the input, they are refused. Nothing
says whose model it was: a mapping must. There is no response id. That a provider refused is in the text of
the OpenAI SDK's error alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spantally_processor.dialects import _reading as reading
from spantally_processor.dialects._cached import Cached
from spantally_processor.dialects._packed import inside, json_object, json_text, plain
from spantally_processor.dialects._span import Said, a_span
from spantally_processor.model import Observer, Role, UsageSource

if TYPE_CHECKING:
    from spantally_processor.dialects import SpanView
    from spantally_processor.model import GenAiSpan
    from spantally_processor.otlp.json_mapper import JsonObject
    from spantally_processor.otlp.values import Value

_KIND = "langfuse.observation.type"
_USAGE = "langfuse.observation.usage_details"
_COST = "langfuse.observation.cost_details"
_MODEL = "langfuse.observation.model.name"
_MESSAGE = "langfuse.observation.status_message"
_STREAMED = "langfuse.observation.completion_start_time"

_MARKS = frozenset((_KIND,))
_OPERATIONS = {"generation": "chat", "embedding": "embeddings"}

_REFUSED = re.compile(r"Error code: [45]\d\d\b")
"""How the text of the OpenAI SDK's APIStatusError begins."""

_USUAL = {
    "input_tokens": ("input", "input_tokens"),
    "output_tokens": ("output", "output_tokens"),
    "cache_read_tokens": ("input_cached_tokens", "input_cache_read", "cache_read_input_tokens"),
    "cache_write_tokens": ("input_cache_creation", "cache_creation_input_tokens"),
    "reasoning_tokens": ("output_reasoning_tokens", "output_reasoning"),
}
"""Names in Langfuse's documentation and integrations (2026-11), the best first."""


class LangfuseSdk:
    """See the module."""

    order = 45

    def recognises(self, span: SpanView) -> bool:
        """Whether the span is an observation of Langfuse's."""
        return span.has_any(_MARKS)

    def read(self, span: SpanView) -> GenAiSpan:
        """Returns what the span says."""
        attributes = span.attributes
        kind = reading.text(attributes, _KIND)
        usage = json_object(reading.text(attributes, _USAGE))
        is_openais = "prompt_tokens" in usage
        model = json_text(reading.text(attributes, _MODEL))
        streaming = bool(reading.text(attributes, _STREAMED))
        was_refused = _REFUSED.match(reading.text(attributes, _MESSAGE)) and not (
            usage or streaming
        )
        return a_span(
            span,
            Said(
                dialect="langfuse",
                role=Role.CALL if kind in _OPERATIONS else Role.AGGREGATE,
                observer=Observer.WRAPPER,
                operation=_OPERATIONS.get(kind, kind),
                request_model=model,
                response_model=model,
                counts=_openais_counts(usage) if is_openais else _usual_counts(usage),
                total=plain(usage.get("total_tokens" if is_openais else "total")),
                cached=Cached.INSIDE if is_openais else Cached.UNSAID,
                cost=plain(json_object(reading.text(attributes, _COST)).get("total")),
                cost_source=_COST,
                usage_source=UsageSource.NOT_BILLED if was_refused else None,
                streaming=streaming,
            ),
        )


def _openais_counts(usage: JsonObject) -> dict[str, Value]:
    found = {
        "input_tokens": usage.get("prompt_tokens"),
        "output_tokens": usage.get("completion_tokens"),
        "cache_read_tokens": inside(usage, "prompt_tokens_details").get("cached_tokens"),
        "reasoning_tokens": inside(usage, "completion_tokens_details").get("reasoning_tokens"),
    }
    return {meter: plain(count) for meter, count in found.items() if plain(count) is not None}


def _usual_counts(usage: JsonObject) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for meter, names in _USUAL.items():
        count = next((plain(usage[name]) for name in names if name in usage), None)
        if count is not None:
            found[meter] = count
    return found


DIALECT = LangfuseSdk()
