"""`spantally break-even`: from how many tokens a day on own hardware is cheaper than a provider."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, NoReturn

import click
from spantally_pricing import Unpriced, Usage

from spantally_processor.cli.break_even_text import BreakEven, break_even_as_json, print_break_even
from spantally_processor.cli.options import (
    EXIT_NOTHING_FOUND,
    ledger_options,
    opened,
    period_options,
)
from spantally_processor.cli.rate_tables import rates_option
from spantally_processor.cli.repricing import Target, reprice
from spantally_processor.cli.self_hosting import Machine
from spantally_processor.cli.terminal import console
from spantally_processor.cli.what_if import find_target, moment
from spantally_processor.store.dimensions import TOTAL
from spantally_processor.store.spend import spend, total_of
from spantally_processor.store.usage_groups import usage_groups

if TYPE_CHECKING:
    from spantally_pricing import RateTable

    from spantally_processor.periods import Period
    from spantally_processor.store.engine import Engine
    from spantally_processor.store.spend import Spend

A_DAY = timedelta(days=1)
A_SHORT_PROMPT = 1000
"""Tokens; below every long-context tier."""

HELP = """From how many tokens a day on own hardware is cheaper than MODEL at a provider.

\b
Examples:
  spantally break-even --model gpt-4o --hourly 4.10 --tokens-per-second 1000
  spantally break-even --model gpt-4o --provider openai --hourly 4.10 \\
    --tokens-per-second 1000 --utilisation 0.4 --last 30d
  spantally break-even --model gpt-4o --provider openai --hourly 4.10 \\
    --tokens-per-second 1000 --tokens-per-day 30000000 --input-share 0.9

