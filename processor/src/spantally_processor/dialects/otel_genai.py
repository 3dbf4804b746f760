"""The OpenTelemetry GenAI conventions by whoever speaks them, with the names that they had before.

Since v1.40 the conventions say that input contains cached tokens; before, emitters did as they liked, and
neither the names nor a schema URL tell which rule an emitter keeps. So the known emitters are listed by
their scope, and for the others the counts decide (`Cached.UNSAID`). The Collector's `genainormalizer`
writes these names over other vocabularies and leaves their scopes, which is why those are listed, too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from spantally_processor.dialects import _conventions as conventions
from spantally_processor.dialects._cached import Cached
from spantally_processor.dialects._span import a_span
from spantally_processor.model import Observer, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally_processor.dialects import SpanView
    from spantally_processor.model import GenAiSpan

_KNOWN: Mapping[str, Cached] = {
    # Run against a stand-in (tests/processor/dialects/recorded), 2026-11.
    "opentelemetry.instrumentation.genai.": Cached.INSIDE,
    "opentelemetry.instrumentation.openai_v2": Cached.INSIDE,
    "openinference.instrumentation.": Cached.INSIDE,
    "opentelemetry.instrumentation.openai": Cached.INSIDE,
    "opentelemetry.instrumentation.anthropic": Cached.INSIDE,
    # Read in opentelemetry-instrumentation-botocore 0.66b1, and in Traceloop's 0.62.4: Bedrock's own
    # numbers as they are, and LangChain's, which are sums.
    "opentelemetry.instrumentation.botocore.bedrock": Cached.BESIDE,
    "opentelemetry.instrumentation.bedrock": Cached.BESIDE,
    "opentelemetry.instrumentation.langchain": Cached.INSIDE,
    # Read in opentelemetry-util-genai 1.3b0; its own scope is used where an app gives none.
    "opentelemetry.util.genai": Cached.INSIDE,
}
"""Beginning of a scope to where its cached tokens are."""

_SINCE_THE_RULE = "gen_ai.usage.cache_write.input_tokens"
"""Named so in 2026: whoever writes it writes by conventions that have the rule."""

_GOOGLES = "opentelemetry.instrumentation.google_genai"
_INTERACTION = "interactions.create"
"""Its output is without thoughts, as Google's own number is (read in 1.3b0); `generate_content` has them."""


class OtelGenAi:
    """See the module."""

    order = 100

    def recognises(self, span: SpanView) -> bool:
        """Whether the span names an operation or a provider of the conventions."""
        return span.has_any(conventions.MARKS)

    def read(self, span: SpanView) -> GenAiSpan:
        """Returns what the span says."""
        emitter = conventions.Emitter(
            dialect="otel_genai", observer=Observer.WRAPPER, cached=_cached(span)
        )
        said = conventions.said(span, emitter)
        if said.role is Role.AGGREGATE and conventions.is_remote_agent(span):
            said = replace(said, role=Role.REMOTE_AGENT)
        if said.operation == _INTERACTION and span.scope.startswith(_GOOGLES):
            said = said.with_reasoning_in_output()
        return a_span(span, said)


def _cached(span: SpanView) -> Cached:
    if _SINCE_THE_RULE in span.attributes:
        return Cached.INSIDE
    for beginning, cached in _KNOWN.items():
        if span.scope.startswith(beginning):
            return cached
    return Cached.UNSAID


DIALECT = OtelGenAi()
