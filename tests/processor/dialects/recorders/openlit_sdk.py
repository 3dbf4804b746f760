"""openlit."""

from __future__ import annotations

import openlit
from sdk_calls import anthropic_calls, openai_calls
from stage import recording

with recording("openlit") as stage:
    openlit.init(disable_metrics=True, disable_events=True)
    openai_calls(stage)
    anthropic_calls(stage)