The tokens a day and the price of a token are those of the ledger's calls in the period, re-priced
with MODEL at today's rates; --tokens-per-day and --input-share replace them, and with both no ledger
is needed. Exit code 1: no calls in the period that can be re-priced.
"""


class Number(click.ParamType[Fraction]):
    """A number above 0, kept exact."""

    name = "number"

    def __init__(self, *, at_most: int | None = None, or_zero: bool = False) -> None:
        self._at_most = at_most
        self._or_zero = or_zero

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> Fraction:
        """The number that the text says."""
        bounds = "from 0" if self._or_zero else "above 0"
        bounds += "" if self._at_most is None else f" to {self._at_most}"
        try:
            number = Fraction(value)
        except (ValueError, ZeroDivisionError):
            self.fail(f"{value!r} is not a number {bounds}", param, ctx)
        too_small = number < 0 or (number == 0 and not self._or_zero)
        if too_small or (self._at_most is not None and number > self._at_most):
            self.fail(f"{value!r} is not a number {bounds}", param, ctx)
        return number


@click.command(name="break-even", help=HELP)
@click.option("--model", required=True, metavar="MODEL", help="The provider's model.")
@click.option("--provider", metavar="NAME", help="Whose rates, where several sell MODEL.")
@click.option("--hourly", required=True, type=Number(), help="USD for an hour of one machine.")
@click.option(
    "--tokens-per-second",
    required=True,
    type=Number(),
    help="What one machine does at full load, input and output together.",
)
@click.option(
    "--utilisation",
    default="0.6",
    type=Number(at_most=1),
    help="Part of the full load that is reached over a day. [0.6]",
)
@click.option("--tokens-per-day", type=click.IntRange(min=1), help="Instead of the ledger's.")
@click.option(
    "--input-share",
    type=Number(at_most=1, or_zero=True),
    help="Input tokens in all tokens, 0 to 1; priced uncached, at the rates of short prompts.",
)
@click.option("--at", callback=moment, metavar="TIME", help="Rates in force then. [now]")
@period_options
@rates_option
@ledger_options
@click.option("--json", "as_json", is_flag=True, help="Machine-readable, with exact amounts.")
def break_even(  # noqa: PLR0913 - one parameter an option
    *,
    model: str,
    provider: str | None,
    hourly: Fraction,
    tokens_per_second: Fraction,
    utilisation: Fraction,
    tokens_per_day: int | None,
    input_share: Fraction | None,
    at: datetime | None,
    period: Period,
    table: RateTable,
    ledger: str,
    as_json: bool,
) -> None:
    """Compare and print."""
    at = at or datetime.now(UTC)
    machine = Machine(hourly, tokens_per_second, utilisation)
    if tokens_per_day is not None and input_share is not None:
        target = find_target(table, provider=provider, model=model, at=at, used=())
        found = _of_share(target, at, machine, tokens_per_day, input_share, whose="as given")
    else:
        with opened(ledger) as engine:
            rows = spend(engine, period, [TOTAL, ("provider",)])
            used = [row.value[0] for row in rows if row.cut == ("provider",)]
            target = find_target(table, provider=provider, model=model, at=at, used=used)
            whole = total_of(rows)
            if whole is None or not whole.tokens:
                _nothing("No LLM calls with tokens in this period")
            daily, whose = tokens_per_day, "as given"
            if daily is None:
                days = _days(period, whole)
                daily = max(1, round(Fraction(whole.tokens) / days))
                whose = f"{whole.tokens:,} in {float(days):.1f} days of the ledger"
            if input_share is not None:
                found = _of_share(target, at, machine, daily, input_share, whose=whose)
            else:
                found = _of_traffic(engine, period, target, machine, daily, whose=whose)
    if as_json:
        click.echo(json.dumps(break_even_as_json(found), indent=2, ensure_ascii=False))
    else:
        print_break_even(found, console())


def _of_share(  # noqa: PLR0913 - what there is to know
    target: Target,
    at: datetime,
    machine: Machine,
    tokens_per_day: int,
    share: Fraction,
    *,
    whose: str,
) -> BreakEven:
    """With the price of a mix of input and output tokens."""
    usage = Usage({"input_tokens": A_SHORT_PROMPT, "output_tokens": A_SHORT_PROMPT})
    cost = target.table.price(usage, provider=target.provider, model=target.model, at=at)
    if isinstance(cost, Unpriced) or cost.missing:
        why = cost.detail if isinstance(cost, Unpriced) else f"no rate for {cost.missing[0]}"
        raise click.UsageError(f"the price of a token of {target.model} is not known: {why}")
    each = {line.meter: Fraction(line.amount) / A_SHORT_PROMPT for line in cost.lines}
    per_token = share * each["input_tokens"] + (1 - share) * each["output_tokens"]
    if not per_token:
        raise click.UsageError(f"{target.model} is free: there is nothing to save")
    return BreakEven(
        provider=target.provider,
        model=target.model,
        machine=machine,
        usd_per_token=per_token,
        tokens_per_day=tokens_per_day,
        assumptions=(
            f"Tokens a day: {whose}.",
            (
                f"Price of a token: {float(share * 100):.4g} % input, the rest output; rates of "
                f"{at:%Y-%m-%d} for prompts of {A_SHORT_PROMPT:,} tokens, no cache hits, no batch."
            ),
        ),
    )


def _of_traffic(  # noqa: PLR0913 - what there is to know
    engine: Engine,
    period: Period,
    target: Target,
    machine: Machine,
    tokens_per_day: int,
    *,
    whose: str,
) -> BreakEven:
    """With the price of the ledger's own calls, cache hits and batches included."""
    groups = usage_groups(engine, period, ("provider",), where={}, at_each=False)
    found = reprice(groups, target)
    whole = found.total
    if not whole.tokens or not whole.then:
        reasons = "; ".join(sorted({gap.detail for gap in found.gaps.values()}))
        _nothing(f"Not one call can be re-priced with {target.model}: {reasons or 'it is free'}")
    return BreakEven(
        provider=target.provider,
        model=target.model,
        machine=machine,
        usd_per_token=Fraction(whole.then) / whole.tokens,
        tokens_per_day=tokens_per_day,
        assumptions=(
            f"Tokens a day: {whose}.",
            (
                f"Price of a token: {whole.calls:,} of {found.calls:,} calls of the ledger at the "
                f"rates of {target.at:%Y-%m-%d}, divided by their tokens; their mix of input, "
                "output, cache hits and batches stays."
            ),
        ),
    )


def _days(period: Period, whole: Spend) -> Fraction:
    """How long the period is: as given, or from the first to the last call; a day at least."""
    start = period.start if period.has_start else whole.first_call
    is_bounded = period.has_start or period.has_end
    end = min(period.end, datetime.now(UTC)) if is_bounded else whole.last_call
    return max(Fraction(1), Fraction((end - start) // timedelta(microseconds=1), 86_400_000_000))


def _nothing(why: str) -> NoReturn:
    click.echo(f"{why}; give --tokens-per-day and --input-share instead.", err=True)
    raise click.exceptions.Exit(EXIT_NOTHING_FOUND)
