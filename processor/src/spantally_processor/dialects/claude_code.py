"""Claude Code and the Claude Agent SDK: `claude_code.llm_request` with Anthropic's raw counts.

Names are code.claude.com/docs/en/monitoring-usage, read 2026-11. A span does not say whether the account
pays by the token or by the seat; what it costs here is the price of the tokens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally_processor.dialects import _reading as reading
from spantally_processor.dialects._cached import Cached
from spantally_processor.dialects._providers import provider_name
from spantally_processor.dialects._span import MeterNames, Said, a_span
from spantally_processor.model import Observer, Role

if TYPE_CHECKING:
    from spantally_processor.dialects import SpanView
    from spantally_processor.model import GenAiSpan

_MARKS = frozenset(("cache_read_tokens", "cache_creation_tokens"))
_MODEL = frozenset(("model",))
_OTHERS = frozenset(("gen_ai.operation.name",))
"""Claude Code's spans have a `gen_ai.system`, but no operation."""

_SCOPE = "com.anthropic.claude_code"

_CALL = "claude_code.llm_request"

_METERS = MeterNames(
    {
        "input_tokens": ("input_tokens",),
        "output_tokens": ("output_tokens",),
        "cache_read_tokens": ("cache_read_tokens",),
        "cache_write_tokens": ("cache_creation_tokens",),
    }
)


class ClaudeCode:
    """See the module."""

    order = 20

    def recognises(self, span: SpanView) -> bool:
        """Whether the span has Claude Code's names for counts, or its scope with a model."""
        if span.scope.startswith(_SCOPE):
            return span.has_any(_MODEL)
        return span.has_any(_MARKS) and not span.has_any(_OTHERS)

    def read(self, span: SpanView) -> GenAiSpan:
        """Returns what the span says."""
        attributes = span.attributes
        is_call = span.message.name == _CALL
        speed = reading.text(attributes, "speed")
        model = reading.text(attributes, "model", "gen_ai.request.model")
        provider = reading.text(attributes, "gen_ai.provider.name", "gen_ai.system")
        return a_span(
            span,
            Said(
                dialect="claude_code",
                role=Role.CALL if is_call else Role.AGGREGATE,
                observer=Observer.NATIVE,
                operation="chat" if is_call else span.message.name,
                provider=provider_name(provider) if provider else "anthropic",
                request_model=model,
                response_model=reading.text(attributes, "gen_ai.response.model"),
                response_id=reading.text(attributes, "gen_ai.response.id", "response.id"),
                counts=_METERS.values_in(attributes),
                cached=Cached.BESIDE,
                context={"speed": speed} if speed not in ("", "normal") else {},
            ),
        )


DIALECT = ClaudeCode()
