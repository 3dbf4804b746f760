"""What `opentelemetry-instrument` runs before the app: tags on spans, and none to strangers.

A span processor has no entry point of its own in OpenTelemetry Python (1.45), hence the
`opentelemetry_pre_instrument` hook; it runs with every distro, and even where instrumentations are
disabled. An exception here would abort all instrumentation after it, hence the guard.
"""

from __future__ import annotations

import os

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from spantally import propagation
from spantally._guard import guarded
from spantally._hosts import configured_hosts
from spantally._shutdown import flush_at_end
from spantally._span_processor import AttributionSpanProcessor
from spantally._tracing import record_all
from spantally.processes._carrier import attach_environment


@guarded
def configure() -> None:
    """Install the attribution processor and the propagator. Set by the user, a setting wins."""
    # The SDK's own spans would repeat ours, and it sends baggage to the API's host even with no
    # tracing configured (anthropic 2.12).
    os.environ.setdefault("ANTHROPIC_OPEN_TELEMETRY", "false")
    os.environ.setdefault("ANTHROPIC_OPEN_TELEMETRY_PROPAGATION", "false")
    propagation.install()
    attach_environment()
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        provider.add_span_processor(AttributionSpanProcessor())
        record_all(provider)
        flush_at_end()
    configured_hosts()  # its faults are named when the app starts
