"""agent-framework-core: an agent with one tool, asked through OpenAI's chat completions."""

from __future__ import annotations

import asyncio

import answers
from agent_framework import Agent
from agent_framework.observability import enable_instrumentation
from agent_framework.openai import OpenAIChatCompletionClient
from stage import Stage, recording


async def run(stage: Stage) -> None:
    def numbers() -> str:
        """Returns the numbers."""
        stage.answers(answers.chat("chatcmpl-2"))
        return "2, 2"

    client = OpenAIChatCompletionClient(
        model="gpt-5", api_key="made-up", base_url=stage.url + "/v1"
    )
    agent = Agent(client=client, name="adder", tools=[numbers])
    stage.answers(answers.chat("chatcmpl-1", tool="numbers"))
    await agent.run("What is the sum?")


if __name__ == "__main__":
    with recording("agent-framework-core") as stage:
        enable_instrumentation()
        asyncio.run(run(stage))
