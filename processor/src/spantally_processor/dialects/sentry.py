"""Sentry's names: `gen_ai.usage.input_tokens.cached` and costs under `gen_ai.cost.`.

Sentry's documentation puts cached tokens inside the input, but its own formula adds cache writes beside it
(docs.sentry.io/ai/monitoring/agents/costs, read 2026-11), so the counts decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally_processor.dialects import _conventions as conventions
from spantally_processor.dialects._cached import Cached
from spantally_processor.dialects._span import a_span

if TYPE_CHECKING:
    from spantally_processor.dialects import SpanView
    from spantally_processor.model import GenAiSpan

_MARKS = frozenset(
    (
        "gen_ai.usage.input_tokens.cached",
        "gen_ai.usage.input_tokens.cache_write",
        "gen_ai.usage.output_tokens.reasoning",
        "gen_ai.cost.total_tokens",
    )
)
_EMITTER = conventions.Emitter(
    dialect="sentry",
    cached=Cached.UNSAID,
    costs=("gen_ai.cost.total_tokens", *conventions.COST_NAMES),
)


class Sentry:
    """See the module."""

    order = 90

    def recognises(self, span: SpanView) -> bool:
        """Whether the span has a name that only Sentry uses."""
        return span.has_any(_MARKS)

    def read(self, span: SpanView) -> GenAiSpan:
        """Returns what the span says."""
        return a_span(span, conventions.said(span, _EMITTER))


DIALECT = Sentry()
