"""The tracer of LLM calls: it records every call, whatever the app's sampler decides about its traces.

Cost that depends on sampling is a guess. So LLM spans come from a provider of their own that samples all, and
go through the app's span processors and exporters; the app's own spans are sampled as the app wants. An
LLM span of a trace that was sampled out arrives alone, with that trace's id.
"""

from __future__ import annotations

from importlib.metadata import version

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from spantally import _wire

_VERSION = version("spantally")


class _Tracing:
    """The tracer in use: the global provider's until `record_all`."""

    def __init__(self) -> None:
        self.tracer = trace.get_tracer(_wire.SCOPE, _VERSION)


_tracing = _Tracing()


def record_all(provider: TracerProvider) -> None:
    """Record every LLM call from now on, into the processors of this provider, those added later included."""
    # There is no public way to the processors of a provider (opentelemetry-sdk 1.45).
    processors = provider._active_span_processor  # pyright: ignore[reportPrivateUsage]
    own = TracerProvider(
        sampler=ALWAYS_ON,
        resource=provider.resource,
        shutdown_on_exit=False,
        active_span_processor=processors,
        id_generator=provider.id_generator,
    )
    _tracing.tracer = own.get_tracer(_wire.SCOPE, _VERSION)


def tracer() -> trace.Tracer:
    """The tracer of LLM calls."""
    return _tracing.tracer
