"""Microsoft's Agent Framework: the conventions' names over the providers' raw numbers.

So Anthropic's input is without the cached tokens, against what the names mean (seen in 1.23.0 with
agent-framework-anthropic 1.0.0b261022). An agent's span sums its calls, or has only the last one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally_processor.dialects import _conventions as conventions
from spantally_processor.dialects._cached import Cached
from spantally_processor.dialects._span import a_span
from spantally_processor.model import Observer

if TYPE_CHECKING:
    from spantally_processor.dialects import SpanView
    from spantally_processor.model import GenAiSpan

_SCOPE = "agent_framework"
_EMITTER = conventions.Emitter(
    dialect="agent_framework", observer=Observer.FRAMEWORK, cached=Cached.AS_PROVIDER
)


class AgentFramework:
    """See the module."""

    order = 30

    def recognises(self, span: SpanView) -> bool:
        """Whether the framework emitted it and it is about a model."""
        return span.scope.startswith(_SCOPE) and span.has_any(conventions.MARKS)

    def read(self, span: SpanView) -> GenAiSpan:
        """Returns what the span says."""
        return a_span(span, conventions.said(span, _EMITTER))


DIALECT = AgentFramework()
