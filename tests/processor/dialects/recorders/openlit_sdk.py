"""openlit: the one of 1.45 finds the tracer provider itself, older ones are given a tracer."""

from __future__ import annotations

import inspect

import openlit
from sdk_calls import anthropic_calls, openai_calls
from stage import recording

with recording("openlit") as stage:
    accepted = inspect.signature(openlit.init).parameters
    options = {
        "disable_metrics": True,
        "disable_events": True,
        "tracer": stage.provider.get_tracer("openlit.otel.tracing"),
    }
    openlit.init(**{name: value for name, value in options.items() if name in accepted})
    openai_calls(stage)
    anthropic_calls(stage)
