"""google-adk: an agent with one tool, asked through Gemini."""

from __future__ import annotations

import asyncio
import os

import answers
from google.adk.agents import LlmAgent
from google.adk.models.google_llm import Gemini
from google.adk.runners import InMemoryRunner
from google.genai import types
from stage import Stage, recording

os.environ["GOOGLE_API_KEY"] = "made-up"


async def run(stage: Stage) -> None:
    def numbers() -> dict[str, str]:
        """Returns the numbers."""
        stage.answers(answers.gemini("gemini-2"))
        return {"numbers": "2, 2"}

    stage.answers(answers.gemini("gemini-1", tool="numbers"))
    model = Gemini(model="gemini-2.5-flash", base_url=stage.url)
    agent = LlmAgent(name="adder", model=model, tools=[numbers])
    runner = InMemoryRunner(agent, app_name="sums")
    session = await runner.session_service.create_session(app_name="sums", user_id="ada")
    question = types.Content(role="user", parts=[types.Part(text="What is the sum?")])
    async for _ in runner.run_async(user_id="ada", session_id=session.id, new_message=question):
        pass


if __name__ == "__main__":
    schema = os.environ.get("ADK_TELEMETRY_SCHEMA_VERSION_OPT_IN", "")
    with recording("google-adk", variant=schema and f"schema-{schema}") as stage:
        asyncio.run(run(stage))
