"""Pydantic AI and Logfire.

An agent's span has the sum of its calls as `gen_ai.aggregated_usage.*`, in older versions as
`gen_ai.usage.*`. What the provider said is mirrored under `gen_ai.usage.details.*`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally_processor.dialects import _conventions as conventions
from spantally_processor.dialects._span import a_span
from spantally_processor.model import Observer

if TYPE_CHECKING:
    from spantally_processor.dialects import SpanView
    from spantally_processor.model import GenAiSpan

_SCOPES = ("pydantic-ai", "logfire")
_EMITTER = conventions.Emitter(
    dialect="pydantic_ai",
    observer=Observer.FRAMEWORK,
    costs=("operation.cost", *conventions.COST_NAMES),
)


class PydanticAi:
    """See the module."""

    order = 30

    def recognises(self, span: SpanView) -> bool:
        """Whether Pydantic AI emitted it and it is about a model."""
        return span.scope.startswith(_SCOPES) and span.has_any(conventions.MARKS)

    def read(self, span: SpanView) -> GenAiSpan:
        """Returns what the span says."""
        return a_span(span, conventions.said(span, _EMITTER))


DIALECT = PydanticAi()
