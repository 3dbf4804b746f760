"""A provider's price per token against machines that are paid by the hour: data in, data out.

Machines come whole and are paid day and night, so their cost is a staircase: what is cheaper with one
full machine may be dearer again with one and a bit. Everything is exact until it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction

SECONDS_A_DAY = 86_400
HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine of one's own, or rented."""

    hourly: Fraction
    """USD, whether it works or waits."""
    tokens_per_second: Fraction
    """Input and output together, at full load."""
    utilisation: Fraction
    """The part of the full load that the traffic's ups and downs leave; above 0, at most 1."""

    @property
    def tokens_per_day(self) -> Fraction:
        """What it can do in a day."""
        return self.tokens_per_second * SECONDS_A_DAY * self.utilisation

    @property
    def daily(self) -> Fraction:
        """USD a day."""
        return self.hourly * HOURS_A_DAY

    def needed(self, tokens_per_day: int) -> int:
        """How many of them; one waits even when there is nothing to do."""
        return max(1, ceil(tokens_per_day / self.tokens_per_day))

    def cost(self, tokens_per_day: int) -> Fraction:
        """USD a day for so many tokens."""
        return self.needed(tokens_per_day) * self.daily


def break_even(machine: Machine, usd_per_token: Fraction) -> int | None:
    """The fewest tokens a day for which machines cost no more; None when they always cost more.

    If a full machine does not pay, no number of them does; if it does, the first machine pays from
    its price divided by the price of a token on.
    """
    if usd_per_token * machine.tokens_per_day < machine.daily:
        return None
    tokens = ceil(machine.daily / usd_per_token)
    return tokens if tokens <= machine.tokens_per_day else None


def stays_cheaper_from(machine: Machine, usd_per_token: Fraction) -> int | None:
    """The fewest tokens a day from which on machines never cost more again; None when there is none.

    After k full machines the next one is paid at once, which the tokens of k machines must cover:
    usd_per_token * k * tokens_per_day >= (k + 1) * daily.
    """
    gain = usd_per_token * machine.tokens_per_day - machine.daily
    if gain <= 0:
        return None
    machines = max(1, ceil(machine.daily / gain))
    return ceil(machine.daily * machines / usd_per_token)
