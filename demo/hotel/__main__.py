"""`python -m hotel`: one working day of the group."""

from __future__ import annotations

import asyncio

from openai import OpenAI

from hotel.concierge import Guest, chat_with_guest, plan_stay
from hotel.feedback import weekly_digest
from hotel.housekeeping import morning_round
from hotel.houses import HOUSES
from hotel.payroll import explain_payslips
from hotel.procurement import order_supplies
from hotel.revenue import set_rates

GUESTS = (
    Guest("guest-2041", "acme-logistics"),
    Guest("guest-2057", "nordwind-travel"),
    Guest("guest-2063", "acme-logistics"),
    Guest("guest-2071", "lumen-films"),
)
WISHES = (
    "Three quiet nights, a desk, and dinner with clients on the second evening.",
    "A weekend for four with children who like trains.",
    "Two nights before an early flight.",
    "A week for a crew of six with too much luggage.",
)


def main() -> None:
    """Runs every workflow once and says what came of it."""
    for guest, house, wish in zip(GUESTS, HOUSES, WISHES, strict=True):
        plan_stay(guest, house, wish)
    chat_with_guest(GUESTS[0], HOUSES[0], "Is the pool open tonight?")
    say("concierge", f"{len(GUESTS)} stays planned; one guest left the chat")
    say("housekeeping", f"{asyncio.run(morning_round())} floors planned, an umbrella unclaimed")
    say("revenue-management", f"{len(asyncio.run(set_rates()))} rates set")
    say("feedback-summariser", f"{len(asyncio.run(weekly_digest()))} houses summed up")
    compared, failed = order_supplies()
    say("procurement", f"{compared} comparisons, {failed} of them failed")
    say("payroll", f"{explain_payslips()} payslip notes written")
    say("(nobody)", f"{len(try_prompt().split())} words from somebody's experiment")


def try_prompt() -> str:
    """An experiment that nobody put a tag on."""
    with OpenAI() as gpt:
        answer = gpt.responses.create(
            model="gpt-5.4",
            input="Write a limerick about towels. " * 60,
            reasoning={"effort": "medium"},
        )
    return answer.output_text


def say(workflow: str, what: str) -> None:
    """Reports progress, one line a workflow."""
    print(f"{workflow:<20} {what}", flush=True)


if __name__ == "__main__":
    main()
