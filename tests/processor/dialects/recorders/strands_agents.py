"""strands-agents: an agent with one tool, asked through OpenAI, then through Anthropic."""

from __future__ import annotations

import answers
from stage import recording
from strands import Agent, tool
from strands.models.anthropic import AnthropicModel
from strands.models.openai import OpenAIModel

with recording("strands-agents") as stage:

    @tool
    def numbers() -> str:
        """Returns the numbers."""
        stage.streams(answers.chat_stream("chatcmpl-2"))
        return "2, 2"

    openai = OpenAIModel(
        client_args={"api_key": "made-up", "base_url": stage.url + "/v1"}, model_id="gpt-5"
    )
    stage.streams(answers.chat_stream("chatcmpl-1", tool="numbers"))
    Agent(model=openai, name="adder", tools=[numbers], callback_handler=None)("What is the sum?")

    anthropic = AnthropicModel(
        client_args={"api_key": "made-up", "base_url": stage.url},
        model_id="claude-sonnet-4-5",
        max_tokens=200,
    )
    stage.streams(answers.messages_stream("msg_1"), named=True)
    Agent(model=anthropic, name="adder", callback_handler=None)("What is two and two?")
