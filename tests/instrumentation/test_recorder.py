"""The spans that are made without the SDK's tracer are those that it would make."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import context, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import IdGenerator, RandomIdGenerator, Span, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace.span import TraceState
from spantally import _recorder, _tracing, attribute, env
from spantally._recorder import recorder_for

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import ReadableSpan

CALL: dict[str, Any] = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-5"}


class Counting(IdGenerator):
    """Its ids are not random, and it says nothing of that."""

    def __init__(self) -> None:
        self._ids = count(1)

    def generate_span_id(self) -> int:
        return next(self._ids)

    def generate_trace_id(self) -> int:
        return next(self._ids)


class CountingAtRandom(Counting):
    def is_trace_id_random(self) -> bool:
        return True


def inside(flags: int, *, remote: bool, state: TraceState | None = None) -> Context:
    parent = trace.SpanContext(
        7, 8, is_remote=remote, trace_flags=trace.TraceFlags(flags), trace_state=state
    )
    return trace.set_span_in_context(trace.NonRecordingSpan(parent), context.Context())


PLACES = {
    "nowhere": context.Context(),
    "in a trace": inside(1, remote=False),
    "in a trace that was sampled out": inside(0, remote=False),
    "in a trace with a random id": inside(3, remote=False),
    "in a trace of another service": inside(1, remote=True, state=TraceState([("vendor", "x")])),
}


@pytest.mark.parametrize("ids", [Counting, CountingAtRandom])
@pytest.mark.parametrize("place", PLACES)
def test_a_span_is_as_the_tracer_would_make_it(place: str, ids: type[IdGenerator]) -> None:
    made: list[dict[str, Any]] = []
    kinds: list[type[trace.Span]] = []
    for directly in (True, False):
        exporter = InMemorySpanExporter()
        provider = TracerProvider(ALWAYS_ON, Resource({"service.name": "x"}), id_generator=ids())
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        tracer = provider.get_tracer("spantally", "1")
        if directly:
            recorder = recorder_for(tracer)
            assert recorder is not None
            span = recorder.make("chat", trace.get_current_span(PLACES[place]).get_span_context())
            span.start(5)
        else:
            kind = trace.SpanKind.CLIENT
            span = tracer.start_span("chat", PLACES[place], kind, start_time=5)
        span.end(9)
        kinds.append(type(span))
        made.append(all_of(exporter.get_finished_spans()[0]))
    assert made[0] == made[1]
    assert issubclass(*kinds), "apps ask for the class of their current span"


def all_of(span: ReadableSpan) -> dict[str, Any]:
    kept = {name: value for name, value in vars(span).items() if name not in ("_events", "_links")}
    return {
        **kept,
        "_attributes": dict(span.attributes or {}),
        "_status": (span.status.status_code, span.status.description),
        "_instrumentation_info": str(kept["_instrumentation_info"]),
        "events, links": (*span.events, *span.links),
        "state": span.get_span_context().trace_state.items(),  # type: ignore[union-attr]
    }


@pytest.mark.parametrize("most", [0, 1, 3])
def test_events_and_links_beyond_the_limits_are_counted_as_the_sdk_counts_them(most: int) -> None:
    limits = SpanLimits(max_events=most, max_links=most)
    tracer = TracerProvider(ALWAYS_ON, span_limits=limits).get_tracer("spantally")
    recorder = recorder_for(tracer)
    assert recorder is not None
    ours, theirs = recorder.make("chat", trace.INVALID_SPAN_CONTEXT), tracer.start_span("chat")
    dropped: list[tuple[int, int]] = []
    for span in (ours, theirs):
        assert isinstance(span, Span)
        for number in range(1, 4):
            span.add_event("retry")
            span.add_link(trace.SpanContext(1, number, is_remote=True))
        dropped.append((span.dropped_events, span.dropped_links))
    assert dropped[0] == dropped[1]


def test_the_sdk_that_is_installed_lets_spans_be_made_directly() -> None:
    """Otherwise a call costs some seven microseconds more, and nothing else would say so."""
    assert recorder_for(TracerProvider().get_tracer("spantally")) is not None


@pytest.mark.parametrize("why", ["counted", "unknown"])
def test_where_the_tracer_has_to_make_a_span_it_has_the_same_attributes(
    why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if why == "counted":
        monkeypatch.setenv("OTEL_PYTHON_SDK_INTERNAL_METRICS_ENABLED", "true")
        env.forget()
    else:
        monkeypatch.setattr(_recorder._Span, "__init__", lambda _: None)
    exporter = InMemorySpanExporter()
    provider = TracerProvider(id_generator=RandomIdGenerator())
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(_tracing, "_tracing", _tracing.Tracing())
    _tracing.record_all(provider)
    assert _tracing._tracing.recorder is None
    with attribute(team="concierge"):
        _tracing.start_span(CALL, context.get_current(), None).end()
    (span,) = exporter.get_finished_spans()
    assert (
        dict(span.attributes or {}).items() >= {**CALL, "spantally.tag.team": "concierge"}.items()
    )


def test_a_tracer_that_records_nothing_is_not_replaced() -> None:
    assert recorder_for(trace.NoOpTracer()) is None
