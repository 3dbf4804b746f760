"""The concierge: an agent that plans a stay in several steps, with tools, threads, tasks and a service."""

from __future__ import annotations

import asyncio
import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
from anthropic import Anthropic
from openai import AsyncOpenAI, OpenAI
from opentelemetry import trace
from spantally import attribute

from hotel.concierge_tools import TOOLS, run_tool
from hotel.houses import HANDBOOK

if TYPE_CHECKING:
    from anthropic.types import TextBlockParam

    from hotel.houses import House

PERSONA: TextBlockParam = {
    "type": "text",
    "text": f"You are the concierge. {HANDBOOK}",
    "cache_control": {"type": "ephemeral"},
}
QUESTIONS = (
    "Where do locals eat on a weekday?",
    "What is on at the theatre?",
    "Which walk takes two hours?",
)

tracer = trace.get_tracer("hotel.concierge")
claude = Anthropic()
gpt = OpenAI()


@dataclass(frozen=True, slots=True)
class Guest:
    """Who is coming, and which company pays."""

    key: str
    company: str


def plan_stay(guest: Guest, house: House, wish: str) -> str:
    """An itinerary for a guest's wish."""
    with (
        attribute(
            workflow="concierge",
            team="guest-experience",
            feature="stay-planner",
            customer=guest.company,
            user=guest.key,
            property=house.key,
            task="plan",
            outcome="itinerary",
        ),
        tracer.start_as_current_span("plan stay"),
    ):
        facts = research(house, wish)
        tips = look_around(house)
        offer = request_offer(house, wish)
        ideas = asyncio.run(sketch_days(house, wish))
        return write_itinerary("\n".join([facts, *tips, offer, *ideas]))


@tracer.start_as_current_span("research")
def research(house: House, wish: str) -> str:
    """Lets the model use the house's systems until it knows enough."""
    messages: list[Any] = [{"role": "user", "content": f"{house.name}: {wish}"}]
    while True:
        turn = claude.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=800,
            system=[PERSONA],
            tools=TOOLS,
            messages=messages,
        )
        messages.append({"role": "assistant", "content": turn.content})
        calls = [block for block in turn.content if block.type == "tool_use"]
        if not calls:
            return "".join(block.text for block in turn.content if block.type == "text")
        results = [
            {
                "type": "tool_result",
                "tool_use_id": call.id,
                "content": json.dumps(run_tool(call.name, call.input)),
            }
            for call in calls
        ]
        messages.append({"role": "user", "content": results})


@tracer.start_as_current_span("look around")
def look_around(house: House) -> list[str]:
    """Asks several questions about the city at once."""

    def ask(question: str) -> str:
        answer = gpt.chat.completions.create(
            model="gpt-4o-mini",
            messages=[{"role": "user", "content": f"{house.city}: {question}"}],
        )
        return answer.choices[0].message.content or ""

    with ThreadPoolExecutor() as pool:
        return list(pool.map(ask, QUESTIONS))


@tracer.start_as_current_span("request offer")
def request_offer(house: House, wish: str) -> str:
    """Has the room-offers service make a price."""
    enquiry = {"house": house.key, "nights": 3, "wish": wish}
    response = httpx.post(f"{os.environ['OFFERS_URL']}/offers", json=enquiry, timeout=30)
    return response.raise_for_status().json()["offer"]


@tracer.start_as_current_span("sketch days")
async def sketch_days(house: House, wish: str) -> list[str]:
    """Drafts the three days of the stay side by side."""

    async def sketch(day: int) -> str:
        draft = ""
        stream = await client.chat.completions.create(
            model="gpt-6.1-terra",
            messages=[{"role": "user", "content": f"Day {day} in {house.city}. {wish}"}],
            max_completion_tokens=400,
            stream=True,
            stream_options={"include_usage": True},
        )
        async for chunk in stream:
            if chunk.choices:
                draft += chunk.choices[0].delta.content or ""
        return draft

    async with AsyncOpenAI() as client:
        return await asyncio.gather(*(sketch(day) for day in (1, 2, 3)))


@tracer.start_as_current_span("write itinerary")
def write_itinerary(notes: str) -> str:
    """Turns the notes into what the guest reads."""
    with claude.messages.stream(
        model="claude-opus-5-5",
        max_tokens=1_200,
        system=[PERSONA],
        thinking={"type": "adaptive"},
        messages=[{"role": "user", "content": f"Write the itinerary. {notes}"}],
    ) as stream:
        return stream.get_final_text()


def chat_with_guest(guest: Guest, house: House, question: str) -> str:
    """Answers in the lobby chat. This guest reads the first words, and walks off."""
    with (
        attribute(
            workflow="concierge",
            team="guest-experience",
            feature="lobby-chat",
            customer=guest.company,
            user=guest.key,
            property=house.key,
        ),
        claude.messages.stream(
            model="claude-haiku-5-5",
            max_tokens=800,
            system=[PERSONA],
            messages=[{"role": "user", "content": question}],
        ) as stream,
    ):
        return next(stream.text_stream)
