"""Google's Agent Development Kit. Its first schema puts `call_llm` around each call, with the same usage.

That span has no operation, and the kit's name for a provider. Spans carry no response id.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from spantally_processor.dialects import _conventions as conventions
from spantally_processor.dialects._span import a_span
from spantally_processor.model import Observer, Role

if TYPE_CHECKING:
    from spantally_processor.dialects import SpanView
    from spantally_processor.model import GenAiSpan

_SCOPE = "gcp.vertex.agent"
_EMITTER = conventions.Emitter(dialect="google_adk", observer=Observer.FRAMEWORK)


class GoogleAdk:
    """See the module."""

    order = 30

    def recognises(self, span: SpanView) -> bool:
        """Whether the kit emitted it and it is about a model."""
        return span.scope.startswith(_SCOPE) and span.has_any(conventions.MARKS)

    def read(self, span: SpanView) -> GenAiSpan:
        """Returns what the span says."""
        said = conventions.said(span, _EMITTER)
        if not said.operation:
            said = replace(said, role=Role.AGGREGATE, operation="call_llm")
        return a_span(span, said)


DIALECT = GoogleAdk()
