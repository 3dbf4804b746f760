"""Spans that the Anthropic SDKs emit by themselves, and those that Anthropic's API delivers.

On by default since anthropic 2: beside any instrumentation there is a second span for each call, with
what no instrumentation has (how long cache writes are kept, the tier, tokens of compaction). The API's own
spans arrive from Anthropic, without any of the app's tags, so they do not count before the app's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from spantally_processor.dialects import _conventions as conventions
from spantally_processor.dialects._span import a_span
from spantally_processor.model import Observer

if TYPE_CHECKING:
    from spantally_processor.dialects import SpanView
    from spantally_processor.model import GenAiSpan

SDK_SCOPE = "com.anthropic.sdk."
API_SCOPE = "com.anthropic.claude-platform"
"""platform.claude.com/docs/en/api/opentelemetry/spans, read 2026-11; in beta."""

_SDK = conventions.Emitter(dialect="anthropic_sdk", observer=Observer.NATIVE)
_API = replace(_SDK, observer=Observer.WRAPPER)


class AnthropicSdk:
    """See the module."""

    order = 20

    def recognises(self, span: SpanView) -> bool:
        """Whether Anthropic emitted it and it is about a model."""
        return span.scope.startswith((SDK_SCOPE, API_SCOPE)) and span.has_any(conventions.MARKS)

    def read(self, span: SpanView) -> GenAiSpan:
        """Returns what the span says."""
        emitter = _SDK if span.scope.startswith(SDK_SCOPE) else _API
        return a_span(span, conventions.said(span, emitter))


DIALECT = AnthropicSdk()
