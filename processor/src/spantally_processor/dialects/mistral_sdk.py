"""Spans that the Mistral SDK emits by itself.

Its `invoke_agent` spans (agents and conversations) are calls with the usage of the response, unlike
everybody else's. Document recognition is billed by the page, which the spans do not say: no usage.
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

_SCOPE = "mistralai_sdk"
_EMITTER = conventions.Emitter(dialect="mistral_sdk", observer=Observer.NATIVE)


class MistralSdk:
    """See the module."""

    order = 20

    def recognises(self, span: SpanView) -> bool:
        """Whether Mistral's SDK emitted it."""
        return span.scope.startswith(_SCOPE) and span.has_any(conventions.MARKS)

    def read(self, span: SpanView) -> GenAiSpan:
        """Returns what the span says."""
        said = conventions.said(span, _EMITTER)
        if said.operation == "invoke_agent":
            said = replace(said, role=Role.CALL)
        return a_span(span, said)


DIALECT = MistralSdk()
