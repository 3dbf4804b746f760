"""opentelemetry-instrumentation-openai and -anthropic: Traceloop's, under OpenTelemetry's name."""

from __future__ import annotations

import sys

from sdk_calls import anthropic_calls, openai_calls
from stage import recording

if sys.argv[1:] == ["openai"]:
    from opentelemetry.instrumentation.openai import OpenAIInstrumentor

    with recording("opentelemetry-instrumentation-openai") as stage:
        OpenAIInstrumentor().instrument()
        openai_calls(stage)
else:
    from opentelemetry.instrumentation.anthropic import AnthropicInstrumentor

    with recording("opentelemetry-instrumentation-anthropic") as stage:
        AnthropicInstrumentor().instrument()
        anthropic_calls(stage)
