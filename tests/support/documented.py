"""Spans written by hand, as documentation says that an emitter writes them, and what is read of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally_processor.dialects import read_span, views
from support.otlp import a_request, a_span

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally_processor.model import GenAiSpan

USAGE = "gen_ai.usage."
CACHED = {USAGE + "cache_read.input_tokens": 300, USAGE + "cache_creation.input_tokens": 200}
UNKNOWN = "a.homegrown.tracer"


def read(attributes: Mapping[str, object], *, scope: str, **fields: object) -> GenAiSpan:
    (view,) = views(a_request(a_span(attributes, **fields), scope=scope).resource_spans)
    span = read_span(view)
    assert span is not None
    return span


def chat(**changes: object) -> dict[str, object]:
    """A chat in the conventions' names; `input` and `output` are the counts."""
    short = {"input": USAGE + "input_tokens", "output": USAGE + "output_tokens"}
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": "claude-sonnet-4-5",
        **{short.get(key, key): value for key, value in changes.items()},
    }


def usage(span: GenAiSpan) -> dict[str, int]:
    assert span.usage is not None, span.usage_fault
    return dict(span.usage)
