"""LangSmith's OpenTelemetry export. The conventions' names, but its own run types decide what a span is.

Retrievers are called `embeddings` and prompts `chat`, so only the run type is believed. What was cached is
in the printed form of a Python dict, or in JSON.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from spantally_processor.dialects import _conventions as conventions
from spantally_processor.dialects import _reading as reading
from spantally_processor.dialects._packed import numbers
from spantally_processor.dialects._providers import provider_name
from spantally_processor.dialects._span import a_span
from spantally_processor.model import Observer, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally_processor.dialects import SpanView
    from spantally_processor.model import GenAiSpan
    from spantally_processor.otlp.values import Attributes, Value

_MARKS = frozenset(("langsmith.span.kind",))
_CALLS = frozenset(("llm", "embedding"))
_EMITTER = conventions.Emitter(dialect="langsmith", observer=Observer.FRAMEWORK)

_SHORT = "ephemeral_5m_input_tokens"
_LONG = "ephemeral_1h_input_tokens"


class LangSmith:
    """See the module."""

    order = 50

    def recognises(self, span: SpanView) -> bool:
        """Whether the span is a run of LangSmith's."""
        return span.has_any(_MARKS)

    def read(self, span: SpanView) -> GenAiSpan:
        """Returns what the span says."""
        said = conventions.said(span, _EMITTER)
        attributes = span.attributes
        provider = reading.text(attributes, "langsmith.metadata.ls_provider")
        is_call = reading.text(attributes, "langsmith.span.kind") in _CALLS
        return a_span(
            span,
            replace(
                said,
                role=Role.CALL if is_call else Role.AGGREGATE,
                provider=provider_name(provider) or said.provider,
                request_model=said.request_model
                or reading.text(attributes, "langsmith.metadata.ls_model_name"),
                counts={**_details(attributes), **said.counts} if said.counts else {},
            ),
        )


def _details(attributes: Attributes) -> Mapping[str, Value]:
    given = numbers(reading.text(attributes, "gen_ai.usage.input_token_details"))
    made = numbers(reading.text(attributes, "gen_ai.usage.output_token_details"))
    # langchain-anthropic says 0 written where it also says for how long.
    written = max(given.get("cache_creation", 0), given.get(_SHORT, 0) + given.get(_LONG, 0))
    details: dict[str, Value] = {
        "cache_read_tokens": given.get("cache_read"),
        "cache_write_tokens": written or None,
        "cache_write_1h_tokens": given.get(_LONG) or None,
        "reasoning_tokens": made.get("reasoning"),
    }
    return {meter: value for meter, value in details.items() if value is not None}


DIALECT = LangSmith()
