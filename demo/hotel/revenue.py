"""Revenue management: a rate for each house and weekend, from demand that the model looks up."""

from __future__ import annotations

import asyncio
import json

from openai import AsyncOpenAI
from spantally import attribute

from hotel.houses import HANDBOOK, HOUSES

WEEKENDS = ("the Saint Nicholas weekend", "New Year")
FORECAST = {
    "type": "object",
    "properties": {
        "occupancy_percent": {"type": "integer", "minimum": 60},
        "rate_eur": {"type": "integer", "minimum": 120},
        "raise": {"type": "boolean"},
    },
    "required": ["occupancy_percent", "rate_eur", "raise"],
    "additionalProperties": False,
}


async def forecast(gpt: AsyncOpenAI, house: str, weekend: str) -> int:
    """The rate to ask for, in euros."""
    with attribute(property=house, feature="rate-forecast", customer="in-house", task="forecast"):
        response = await gpt.responses.create(
            model="gpt-5.4",
            instructions=HANDBOOK,
            input=f"Forecast {weekend} for {house}.",
            reasoning={"effort": "low"},
            tools=[{"type": "web_search"}],
            text={"format": {"type": "json_schema", "name": "forecast", "schema": FORECAST}},
        )
    return json.loads(response.output_text)["rate_eur"]


async def set_rates() -> list[int]:
    """Forecasts all weekends of all houses; the ones that can wait run on the cheaper tier."""
    with attribute(workflow="revenue-management", team="revenue"):
        async with AsyncOpenAI() as gpt:
            rates = [forecast(gpt, house.key, weekend) for house in HOUSES for weekend in WEEKENDS]
            soon = await asyncio.gather(*rates)
            later = await gpt.responses.create(
                model="gpt-5.4",
                input="Which of these rates look wrong? " + json.dumps(soon),
                service_tier="flex",
                max_output_tokens=200,
            )
    return soon if later.output_text else []
