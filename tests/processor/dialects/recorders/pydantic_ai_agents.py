"""pydantic-ai: an agent with one tool, asked through OpenAI and through Anthropic."""

from __future__ import annotations

import os

import answers
from pydantic_ai import Agent
from pydantic_ai.capabilities import Instrumentation
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider
from stage import recording

os.environ["ANTHROPIC_OPEN_TELEMETRY"] = "false"

with recording("pydantic-ai-slim") as stage:
    openai = OpenAIChatModel(
        "gpt-5", provider=OpenAIProvider(base_url=stage.url + "/v1", api_key="made-up")
    )
    agent = Agent(openai, name="adder", capabilities=[Instrumentation()])

    @agent.tool_plain
    def numbers() -> str:
        """Returns the numbers."""
        stage.answers(answers.chat("chatcmpl-2"))
        return "2, 2"

    stage.answers(answers.chat("chatcmpl-1", tool="numbers"))
    agent.run_sync("What is the sum?")

    anthropic = AnthropicModel(
        "claude-sonnet-4-5", provider=AnthropicProvider(base_url=stage.url, api_key="made-up")
    )
    stage.streams(answers.messages_stream("msg_1"), named=True)
    Agent(anthropic, name="adder", capabilities=[Instrumentation()]).run_sync(
        "What is two and two?"
    )
