"""Payroll: explains to each employee what changed on their payslip."""

from __future__ import annotations

from openai import OpenAI
from spantally import attribute

from hotel.houses import HANDBOOK, HOUSES

CHANGES = ("a night-shift supplement", "two days of sick leave")


def explain(gpt: OpenAI, house: str, change: str) -> str:
    """A paragraph for the payslip, as it is written."""
    words = ""
    with (
        attribute(property=house, feature="payslip-notes"),
        gpt.responses.create(
            model="gpt-6.1-terra",
            instructions=HANDBOOK,
            input=f"Explain {change} on a payslip at {house}.",
            stream=True,
        ) as stream,
    ):
        for event in stream:
            if event.type == "response.output_text.delta":
                words += event.delta
    return words


@attribute(workflow="payroll", team="finance")
def explain_payslips() -> int:
    """How many notes were written."""
    with OpenAI() as gpt:
        notes = [explain(gpt, house.key, change) for house in HOUSES for change in CHANGES]
    return len(notes)
