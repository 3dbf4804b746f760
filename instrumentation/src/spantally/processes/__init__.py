"""One file for each way to start another process or thread: the trace and the tags go along.

To processes they travel as the environment variables TRACEPARENT, TRACESTATE and BAGGAGE, as OpenTelemetry has
it (https://opentelemetry.io/docs/specs/otel/context/env-carriers/, 2026-11), or beside the task.
"""
