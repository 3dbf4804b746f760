"""The tracer of LLM calls: it records every call, whatever the app's sampler decides about its traces.

Cost that depends on sampling is a guess. So LLM spans come from a provider of their own that samples all, and
go through the app's span processors and exporters; the app's own spans are sampled as the app wants. An
LLM span of a trace that was sampled out arrives alone, with that trace's id.
"""

from __future__ import annotations

import os
from importlib.metadata import version
from threading import current_thread
from typing import TYPE_CHECKING, Any

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from spantally import _wire
from spantally._recorder import Recorder, recorder_for
from spantally._span_processor import begin_with
from spantally._tags import MANY, first_class, tag_attributes

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from spantally.apis import Attributes

_VERSION = version("spantally")


class Tracing:
    """The tracer in use: the global provider's until `record_all`."""

    def __init__(self) -> None:
        self.tracer = trace.get_tracer(_wire.SCOPE, _VERSION)
        self.provider: TracerProvider | None = None
        """The app's, whose resource and processors calls have."""
        self.recorder: Recorder | None = None
        """Makes the spans instead of the tracer, where it can."""
        self.has_recorded = False
        """Whether a call was recorded, by this process and not the one that it was forked from."""

    def follow(self) -> None:
        """Go by what the app's provider has now.

        A forked process has a resource of its own (opentelemetry-sdk 1.44). Others put other processors in the
        place of those that were there: https://github.com/googleapis/python-aiplatform, `AdkApp` (2026-11).
        """
        if self.provider is not None:
            tracer: Any = self.tracer
            tracer.resource = self.provider.resource
            tracer.span_processor = _processors(self.provider)


_tracing = Tracing()


def _begin_anew() -> None:
    _tracing.has_recorded = False


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)


def has_recorded() -> bool:
    """Whether this process has recorded a call."""
    return _tracing.has_recorded


def record_all(provider: TracerProvider) -> None:
    """Record every LLM call from now on, into the processors of this provider, those added later included."""
    own = TracerProvider(
        sampler=ALWAYS_ON,
        resource=provider.resource,
        shutdown_on_exit=False,
        active_span_processor=_processors(provider),
        id_generator=provider.id_generator,
    )
    _tracing.provider = provider
    _tracing.tracer = own.get_tracer(_wire.SCOPE, _VERSION)
    _tracing.recorder = recorder_for(_tracing.tracer)


def _processors(provider: TracerProvider) -> Any:
    """There is no public way to them (opentelemetry-sdk 1.45)."""
    return provider._active_span_processor  # pyright: ignore[reportPrivateUsage]


def start_span(attributes: Attributes, context: Context, start_time: int | None) -> trace.Span:
    """Start the span of a call, with the tags that hold in this context.

    Args:
        attributes: What is known of the call; at least `gen_ai.operation.name`.
        context: Where it is made.
        start_time: Nanoseconds since 1970; None for now.
    """
    operation, model = attributes[_wire.OPERATION], attributes.get(_wire.REQUEST_MODEL)
    name = f"{operation} {model}" if model else str(operation)
    tags = tag_attributes(context)
    known = {**attributes, **tags}
    if len(tags) > MANY:
        # The SDK drops the earliest where there are more attributes than it keeps: those that matter least.
        kept = first_class(tags)
        others = [pair for pair in tags.items() if pair[0] not in kept]
        known, tags = {**dict(others[-2 * MANY :]), **attributes, **kept}, kept
    parent = trace.get_current_span(context).get_span_context()
    if not parent.is_valid:
        # A trace begins here, perhaps because no context arrived: this tells where.
        known[_wire.THREAD_NAME] = current_thread().name
    _tracing.has_recorded = True
    _tracing.follow()
    if _tracing.recorder is None:
        kind = trace.SpanKind.CLIENT
        return _tracing.tracer.start_span(name, context, kind, known, start_time=start_time)
    span = _tracing.recorder.make(name, parent)
    begin_with(span, known, tags)
    span.start(start_time, context)
    return span
