"""Semantic Kernel, Python and .NET: input and output, raw, and nothing of caches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally_processor.dialects import _conventions as conventions
from spantally_processor.dialects._cached import Cached
from spantally_processor.dialects._span import a_span
from spantally_processor.model import Observer

if TYPE_CHECKING:
    from spantally_processor.dialects import SpanView
    from spantally_processor.model import GenAiSpan

_SCOPES = ("semantic_kernel.", "Microsoft.SemanticKernel")
_EMITTER = conventions.Emitter(
    dialect="semantic_kernel",
    observer=Observer.FRAMEWORK,
    cached=Cached.AS_PROVIDER,
    sees_cached=False,
)


class SemanticKernel:
    """See the module."""

    order = 30

    def recognises(self, span: SpanView) -> bool:
        """Whether Semantic Kernel emitted it and it is about a model."""
        return span.scope.startswith(_SCOPES) and span.has_any(conventions.MARKS)

    def read(self, span: SpanView) -> GenAiSpan:
        """Returns what the span says."""
        return a_span(span, conventions.said(span, _EMITTER))


DIALECT = SemanticKernel()
