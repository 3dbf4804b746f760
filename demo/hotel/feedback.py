"""Feedback: groups the week's reviews by meaning, then sums them up for each house."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from anthropic import AsyncAnthropic
from openai import AsyncOpenAI
from spantally import attribute

from hotel.houses import HANDBOOK, HOUSES

if TYPE_CHECKING:
    from anthropic.types import MessageParam, TextBlockParam

REVIEWS = (
    "The lift was out of order again, but reception carried our bags up.",
    "Best breakfast of the trip, and the coffee is hot.",
    "Our room smelled of paint and nobody had an answer.",
    "Quiet, clean, friendly; the tram stops at the door.",
)
GUIDE: TextBlockParam = {
    "type": "text",
    "text": f"You sum up guest reviews for managers. {HANDBOOK}",
    "cache_control": {"type": "ephemeral", "ttl": "1h"},
}


async def summarise(claude: AsyncAnthropic, house: str) -> str:
    """A summary for the manager, and then its headline."""
    async with attribute(property=house, feature="review-digest", customer="in-house"):
        ask: MessageParam = {"role": "user", "content": f"{house}: " + " ".join(REVIEWS)}
        summary = await claude.messages.create(
            model="claude-sonnet-5-5", max_tokens=600, system=[GUIDE], messages=[ask]
        )
        turns: list[MessageParam] = [
            ask,
            {"role": "assistant", "content": summary.content},
            {"role": "user", "content": "Now one headline."},
        ]
        headline = await claude.messages.create(
            model="claude-sonnet-5-5", max_tokens=60, system=[GUIDE], messages=turns
        )
    return "".join(block.text for block in headline.content if block.type == "text")


@attribute(workflow="feedback-summariser", team="guest-experience")
async def weekly_digest() -> list[str]:
    """One headline for each house."""
    async with AsyncOpenAI() as gpt, AsyncAnthropic() as claude:
        with attribute(feature="review-grouping", customer="in-house"):
            for house in HOUSES:
                texts = [f"{house.name}: {review}" for review in REVIEWS * 10]
                await gpt.embeddings.create(model="text-embedding-3-small", input=texts)
        return await asyncio.gather(*(summarise(claude, house.key) for house in HOUSES))
