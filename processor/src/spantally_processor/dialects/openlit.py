"""OpenLIT. Its counts are the provider's raw ones: Anthropic's leave cached tokens out of the input.

Where a stream has no usage it counts words itself, under the same names. Those are no actual counts and are
left out; cached counts are there only with the provider's (seen in 1.45.0; 1.34.0 has none and always counts
streams itself). Streams of Anthropic come with cached counts of 0 whatever was cached, so their usage is a
lower bound. A cost of 0 means that it had no price.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from spantally_processor.dialects import _conventions as conventions
from spantally_processor.dialects import _reading as reading
from spantally_processor.dialects._cached import Cached, leaves_cached_out
from spantally_processor.dialects._span import a_span

if TYPE_CHECKING:
    from spantally_processor.dialects import SpanView
    from spantally_processor.model import GenAiSpan

_SCOPE = "openlit"
_EMITTER = conventions.Emitter(dialect="openlit", cached=Cached.AS_PROVIDER)
_CACHED = ("cache_read_tokens", "cache_write_tokens")


class OpenLit:
    """See the module."""

    order = 30

    def recognises(self, span: SpanView) -> bool:
        """Whether OpenLIT emitted it and it is about a model."""
        return span.scope.startswith(_SCOPE) and span.has_any(conventions.MARKS)

    def read(self, span: SpanView) -> GenAiSpan:
        """Returns what the span says."""
        said = conventions.said(span, _EMITTER)
        if said.provider == "gcp.gemini":  # thoughts are beside its raw output
            said = said.with_reasoning_in_output()
        cached = [said.counts[meter] for meter in _CACHED if meter in said.counts]
        if leaves_cached_out(said.provider, said.request_model):
            is_zero = all(reading.whole(count) == 0 for count in cached)
            said = replace(said, sees_cached=not is_zero if said.streaming else bool(cached))
        elif said.streaming and not cached:
            said = replace(said, counts={})
        read = a_span(span, said)
        return (
            read
            if read.reported_cost
            else replace(read, reported_cost=None, reported_cost_source="")
        )


DIALECT = OpenLit()
