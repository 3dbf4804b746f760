"""opentelemetry-instrumentation-genai-openai, -genai-anthropic, the older -openai-v2; anthropic by itself.

The argument is `openai`, `anthropic`, `openai-v2`, or none for the Anthropic SDK's own spans.
"""

from __future__ import annotations

import sys

from sdk_calls import anthropic_calls, openai_calls
from stage import recording

if sys.argv[1:] == ["openai"]:
    from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor

    with recording("opentelemetry-instrumentation-genai-openai") as stage:
        OpenAIInstrumentor().instrument()
        openai_calls(stage)
elif sys.argv[1:] == ["anthropic"]:
    from opentelemetry.instrumentation.genai.anthropic import AnthropicInstrumentor

    with recording("opentelemetry-instrumentation-genai-anthropic") as stage:
        AnthropicInstrumentor().instrument()
        anthropic_calls(stage)
elif sys.argv[1:] == ["openai-v2"]:
    from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor

    with recording("opentelemetry-instrumentation-openai-v2") as stage:
        OpenAIInstrumentor().instrument()
        openai_calls(stage)
else:
    with recording("anthropic") as stage:
        anthropic_calls(stage)
