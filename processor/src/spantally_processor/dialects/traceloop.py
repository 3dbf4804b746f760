"""Traceloop's OpenLLMetry, old and new.

Calls had their kind in `llm.request.type` and their own names for counts before 0.50; since then they keep
to the conventions. Workflows, tasks, agents and tools around them have `traceloop.span.kind`. Input has the
cached tokens in it (seen in 0.40.14 and 0.62.4). Anthropic's streams count the placeholder of the first
event on top of the output, a token or a few too many (seen in 0.62.4); nothing in the span tells.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from spantally_processor.dialects import _conventions as conventions
from spantally_processor.dialects import _reading as reading
from spantally_processor.dialects._cached import Cached
from spantally_processor.dialects._span import a_span
from spantally_processor.model import Observer, Role

if TYPE_CHECKING:
    from spantally_processor.dialects import SpanView
    from spantally_processor.dialects._span import Said
    from spantally_processor.model import GenAiSpan

_MARKS = frozenset(("traceloop.span.kind", "llm.request.type"))

_OPERATIONS = {
    "chat": "chat",
    "completion": "text_completion",
    "embedding": "embeddings",
    "rerank": "rerank",
}

_EMITTER = conventions.Emitter(dialect="traceloop")
_BEDROCKS = replace(_EMITTER, cached=Cached.BESIDE)
"""Bedrock's own numbers (read in 0.62.4)."""
_BEDROCK = "opentelemetry.instrumentation.bedrock"


class Traceloop:
    """See the module."""

    order = 60

    def recognises(self, span: SpanView) -> bool:
        """Whether the span has one of Traceloop's own names."""
        return span.has_any(_MARKS)

    def read(self, span: SpanView) -> GenAiSpan:
        """Returns what the span says."""
        emitter = _BEDROCKS if span.scope.startswith(_BEDROCK) else _EMITTER
        said = conventions.said(span, emitter)
        attributes = span.attributes
        kind = reading.text(attributes, "traceloop.span.kind")
        request = reading.text(attributes, "llm.request.type")
        if request:
            operation = said.operation or _OPERATIONS.get(request, request)
            return a_span(span, replace(said, role=Role.CALL, operation=operation))
        return a_span(span, _around(said, kind) if kind else said)


def _around(said: Said, kind: str) -> Said:
    return replace(
        said, role=Role.AGGREGATE, observer=Observer.FRAMEWORK, operation=said.operation or kind
    )


DIALECT = Traceloop()
