"""The short way to a span's attributes leads where the SDK's own does."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import (
    Event,
    Span,
    SpanLimits,
    SpanProcessor,
    SynchronousMultiSpanProcessor,
    TracerProvider,
)
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, Sampler, SamplingResult
from spantally import _tracing, attribute
from spantally._span_attributes import put

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from spantally.apis import Attributes

names = st.sampled_from([f"name.{number}" for number in range(12)])
values = (
    st.text()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.lists(st.text()).map(tuple)
)
attributes = st.dictionaries(names, values)
limits = st.builds(
    SpanLimits,
    max_span_attributes=st.none() | st.integers(0, 20),
    max_span_attribute_length=st.none() | st.integers(0, 5),
)


SET_AGAIN: list[Attributes] = [{"b": 2, "a": 3}, {"c": 4, "d": 5}]


@example(SpanLimits(max_span_attributes=3), {"a": 1}, SET_AGAIN)
@given(limits, attributes, st.lists(attributes, max_size=3))
def test_a_span_has_what_the_sdk_would_have_put_on_it(
    limits: SpanLimits, first: Attributes, more: list[Attributes]
) -> None:
    tracer = TracerProvider(span_limits=limits).get_tracer("test")
    ours, theirs = (tracer.start_span("chat", attributes=first) for _ in range(2))
    for each in more:
        put(ours, each)
        theirs.set_attributes(each)
    assert ours.attributes == theirs.attributes  # type: ignore[attr-defined]
    assert ours.dropped_attributes == theirs.dropped_attributes  # type: ignore[attr-defined]


def test_the_short_way_is_taken_with_the_sdk_that_is_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise a call costs ten microseconds more, and nothing else would say so."""
    span = TracerProvider().get_tracer("test").start_span("chat")
    monkeypatch.setattr(type(span), "set_attributes", None)
    put(span, {"name": "value"})
    assert span.attributes == {"name": "value"}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "odd", [trace.INVALID_SPAN, trace.NonRecordingSpan(trace.INVALID_SPAN_CONTEXT)]
)
def test_a_span_of_another_kind_is_left_to_itself(odd: trace.Span) -> None:
    put(odd, {"name": "value"})
    assert not odd.is_recording()


def test_a_span_that_has_ended_stays_as_it_is() -> None:
    span = TracerProvider().get_tracer("test").start_span("chat")
    span.end()
    put(span, {"name": "value"})
    assert span.attributes == {}  # type: ignore[attr-defined]


CALL: dict[str, Any] = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-5"}


def test_processors_of_the_app_see_a_call_begin_with_what_is_known_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[dict[str, object]] = []

    class Watching(SpanProcessor):
        def on_start(self, span: Span, parent_context: Context | None = None) -> None:
            seen.append(dict(span.attributes or {}))

    provider = TracerProvider()
    monkeypatch.setattr(_tracing, "_tracing", _tracing.Tracing())
    _tracing.record_all(provider)
    provider.add_span_processor(Watching())
    with attribute(team="concierge"):
        _tracing.start_span(CALL, context.get_current(), None).end()
    assert seen[0].items() >= {**CALL, "spantally.tag.team": "concierge"}.items()


def test_calls_go_to_the_processors_that_were_put_in_the_place_of_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As `AdkApp` of google-cloud-aiplatform does, which shuts the first ones down."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    monkeypatch.setattr(_tracing, "_tracing", _tracing.Tracing())
    _tracing.record_all(provider)
    provider._active_span_processor.shutdown()
    provider._active_span_processor = SynchronousMultiSpanProcessor()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    _tracing.start_span(CALL, context.get_current(), None).end()
    assert len(exporter.get_finished_spans()) == 1


def test_a_call_that_waits_for_its_export_keeps_no_empty_lists_and_all_that_is_in_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    monkeypatch.setattr(_tracing, "_tracing", _tracing.Tracing())
    _tracing.record_all(provider)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    for events in (0, 1):
        span = _tracing.start_span(CALL, context.get_current(), None)
        for _ in range(events):
            span.add_event("retry")
            span.add_link(trace.SpanContext(1, 2, is_remote=True))
        span.end()
    without, with_them = exporter.get_finished_spans()
    assert (without.events, without.links) == ((), ())
    assert (without.dropped_events, without.dropped_links) == (0, 0)
    assert [event.name for event in with_them.events] == ["retry"]
    assert [link.context.span_id for link in with_them.links] == [2]
    for span in (without, with_them):
        assert encode_spans([span]).resource_spans
        assert span.to_json()
    kept = [vars(vars(without)[name]) for name in ("_events", "_links")]
    assert ["_dq" in each or "_lock" in each for each in kept] == [False, False]


class Appending(SpanProcessor):
    """As LangSmith has it done for errors, which it reads from events: past the span's own methods."""

    def on_end(self, span: Any) -> None:
        if not span.events:
            span._events.append(Event("exception", {}))
        span._links.extend([trace.Link(trace.SpanContext(1, 2, is_remote=True))])


def test_a_processor_of_the_app_appends_to_a_call_that_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    monkeypatch.setattr(_tracing, "_tracing", _tracing.Tracing())
    _tracing.record_all(provider)
    provider.add_span_processor(Appending())
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    _tracing.start_span(CALL, context.get_current(), None).end()
    (span,) = exporter.get_finished_spans()
    assert [event.name for event in span.events] == ["exception"]
    assert [link.context.span_id for link in span.links] == [2]
    assert [copy.name for copy in deepcopy(span).events] == ["exception"]


def test_where_the_app_samples_calls_its_sampler_sees_what_is_known_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[dict[str, object]] = []

    class Choosing(Sampler):
        def should_sample(self, *args: Any, **kwargs: Any) -> SamplingResult:
            seen.append(dict(args[4]))
            return ALWAYS_OFF.should_sample(*args, **kwargs)

        def get_description(self) -> str:
            return "choosing"

    tracing = _tracing.Tracing()
    tracing.tracer = TracerProvider(sampler=Choosing()).get_tracer("test")
    monkeypatch.setattr(_tracing, "_tracing", tracing)
    span = _tracing.start_span(CALL, context.get_current(), None)
    assert not span.is_recording()
    assert seen[0].items() >= CALL.items()
