"""Housekeeping: the morning's cleaning plan for every floor, streamed to the tablets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from openai import APITimeoutError, AsyncOpenAI
from spantally import attribute

from hotel.houses import HANDBOOK, HOUSES

if TYPE_CHECKING:
    from hotel.houses import House

FLOORS = (1, 2, 3)


async def plan_floor(gpt: AsyncOpenAI, house: House, floor: int) -> str:
    """The order in which the rooms of a floor are cleaned."""
    plan = ""
    async with attribute(property=house.key, feature="turnover-plan", customer="in-house"):
        stream = await gpt.chat.completions.create(
            model="gpt-6.1-terra",
            messages=[
                {"role": "system", "content": HANDBOOK},
                {"role": "user", "content": f"{house.name}, floor {floor}: plan the turnover."},
            ],
            stream=True,
            stream_options={"include_usage": True},
        )
        async for chunk in stream:
            if chunk.choices:
                plan += chunk.choices[0].delta.content or ""
    return plan


async def match_lost_property(gpt: AsyncOpenAI) -> str:
    """Guesses whose umbrella it is; nobody waits longer than half a second for that."""
    async with attribute(feature="lost-property", customer="in-house"):
        try:
            answer = await gpt.with_options(timeout=0.5, max_retries=0).chat.completions.create(
                model="gpt-4o-mini",
                messages=[{"role": "user", "content": "Lost property: a blue umbrella. Whose?"}],
            )
        except APITimeoutError:
            return "nobody knows yet"
    return answer.choices[0].message.content or ""


@attribute(workflow="housekeeping", team="operations")
async def morning_round() -> int:
    """Plans every floor of every house; how many plans there are."""
    async with AsyncOpenAI() as gpt:
        plans = [plan_floor(gpt, house, floor) for house in HOUSES for floor in FLOORS]
        done = await asyncio.gather(*plans)
        await match_lost_property(gpt)
    return len(done)
