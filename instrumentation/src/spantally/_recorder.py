"""Makes the spans of calls as the SDK's tracer would, in half the time.

The tracer asks a sampler, whose answer is known, and looks at the type of every attribute. What it does else
is done here (opentelemetry-sdk 1.40 to 1.45). Where that no longer works one day, or where the SDK is to count
its spans, there is no recorder, and the tracer makes them.
"""

from __future__ import annotations

from collections import deque
from threading import Lock
from typing import TYPE_CHECKING, Any

from opentelemetry import trace
from opentelemetry.sdk import trace as sdk
from opentelemetry.sdk import util

from spantally import env
from spantally._lazy import lazy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SDK_COUNTS = "OTEL_PYTHON_SDK_INTERNAL_METRICS_ENABLED"  # has no name in the SDK of 1.40
_SAMPLED, _RANDOM = 0x01, 0x02
"""https://www.w3.org/TR/trace-context-2/#trace-flags (2026-11)"""

if TYPE_CHECKING:
    _Made, _Bounded = sdk.Span, util.BoundedList[Any]
else:
    # Apps look for it: `isinstance(trace.get_current_span(), _Span)`, in handlers and filters of logs.
    _Made = getattr(sdk, "_Span", sdk.Span)
    _Bounded = getattr(util, "BoundedList", object)


class _List(_Bounded):
    """The SDK's list of events or links, which is made when there is an event or a link.

    An empty one takes 760 bytes (opentelemetry-sdk 1.45), two of them more than half of a span that waits. It
    is a list all the same: processors append to it as a span ends, past the span's own methods.
    """

    dropped = 0
    _in_use = False

    def __init__(self, maxlen: int | None) -> None:
        self._maxlen = maxlen

    @lazy
    def _dq(self) -> deque[Any]:
        self._in_use = True
        return deque(maxlen=self._maxlen)

    @lazy
    def _lock(self) -> Any:
        return Lock()

    def __len__(self) -> int:
        return super().__len__() if self._in_use else 0

    def __iter__(self) -> Iterator[Any]:
        return super().__iter__() if self._in_use else iter([])


class _Span(_Made):
    """Has lists of events and links when it has events and links."""

    def _new_events(self) -> Any:
        return _List(self._limits.max_events)

    def _new_links(self, links: Sequence[trace.Link]) -> Any:
        return _List(self._limits.max_links)  # a call begins with none


class Recorder:
    """Makes spans that are all recorded, with what a tracer has."""

    def __init__(self, tracer: sdk.Tracer) -> None:
        self._tracer: Any = tracer
        is_random = getattr(tracer.id_generator, "is_trace_id_random", bool)()
        self._flags_of_a_root = _SAMPLED | _RANDOM if is_random else _SAMPLED

    def make(self, name: str, parent: trace.SpanContext) -> sdk.Span:
        """A span that is to be started, inside this one if that is valid."""
        ids, valid = self._tracer.id_generator, parent.is_valid
        trace_id = parent.trace_id if valid else ids.generate_trace_id()
        flags = parent.trace_flags & _RANDOM | _SAMPLED if valid else self._flags_of_a_root
        span_id, state = ids.generate_span_id(), parent.trace_state if valid else None
        own = trace.SpanContext(trace_id, span_id, False, trace.TraceFlags(flags), state)
        return self.with_context(name, own, parent if valid else None)

    def with_context(
        self, name: str, own: trace.SpanContext, parent: trace.SpanContext | None
    ) -> sdk.Span:
        """A span that is this one."""
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
        tried = recorder.with_context("", trace.INVALID_SPAN_CONTEXT, None)
        tried.add_event("event")
        tried.add_link(trace.INVALID_SPAN_CONTEXT)
    except (AttributeError, TypeError):
        return None
    return recorder
