"""The room-offers service: a second program, called over HTTP, that asks a model of its own.

It sets no tags. Who the offer is for arrives with the request, in baggage.
"""

from __future__ import annotations

from anthropic import AsyncAnthropic
from fastapi import FastAPI
from openai import AsyncOpenAI
from opentelemetry import trace
from pydantic import BaseModel

from hotel.houses import HANDBOOK

app = FastAPI(title="room offers")
claude = AsyncAnthropic()
gpt = AsyncOpenAI()
tracer = trace.get_tracer("hotel.offers")


class Enquiry(BaseModel):
    """What a guest wants to book."""

    house: str
    nights: int
    wish: str


class Offer(BaseModel):
    """What the house offers."""

    offer: str


@app.post("/offers")
async def make_offer(enquiry: Enquiry) -> Offer:
    """Picks the rooms, then words the offer."""
    with tracer.start_as_current_span("pick rooms"):
        pick = await gpt.responses.create(
            model="gpt-6.1-terra",
            instructions=HANDBOOK,
            input=f"{enquiry.nights} nights at {enquiry.house}: {enquiry.wish}",
            reasoning={"effort": "low"},
        )
    with tracer.start_as_current_span("word offer"):
        message = await claude.messages.create(
            model="claude-haiku-5-5",
            max_tokens=400,
            messages=[{"role": "user", "content": f"Word this offer: {pick.output_text}"}],
        )
    return Offer(offer="".join(block.text for block in message.content if block.type == "text"))
