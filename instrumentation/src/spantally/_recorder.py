"""Makes the spans of calls as the SDK's tracer would, in half the time.

The tracer asks a sampler, whose answer is known, and looks at the type of every attribute. What it does else
is done here (opentelemetry-sdk 1.40 to 1.45). Where that no longer works one day, or where the SDK is to count
its spans, there is no recorder, and the tracer makes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry import trace
from opentelemetry.sdk import trace as sdk

from spantally import env
from spantally._span_processor import begin_with

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from spantally.apis import Attributes

_SDK_COUNTS = "OTEL_PYTHON_SDK_INTERNAL_METRICS_ENABLED"  # has no name in the SDK of 1.40
_RANDOM = 0x02
"""The trace's id is random: https://www.w3.org/TR/trace-context-2/#random-trace-id-flag (2026-11)."""


class _Span(sdk.Span):
    """Waits for its export without empty lists.

    Each takes 760 bytes (opentelemetry-sdk 1.45), two of them more than half of what a waiting span takes else.
    """

    def _readable_span(self) -> sdk.ReadableSpan:
        readable = super()._readable_span()
        for name in ("_events", "_links"):
            if not getattr(readable, name, True):
                setattr(readable, name, ())
        return readable


class Recorder:
    """Makes spans that are all recorded, with what a tracer has."""

    def __init__(self, tracer: sdk.Tracer) -> None:
        self._tracer: Any = tracer
        is_random = getattr(tracer.id_generator, "is_trace_id_random", bool)()
        self._of_a_root = trace.TraceFlags(trace.TraceFlags.SAMPLED | (_RANDOM if is_random else 0))

    def start(
        self,
        name: str,
        context: Context,
        start_time: int | None,
        known: Attributes,
        tags: Attributes,
    ) -> trace.Span:
        """Start the span of a call with what is known of it; `tags` are those of that which it keeps."""
        ids = self._tracer.id_generator
        parent = trace.get_current_span(context).get_span_context()
        if parent.is_valid:
            flags = trace.TraceFlags(trace.TraceFlags.SAMPLED | parent.trace_flags & _RANDOM)
            own = trace.SpanContext(
                parent.trace_id, ids.generate_span_id(), False, flags, parent.trace_state
            )
        else:
            trace_id, span_id = ids.generate_trace_id(), ids.generate_span_id()
            own = trace.SpanContext(trace_id, span_id, False, self._of_a_root)
        span = self.make(name, own, parent if parent.is_valid else None)
        begin_with(span, known, tags)
        span.start(start_time, context)
        return span

    def make(self, name: str, own: trace.SpanContext, parent: trace.SpanContext | None) -> sdk.Span:
        """A span that has not started."""
        tracer = self._tracer
        return _Span(
            name,
            own,
            parent,
            tracer.sampler,
            resource=tracer.resource,
            kind=trace.SpanKind.CLIENT,
            span_processor=tracer.span_processor,
            instrumentation_info=tracer.instrumentation_info,
            limits=tracer._span_limits,
            instrumentation_scope=tracer._instrumentation_scope,
        )


def recorder_for(tracer: trace.Tracer) -> Recorder | None:
    """A recorder instead of a tracer that records all; None where that tracer has to make the spans."""
    if not isinstance(tracer, sdk.Tracer) or env.is_on(_SDK_COUNTS):
        return None
    recorder = Recorder(tracer)
    try:
        recorder.make("", trace.INVALID_SPAN_CONTEXT, None)
    except (AttributeError, TypeError):
        return None
    return recorder
