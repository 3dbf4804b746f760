"""agent-framework-core: an agent with one tool, asked through OpenAI's chat completions.

With the argument `anthropic`, an agent without tools is asked through agent-framework-anthropic.
"""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module

import answers
from agent_framework import Agent
from agent_framework.observability import enable_instrumentation
from stage import Stage, recording


async def ask_openai(stage: Stage) -> None:
    def numbers() -> str:
        """Returns the numbers."""
        stage.answers(answers.chat("chatcmpl-2"))
        return "2, 2"

    client = import_module("agent_framework.openai").OpenAIChatCompletionClient(
        model="gpt-5", api_key="made-up", base_url=stage.url + "/v1"
    )
    agent = Agent(client=client, name="adder", tools=[numbers])
    stage.answers(answers.chat("chatcmpl-1", tool="numbers"))
    await agent.run("What is the sum?")


async def ask_anthropic(stage: Stage) -> None:
    sdk = import_module("anthropic").AsyncAnthropic(api_key="made-up", base_url=stage.url)
    client = import_module("agent_framework.anthropic").AnthropicClient(
        model="claude-sonnet-4-5", anthropic_client=sdk
    )
    stage.answers(answers.messages("msg_1"))
    await Agent(client=client, name="adder").run("What is two and two?")


if __name__ == "__main__":
    package = "agent-framework-anthropic" if sys.argv[1:] else "agent-framework-core"
    with recording(package) as stage:
        enable_instrumentation()
        asyncio.run(ask_anthropic(stage) if sys.argv[1:] else ask_openai(stage))
