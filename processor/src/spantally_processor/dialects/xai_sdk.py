"""Spans that xAI's SDK emits by itself, on by default where a tracer provider is registered.

Output leaves the reasoning out; cached tokens are inside the input. The charge is the one that came with the
response, in ticks of 1e-10 USD. A span of pictures has counts of 0 beside it: they are paid by the piece.
xai-sdk 1.21 (2026-11); `XAI_SDK_DISABLE_TRACING=1` switches them off.
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from spantally_processor.dialects import _conventions as conventions
from spantally_processor.dialects import _reading as reading
from spantally_processor.dialects._span import MeterNames, a_span
from spantally_processor.model import Observer, Role

if TYPE_CHECKING:
    from spantally_processor.dialects import SpanView
    from spantally_processor.model import GenAiSpan

_SCOPE = "xai_sdk."
_COST = "gen_ai.usage.cost_in_usd_ticks"
_PICTURE = re.compile(r"gen_ai\.response\.(\d+)\.image\.")
_USD_PER_TICK = Decimal("1e-10")

_EMITTER = conventions.Emitter(
    dialect="xai_sdk",
    observer=Observer.NATIVE,
    meters=MeterNames(
        {
            "input_tokens": ("gen_ai.usage.input_tokens",),
            "output_tokens": ("gen_ai.usage.output_tokens",),
            "cache_read_tokens": ("gen_ai.usage.cached_prompt_text_tokens",),
            "input_image_tokens": ("gen_ai.usage.prompt_image_tokens",),
            "reasoning_tokens": ("gen_ai.usage.reasoning_tokens",),
        }
    ),
    costs=(),
)


class XaiSdk:
    """See the module."""

    order = 20

    def recognises(self, span: SpanView) -> bool:
        """Whether xAI's SDK emitted it, about a model."""
        return span.scope.startswith(_SCOPE) and "gen_ai.request.model" in span.attributes

    def read(self, span: SpanView) -> GenAiSpan:
        """Returns what the span says."""
        said = conventions.said(span, _EMITTER, role=Role.CALL)
        output, reasoning = (
            said.counts.get(name) for name in ("output_tokens", "reasoning_tokens")
        )
        if isinstance(output, int) and isinstance(reasoning, int):
            said = replace(
                said, counts={**said.counts, "output_tokens": output + reasoning}, total=None
            )
        if pictures := {found[1] for name in span.attributes if (found := _PICTURE.match(name))}:
            said = replace(said, counts={"images": len(pictures)}, total=None)
        ticks = reading.amount_of(span.attributes.get(_COST))
        call = a_span(span, said)
        if ticks is None:
            return call
        return replace(call, stated_cost=int(ticks) * _USD_PER_TICK, stated_cost_source=_COST)


DIALECT = XaiSdk()
