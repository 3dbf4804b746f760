"""Spans as the dialects read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally_processor.dialects import read_span, views
from support.otlp import a_call, a_request

if TYPE_CHECKING:
    from opentelemetry.proto.trace.v1.trace_pb2 import Span
    from spantally_processor.model import GenAiSpan


def read(span: Span, **request: object) -> GenAiSpan | None:
    (view,) = views(a_request(span, **request).resource_spans)
    return read_span(view)


def call(**changes: object) -> GenAiSpan:
    span = read(a_call(**changes))
    assert span is not None
    return span
