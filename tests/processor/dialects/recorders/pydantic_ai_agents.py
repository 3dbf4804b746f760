"""pydantic-ai: an agent with one tool, asked through OpenAI and through Anthropic."""

from __future__ import annotations

import os
from importlib import import_module
from importlib.metadata import version
from typing import Any

import answers
from anthropic import AsyncAnthropic
from pydantic_ai import Agent
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider
from stage import recording

os.environ["ANTHROPIC_OPEN_TELEMETRY"] = "false"

IS_OLD = version("pydantic-ai-slim").startswith("1.")
TRACED: dict[str, Any] = (
    {"instrument": True}
    if IS_OLD
    else {"capabilities": [import_module("pydantic_ai.capabilities").Instrumentation()]}
)

with recording("pydantic-ai-slim") as stage:
    openai = OpenAIChatModel(
        "gpt-5", provider=OpenAIProvider(base_url=stage.url + "/v1", api_key="made-up")
    )
    agent = Agent(openai, name="adder", **TRACED)

    @agent.tool_plain
    def numbers() -> str:
        """Returns the numbers."""
        stage.answers(answers.chat("chatcmpl-2"))
        return "2, 2"

    stage.answers(answers.chat("chatcmpl-1", tool="numbers"))
    agent.run_sync("What is the sum?")

    sdk = AsyncAnthropic(api_key="made-up", base_url=stage.url)
    anthropic = AnthropicModel(
        "claude-sonnet-4-5", provider=AnthropicProvider(anthropic_client=sdk)
    )
    if IS_OLD:
        stage.answers(answers.messages("msg_1"))
    else:
        stage.streams(answers.messages_stream("msg_1"), named=True)
    Agent(anthropic, name="adder", **TRACED).run_sync("What is two and two?")
