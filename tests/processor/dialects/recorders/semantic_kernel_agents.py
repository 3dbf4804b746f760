"""semantic-kernel: an agent, asked through OpenAI."""

from __future__ import annotations

import asyncio
import os

os.environ["SEMANTICKERNEL_EXPERIMENTAL_GENAI_ENABLE_OTEL_DIAGNOSTICS"] = "true"

import answers
from openai import AsyncOpenAI
from semantic_kernel.agents import ChatCompletionAgent
from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion
from semantic_kernel.functions import kernel_function
from stage import Stage, recording


async def run(stage: Stage) -> None:
    class Numbers:
        @kernel_function(name="numbers", description="Returns the numbers.")
        def numbers(self) -> str:
            stage.answers(answers.chat("chatcmpl-2"))
            return "2, 2"

    client = AsyncOpenAI(api_key="made-up", base_url=stage.url + "/v1")
    agent = ChatCompletionAgent(
        service=OpenAIChatCompletion(ai_model_id="gpt-5", async_client=client),
        name="adder",
        plugins=[Numbers()],
    )
    stage.answers(answers.chat("chatcmpl-1", tool="Numbers-numbers"))
    await agent.get_response("What is the sum?")


if __name__ == "__main__":
    with recording("semantic-kernel") as stage:
        asyncio.run(run(stage))
