"""A break-even as a table with a plot beside it, and as JSON; with every assumption."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import log
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from spantally_processor.cli.self_hosting import break_even, stays_cheaper_from
from spantally_processor.reporting.numbers import EXACT, column_decimals, money, packed

if TYPE_CHECKING:
    from rich.console import Console

    from spantally_processor.cli.self_hosting import Machine

Json = dict[str, object]

STEPS = tuple(Fraction(2) ** power for power in range(-3, 4))
"""The table's rows: so many times the break-even."""

PLOT_WIDTH = 16


@dataclass(frozen=True, slots=True)
class BreakEven:
    """What is compared."""

    provider: str
    model: str
    machine: Machine
    usd_per_token: Fraction
    tokens_per_day: int
    """Of the traffic."""
    assumptions: tuple[str, ...]

    @property
    def tokens(self) -> int | None:
        """Tokens a day from which on one machine costs no more; None when it never does."""
        return break_even(self.machine, self.usd_per_token)

    @property
    def stays_cheaper_from(self) -> int | None:
        """Tokens a day from which on machines never cost more again."""
        return stays_cheaper_from(self.machine, self.usd_per_token)

    @property
    def all_assumptions(self) -> tuple[str, ...]:
        """Those of the numbers that went in, then those of the comparison."""
        machine = self.machine
        return (
            *self.assumptions,
            (
                f"One machine: ${_text(machine.hourly)} an hour, day and night; "
                f"{_text(machine.tokens_per_second)} tokens a second, input and output together, "
                f"at {_text(machine.utilisation * 100)} % of that over a day: "
                f"{int(machine.tokens_per_day):,} tokens a day. Machines come whole."
            ),
            (
                "Nothing else of self-hosting is in it: people, storage, network, a spare machine, "
                "and whether the model that runs there answers as well."
            ),
        )

    def points(self) -> list[int]:
        """Tokens a day to compare at, ascending: around the break-even, and the traffic's own."""
        middle = self.tokens or max(1, int(self.machine.tokens_per_day))
        return sorted({max(1, int(middle * step)) for step in STEPS} | {self.tokens_per_day})

    def api(self, tokens: int) -> Fraction:
        """USD a day at the provider."""
        return tokens * self.usd_per_token


def print_break_even(found: BreakEven, console: Console) -> None:
    """Print the answer, the table and the assumptions."""
    rate = f"{_usd(found.usd_per_token * 1_000_000)} for a million tokens"
    console.print(Text(f"{found.provider} {found.model}, {rate}", style="bold"))
    for line in _verdict(found):
        console.print(packed([line], console.width), markup=False)
    console.print()
    console.print(_table(found))
    console.print(
        "USD a day; a: the provider, o: own machines, on a logarithmic scale", style="dim"
    )
    console.print()
    console.print("Assumed:", markup=False)
    for line in found.all_assumptions:
        console.print(packed([line], console.width, first="  ", indent="    "), markup=False)


def _verdict(found: BreakEven) -> list[str]:
    if found.tokens is None:
        full = found.machine.daily / found.machine.tokens_per_day * 1_000_000
        return [
            f"Own machines never pay: even full, a million tokens cost {_usd(full)} on them.",
        ]
    lines = [f"Break-even at {found.tokens:,} tokens a day."]
    stays = found.stays_cheaper_from
    if stays != found.tokens:
        lasting = f"own machines stay cheaper from {stays:,} on" if stays else "none of them pays"
        lines.append(f"A second machine is paid whole from its first token on: {lasting}.")
    own, api = found.machine.cost(found.tokens_per_day), found.api(found.tokens_per_day)
    by = f"{_usd(abs(own - api))} a day"
    who = f"own machines are cheaper by {by}" if own < api else f"the provider is cheaper by {by}"
    who = who if own != api else "both cost the same"
    lines.append(f"At {found.tokens_per_day:,} tokens a day {who}.")
    return lines


def _table(found: BreakEven) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    for name in ("tokens/day", "provider", "own", "machines"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    points = found.points()
    costs = [(found.api(tokens), found.machine.cost(tokens)) for tokens in points]
    lowest, highest = min(map(min, costs)), max(map(max, costs))
    decimals = column_decimals([_decimal(highest)])
    for tokens, (api, own) in zip(points, costs, strict=True):
        table.add_row(
            f"{tokens:,}",
            money(_decimal(api), decimals=decimals),
            money(_decimal(own), decimals=decimals),
            f"{found.machine.needed(tokens):,}",
            Text(_plot(api, own, lowest, highest) + _mark(found, tokens)),
            style="bold" if tokens == found.tokens_per_day else "",
        )
    return table


def _plot(api: Fraction, own: Fraction, lowest: Fraction, highest: Fraction) -> str:
    """`a` and `o` at their places on one scale, `*` where they meet."""
    cells = [" "] * PLOT_WIDTH
    for mark, cost in (("a", api), ("o", own)):
        span = log(highest / lowest) or 1.0
        place = round(log(cost / lowest) / span * (PLOT_WIDTH - 1))
        cells[place] = mark if cells[place] == " " else "*"
    return "|" + "".join(cells) + "|"


def _mark(found: BreakEven, tokens: int) -> str:
    if tokens == found.tokens:
        return " break-even"
    return " traffic" if tokens == found.tokens_per_day else ""


def break_even_as_json(found: BreakEven) -> Json:
    """The same for programs: amounts in USD as decimal strings of at most 18 decimals."""
    return {
        "provider": found.provider,
        "model": found.model,
        "usd_per_million_tokens": _text(found.usd_per_token * 1_000_000),
        "break_even_tokens_per_day": found.tokens,
        "stays_cheaper_from_tokens_per_day": found.stays_cheaper_from,
        "tokens_per_day": found.tokens_per_day,
        "rows": [
            {
                "tokens_per_day": tokens,
                "provider_usd_per_day": _text(found.api(tokens)),
                "own_usd_per_day": _text(found.machine.cost(tokens)),
                "machines": found.machine.needed(tokens),
            }
            for tokens in found.points()
        ],
        "assumes": list(found.all_assumptions),
    }


def _decimal(amount: Fraction) -> Decimal:
    exact = EXACT.divide(Decimal(amount.numerator), Decimal(amount.denominator))
    return EXACT.quantize(exact, Decimal("1e-18"))


def _text(amount: Fraction) -> str:
    return f"{_decimal(amount).normalize(EXACT):f}"


def _usd(amount: Fraction) -> str:
    return money(_decimal(amount))
