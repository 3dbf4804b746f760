"""Strands Agents. An agent's span has what the agent used in all its life, and in 1.0 it is a CLIENT span.

The provider is always `strands-agents`, so a call is priced only where a mapping says whose it is. Scopes
have no version: that cached tokens are inside shows in the names, which changed with it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from spantally_processor.dialects import _conventions as conventions
from spantally_processor.dialects._cached import Cached
from spantally_processor.dialects._span import a_span
from spantally_processor.model import Observer

if TYPE_CHECKING:
    from spantally_processor.dialects import SpanView
    from spantally_processor.model import GenAiSpan

_SCOPE = "strands."
_SINCE_INSIDE = frozenset(
    ("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_creation.input_tokens")
)
_EMITTER = conventions.Emitter(dialect="strands", observer=Observer.FRAMEWORK)
_BEFORE = replace(_EMITTER, cached=Cached.UNSAID)


class Strands:
    """See the module."""

    order = 30

    def recognises(self, span: SpanView) -> bool:
        """Whether Strands emitted it and it is about a model."""
        return span.scope.startswith(_SCOPE) and span.has_any(conventions.MARKS)

    def read(self, span: SpanView) -> GenAiSpan:
        """Returns what the span says."""
        emitter = _EMITTER if span.has_any(_SINCE_INSIDE) else _BEFORE
        return a_span(span, conventions.said(span, emitter))


DIALECT = Strands()
