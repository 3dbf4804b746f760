"""Service 1 of 3: an agent that calls models in threads and tasks, a service, and a queue."""

import asyncio
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from anthropic import Anthropic
from openai import AsyncOpenAI
from opentelemetry import propagate, trace
from spantally import attribute

tracer = trace.get_tracer("planner")
claude = Anthropic()
gpt = AsyncOpenAI()


def think(number: int) -> int:
    answer = claude.messages.create(
        model="claude-haiku-5-5",
        max_tokens=50,
        messages=[{"role": "user", "content": f"Thought {number}"}],
    )
    return answer.usage.output_tokens


async def draft(number: int) -> None:
    stream = await gpt.chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "user", "content": f"Draft {number}"}],
        stream=True,
        stream_options={"include_usage": True},
    )
    async for _ in stream:
        pass


async def drafts() -> None:
    await asyncio.gather(*(draft(number) for number in range(10)))


# A framework's own spans around the calls, which repeat their counts.
wrapper = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "planner"}
with (
    attribute(workflow="planning", team="research", customer="acme"),
    tracer.start_as_current_span("invoke_agent planner", attributes=wrapper) as agent,
):
    with ThreadPoolExecutor(4) as pool:
        written = sum(pool.map(think, range(10)))
    asyncio.run(drafts())
    httpx.post(os.environ["SEARCHER"], json={"times": 10}, timeout=30).raise_for_status()
    with tracer.start_as_current_span("publish", kind=trace.SpanKind.PRODUCER):
        headers: dict[str, str] = {}
        propagate.inject(headers)
        Path(os.environ["QUEUE"]).write_text(json.dumps({"headers": headers, "times": 10}))
    agent.set_attribute("gen_ai.usage.input_tokens", 1_000_000)
    agent.set_attribute("gen_ai.usage.output_tokens", written)
print(f"{agent.get_span_context().trace_id:032x}")
