"""The tracer of LLM calls: it records every call, whatever the app's sampler decides about its traces.

Cost that depends on sampling is a guess. So LLM spans come from a provider of their own that samples all, and
go through the app's span processors and exporters; the app's own spans are sampled as the app wants. An
LLM span of a trace that was sampled out arrives alone, with that trace's id.
"""

from __future__ import annotations

from importlib.metadata import version

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from spantally import _wire

_VERSION = version("spantally")


class _Tracing:
    """The tracer in use: the global provider's until `record_all`."""

    def __init__(self) -> None:
        self.tracer = trace.get_tracer(_wire.SCOPE, _VERSION)


class _AppProcessors(SpanProcessor):
    """Hands spans to the processors that the app's provider has, those added later included."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider

    def on_start(self, span: Span, parent_context: object = None) -> None:
        self._inner.on_start(span, parent_context)  # type: ignore[arg-type]

    def _on_ending(self, span: Span) -> None:
        self._inner._on_ending(span)

    def on_end(self, span: ReadableSpan) -> None:
        self._inner.on_end(span)

    @property
    def _inner(self) -> SpanProcessor:
        # There is no public way to the processors of a provider (opentelemetry-sdk 1.45).
        return self._provider._active_span_processor  # pyright: ignore[reportPrivateUsage]


_tracing = _Tracing()


def record_all(provider: TracerProvider) -> None:
    """Record every LLM call from now on, into the processors of this provider."""
    own = TracerProvider(
        sampler=ALWAYS_ON,
        resource=provider.resource,
        shutdown_on_exit=False,
        id_generator=provider.id_generator,
    )
    own.add_span_processor(_AppProcessors(provider))
    _tracing.tracer = own.get_tracer(_wire.SCOPE, _VERSION)


def tracer() -> trace.Tracer:
    """The tracer of LLM calls."""
    return _tracing.tracer
