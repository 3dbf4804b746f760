"""The tracer of LLM calls: it records every call, whatever the app's sampler decides about its traces.

Cost that depends on sampling is a guess. So LLM spans come from a provider of their own that samples all, and
go through the app's span processors and exporters; the app's own spans are sampled as the app wants. An
LLM span of a trace that was sampled out arrives alone, with that trace's id.
"""

from __future__ import annotations

from importlib.metadata import version
from threading import current_thread
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from spantally import _wire
from spantally._span_attributes import put
from spantally._span_processor import put_tags
from spantally._tags import tag_attributes

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from spantally.apis import Attributes

_VERSION = version("spantally")


_AT_CREATION = (
    _wire.OPERATION, _wire.PROVIDER, _wire.REQUEST_MODEL, _wire.SERVER_ADDRESS, _wire.SERVER_PORT,
)  # fmt: skip
"""What the conventions want on a span from the beginning; the rest is cheaper to put there later."""


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


def start_span(attributes: Attributes, context: Context, start_time: int | None) -> trace.Span:
    """Start the span of a call, with the tags that hold in this context.

    Args:
        attributes: What is known of the call; at least `gen_ai.operation.name`.
        context: Where it is made.
        start_time: Nanoseconds since 1970; None for now.
    """
    operation, model = attributes[_wire.OPERATION], attributes.get(_wire.REQUEST_MODEL)
    name = f"{operation} {model}" if model else str(operation)
    for_samplers = {key: attributes[key] for key in _AT_CREATION if key in attributes}
    span = _tracing.tracer.start_span(
        name, context, trace.SpanKind.CLIENT, for_samplers, start_time=start_time
    )
    put(span, attributes)
    if not trace.get_current_span(context).get_span_context().is_valid:
        # A trace begins here, perhaps because no context arrived: this tells where.
        put(span, {_wire.THREAD_NAME: current_thread().name})
    put_tags(span, tag_attributes(context))
    return span
