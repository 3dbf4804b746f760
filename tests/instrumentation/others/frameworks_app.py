"""An app on frameworks: LangChain with both SDKs below it, and an agent with a tool."""

from __future__ import annotations

from agents import Agent, OpenAIChatCompletionsModel, Runner, function_tool
from langchain_anthropic import ChatAnthropic
from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI
from openai import AsyncOpenAI
from spantally import attribute

OPENAI = {"api_key": "made-up", "base_url": "http://api.openai.com/v1", "max_retries": 0}


@function_tool
def add(left: int, right: int) -> int:
    """Add two numbers."""
    return left + right


def main() -> None:
    prompt = ChatPromptTemplate.from_template("What is two and {number}?")
    openai = ChatOpenAI(model="gpt-5", stream_usage=True, **OPENAI)
    anthropic = ChatAnthropic(
        model="claude-sonnet-4-5",
        api_key="made-up",
        base_url="http://api.anthropic.com",
        max_tokens=200,
    )
    agent = Agent(
        name="adder",
        instructions="Add.",
        tools=[add],
        model=OpenAIChatCompletionsModel("gpt-5", AsyncOpenAI(**OPENAI)),
    )
    with attribute(team="guest-services", customer="acme"):
        (prompt | openai).invoke({"number": "two"})
        list((prompt | openai).stream({"number": "two"}))
        (prompt | anthropic).invoke({"number": "two"})
        print(Runner.run_sync(agent, "What is two and two?").final_output)


if __name__ == "__main__":
    main()
