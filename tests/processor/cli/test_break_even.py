"""From how many tokens a day on own hardware is cheaper: exact, and with every assumption printed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spantally_processor.cli.self_hosting import Machine, break_even, stays_cheaper_from
from support.ledger import NOON, a_call, book

if TYPE_CHECKING:
    from spantally_processor.store import Store
    from support.command import Spantally

GPT_4O = ("break-even", "--provider", "openai", "--model", "gpt-4o", "--at", "2026-11-20T00:00:00Z")
INPUT, OUTPUT = Decimal("2.50"), Decimal("10.00")
"""USD for a million tokens of gpt-4o, openai.com/api/pricing since 2024-10-02."""

MACHINE = ("--hourly", "4.0625", "--tokens-per-second", "1000", "--utilisation", "0.6")
GIVEN = ("--tokens-per-day", "30000000", "--input-share", "0.9")

amounts = st.fractions(Fraction(1, 100), 1000, max_denominator=1000)
machines = st.builds(
    Machine, amounts, amounts, st.fractions(Fraction(1, 10), 1, max_denominator=100)
)
prices = st.fractions(Fraction(1, 10**8), Fraction(1, 10**4), max_denominator=10**9)


def test_thirty_million_tokens_a_day(spantally: Spantally) -> None:
    """At 90 % input a million tokens cost 0.9 * 2.50 + 0.1 * 10.00 = 3.25 USD.

    A machine at 4.0625 USD an hour costs 24 * 4.0625 = 97.50 USD a day: 97.50 / 3.25 = 30 million
    tokens. It can do 1000 * 86,400 * 0.6 = 51.84 million, so one is enough.
    """
    a_million = Decimal("0.9") * INPUT + Decimal("0.1") * OUTPUT
    daily = 24 * Decimal("4.0625")
    assert daily / a_million == 30
    found = spantally.json(*GPT_4O, *MACHINE, *GIVEN)
    assert Decimal(found["usd_per_million_tokens"]) == a_million
    assert found["break_even_tokens_per_day"] == 30_000_000
    rows = {row["tokens_per_day"]: row for row in found["rows"]}
    assert Decimal(rows[30_000_000]["provider_usd_per_day"]) == daily
    assert Decimal(rows[30_000_000]["own_usd_per_day"]) == daily
    assert rows[60_000_000]["machines"] == 2
    assert Decimal(rows[60_000_000]["own_usd_per_day"]) == 2 * daily


def test_the_page_says_all_that_it_assumes_and_fits_a_terminal(spantally: Spantally) -> None:
    text = spantally.run(*GPT_4O, *MACHINE, *GIVEN)
    words = " ".join(text.split())
    for said in (
        "Break-even at 30,000,000 tokens a day",
        "own machines stay cheaper from 60,000,000 on",
        "At 30,000,000 tokens a day both cost the same",
        "90 % input, the rest output",
        "no cache hits, no batch",
        "$4.0625 an hour",
        "1000 tokens a second",
        "at 60 % of that",
        "51,840,000 tokens a day",
        "people, storage, network",
        "240,000,000",
    ):
        assert said in words, said
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "…" not in text


def test_machines_that_never_pay(spantally: Spantally) -> None:
    """Full, it does 51.84 million tokens for 24 * 8 = 192 USD: 3.70 a million, against 3.25."""
    dear = ("--hourly", "8", *MACHINE[2:])
    assert spantally.json(*GPT_4O, *dear, *GIVEN)["break_even_tokens_per_day"] is None
    text = spantally.run(*GPT_4O, *dear, *GIVEN)
    assert "never pay: even full, a million tokens cost $3.70 on them" in text
    assert "the provider is cheaper" not in text


def test_the_ledger_gives_the_traffic_and_the_price_of_its_tokens(
    store: Store, spantally: Spantally
) -> None:
    """Two days; half of the input is read from the cache, at 1.25 USD a million instead of 2.50."""
    usage = {"input_tokens": 9_000_000, "cache_read_tokens": 4_500_000, "output_tokens": 1_000_000}
    counts = {"usage": usage, "input_tokens": 9_000_000, "output_tokens": 1_000_000}
    book(store, [a_call(**counts), a_call(**counts, start_time=NOON + timedelta(days=2))])
    found = spantally.json(*GPT_4O, *MACHINE)
    assert found["tokens_per_day"] == 10_000_000
    cost = Decimal("4.5") * INPUT + Decimal("4.5") * Decimal("1.25") + 1 * OUTPUT
    assert Decimal(found["usd_per_million_tokens"]) == cost / 10
    shared = spantally.json(*GPT_4O, *MACHINE, "--input-share", "1")
    assert (shared["tokens_per_day"], shared["usd_per_million_tokens"]) == (10_000_000, "2.5")
    ten_days = ("--from", "2026-11-13", "--to", "2026-11-23")
    assert spantally.json(*GPT_4O, *MACHINE, *ten_days)["tokens_per_day"] == 2_000_000
    assert "2 of 2 calls of the ledger" in " ".join(spantally.run(*GPT_4O, *MACHINE).split())


def test_without_calls_it_says_what_to_give_instead(store: Store, spantally: Spantally) -> None:
    assert "--tokens-per-day and --input-share" in spantally.run(*GPT_4O, *MACHINE, exit_code=1)
    book(store, [a_call(usage={})])
    assert "no usage was reported" in spantally.run(*GPT_4O, *MACHINE, exit_code=1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--hourly", "0", *MACHINE[2:]], "'0' is not a number above 0"),
        (["--hourly", "four", *MACHINE[2:]], "'four' is not a number above 0"),
        ([*MACHINE[:4], "--utilisation", "60"], "'60' is not a number above 0 to 1"),
        ([*MACHINE, "--input-share", "90"], "'90' is not a number from 0 to 1"),
        ([*MACHINE, *GIVEN, "--model", "gpt-4p"], "no rates for a model 'gpt-4p'"),
    ],
)
def test_a_wrong_command_line_says_what_was_expected(
    spantally: Spantally, options: list[str], said: str
) -> None:
    assert said in " ".join(spantally.run(*GPT_4O, *options, exit_code=2).split())


@given(machines, prices)
def test_the_break_even_is_the_first_amount_that_pays(machine: Machine, price: Fraction) -> None:
    tokens = break_even(machine, price)
    if tokens is not None:
        assert machine.cost(tokens) <= tokens * price
        assert tokens == 1 or machine.cost(tokens - 1) > (tokens - 1) * price
        return
    full = int(machine.tokens_per_day)
    for count in (1, 2, 7, 1000):
        assert machine.cost(max(1, full * count)) > full * count * price


@given(machines, prices, st.integers(0, 10**12))
def test_past_the_last_step_machines_stay_cheaper(
    machine: Machine, price: Fraction, more: int
) -> None:
    stays = stays_cheaper_from(machine, price)
    if stays is not None:
        first = break_even(machine, price)
        assert first is None or first <= stays
        assert machine.cost(stays + more) <= (stays + more) * price
