"""What happened: runs of the workflows until a quarter's money is spent, to the last digit.

A workflow's runs are drawn until the next one would not fit into what is left of its share; a few calls of
the model with the smallest unit of price then spend the rest exactly.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from support.hotel_group.house import PROPERTIES, SPENT, THIS, WORKFLOWS
from support.hotel_group.runs import Run
from support.hotel_group.steps import Call, Step

if TYPE_CHECKING:
    from support.hotel_group.house import Quarter, Workflow


@dataclass(frozen=True, slots=True)
class HotelGroup:
    """Everything that was called."""

    calls: tuple[Call, ...]
    """In order of time."""
    steps: tuple[Step, ...]
    """The spans around the calls; those named `invoke_agent …` are of a framework."""

    def of(self, quarter: Quarter) -> list[Call]:
        """The calls that began in a quarter."""
        return [call for call in self.calls if quarter.start <= call.at < quarter.end]


@cache
def hotel_group(seed: int = 24) -> HotelGroup:
    """The same for the same seed."""
    made = _Maker(random.Random(f"hotel group {seed}"))  # noqa: S311 - load, no secret
    for quarter, spent in SPENT.items():
        for workflow in WORKFLOWS:
            made.spend(quarter, workflow, spent * workflow.percent / 100)
    made.calls_without_a_price()
    return HotelGroup(
        tuple(sorted(made.calls, key=lambda call: (call.at, call.span))), tuple(made.steps)
    )


@dataclass(slots=True)
class _Maker:
    chance: random.Random
    calls: list[Call] = field(default_factory=list[Call])
    steps: list[Step] = field(default_factory=list[Step])

    def spend(self, quarter: Quarter, workflow: Workflow, budget: Decimal) -> None:
        """Runs until the budget is spent exactly; the properties take turns."""
        left, number = budget, 0
        while True:
            run = Run(self.chance, quarter, workflow, PROPERTIES[number % len(PROPERTIES)])
            run.play()
            cost = run.cost
            if cost > left:
                break
            self._keep(run)
            left, number = left - cost, number + 1
        while left:
            run = Run(self.chance, quarter, workflow, PROPERTIES[number % len(PROPERTIES)])
            run.pay(min(left, Decimal("0.03")))
            self._keep(run)
            left, number = left - run.cost, number + 1

    def calls_without_a_price(self) -> None:
        """Of a model in the house, by a job that nobody tagged."""
        for day in range(60):
            run = Run(self.chance, THIS, None, "")
            run.at = THIS.start + timedelta(days=day, hours=3)
            run.embed()
            self._keep(run)

    def _keep(self, run: Run) -> None:
        self.calls += run.calls
        self.steps += run.steps
