"""Our own instrumentation's spans (docs/reference/wire.md): one for each HTTP attempt, seen at the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally_processor.dialects import FIRST_CHUNK, RESPONSE_ID
from spantally_processor.dialects import _conventions as conventions
from spantally_processor.dialects._span import MeterNames, a_span
from spantally_processor.model import Observer, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally_processor.dialects import SpanView
    from spantally_processor.model import GenAiSpan

SCOPE = "spantally"

_EMITTER = conventions.Emitter(
    dialect="spantally",
    observer=Observer.WIRE,
    meters=MeterNames(conventions.METER_NAMES),
    costs=(),
)


class Ours:
    """See the module."""

    order = 10
    volatile: Mapping[str, str] = {
        **{name: meter for meter, names in conventions.METER_NAMES.items() for name in names},
        "gen_ai.response.id": RESPONSE_ID,
        "gen_ai.response.time_to_first_chunk": FIRST_CHUNK,
    }

    def recognises(self, span: SpanView) -> bool:
        """Whether it is an LLM span of ours."""
        return span.scope == SCOPE and span.has_any(conventions.MARKS)

    def read(self, span: SpanView) -> GenAiSpan:
        """Returns what the span says; whatever its operation, it is a call."""
        return a_span(span, conventions.said(span, _EMITTER, role=Role.CALL))


DIALECT = Ours()
