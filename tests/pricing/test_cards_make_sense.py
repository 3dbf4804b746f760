"""What holds of any price list: a slip of a table that breaks it is found here, whatever the amount.

A discount is no surcharge and the other way round; what is cached costs no more than what is not; what is kept
longer costs no less; a long prompt costs no less than a short one. A place is paid for once.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spantally_pricing import Cost, ModelRates, RateTable, Unpriced, Usage, price

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from decimal import Decimal

    from spantally_pricing.sheets import Prices, Selection

Tokens = dict[str, "Decimal"]
"""Meter of tokens to USD for a million, factors applied."""

CHEAPER = ({"processing": "batch"}, {"service_tier": "flex"})
DEARER = (
    {"service_tier": "priority"},
    {"service_tier": "fast"},
    {"service_tier": "ultrafast"},
    {"speed": "fast"},
)
NO_MORE_THAN = (
    ("cache_read_tokens", "input_tokens"),
    ("cache_read_audio_tokens", "input_audio_tokens"),
    ("cache_read_image_tokens", "input_image_tokens"),
    ("cache_read_video_tokens", "input_video_tokens"),
    ("cache_write_tokens", "cache_write_1h_tokens"),
    ("cache_write_tokens", "cache_write_12h_tokens"),
)
RESELLERS_OWN = {("openrouter", "~deepseek/deepseek-pro-latest")}
"""OpenRouter's page asks more for cached input of it than for fresh."""
SERVED_AS_STANDARD = {("openai", "gpt-5.4"), ("openai", "gpt-5.5")}
"""Their long prompts are not served at priority but as standard, which costs less."""


def tokens(prices: Prices) -> Tokens:
    return {
        meter: price.unit_price * price.factor
        for meter, price in prices.items()
        if meter.endswith("_tokens")
    }


def by_size(selection: Selection) -> dict[int, Tokens]:
    sheets = ((0, selection.sheet.prices), *selection.sheet.tiers)
    return {at_least: tokens(prices) for at_least, prices in sheets}


def priced(rates: ModelRates, context: Mapping[str, str]) -> dict[int, Tokens]:
    selection = rates.select(context)
    return {} if isinstance(selection, Unpriced) else by_size(selection)


def more(one: Tokens, other: Tokens) -> Iterator[str]:
    yield from (meter for meter in one.keys() & other.keys() if one[meter] > other[meter])


def faults(rates: ModelRates) -> Iterator[str]:
    ordinary = priced(rates, {})
    for context in rates.contexts:
        sizes = priced(rates, context)
        for at_least, prices in sizes.items():
            where = f"{context}, from {at_least}"
            base = ordinary.get(at_least, {})
            if context in CHEAPER:
                yield from (f"{meter} costs more: {where}" for meter in more(prices, base))
            if context in DEARER:
                yield from (f"{meter} costs less: {where}" for meter in more(base, prices))
            for meter, bound in NO_MORE_THAN:
                if meter in prices and bound in prices and prices[meter] > prices[bound]:
                    yield f"{meter} costs more than {bound}: {where}"
        in_order = [sizes[size] for size in sorted(sizes)]
        for short, long in pairwise(in_order):
            if context not in DEARER or (rates.provider, rates.model) not in SERVED_AS_STANDARD:
                yield from (f"a long prompt's {m} cost less: {context}" for m in more(short, long))


def test_every_card_makes_sense_beside_its_siblings(table: RateTable) -> None:
    rows = [row for row in table.rows() if (row.provider, row.model) not in RESELLERS_OWN]
    assert len(rows) > 3_000
    found = {
        (row.provider, row.model, row.effective_from.date().isoformat()): sorted(set(listed))
        for row in rows
        if (listed := list(faults(row)))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("cache_read = 3", "cache_read_tokens costs more than input_tokens"),
        ("[[model.rates.tier]]\nabove = 1000\ninput = 1", "a long prompt's input_tokens cost less"),
        (
            '[[model.rates.variant]]\nwhen = { processing = "batch" }\ninput = 20',
            "input_tokens costs more",
        ),
        (
            '[[model.rates.variant]]\nwhen = { service_tier = "priority" }\ninput = 0.2',
            "input_tokens costs less",
        ),
    ],
)
def test_a_slip_is_found(table_of: Callable[[str], RateTable], lines: str, said: str) -> None:
    (row,) = table_of(f"""
[[model]]
id = "m"
  [[model.rates]]
  from = 2026-01-01T00:00:00Z
  input = 2
{lines}
""").rows()
    (fault,) = faults(row)
    assert fault.startswith(said)


def test_a_place_is_paid_for_once(table: RateTable) -> None:
    """Modifiers stack: one that was imported beside one by hand would be 21 % for 10."""
    uplifts = Counter(
        (doc["provider"], model, place)
        for doc in table.documents()
        for modifier in doc["modifiers"]
        if modifier["factor"] != "1"
        for model in modifier["models"]
        for place in modifier["when"].get("data_residency", ())
    )
    assert len(uplifts) > 1_000
    assert [where for where, count in uplifts.items() if count > 1] == []


@given(data=st.data())
def test_a_token_more_never_costs_less_and_a_cached_one_never_more(
    table: RateTable, data: st.DataObject
) -> None:
    row = data.draw(st.sampled_from(chat_rows(table)))
    context = data.draw(st.sampled_from(row.contexts))
    bounds = [at_least for at_least in priced(row, context) if at_least] or [1_000]
    prompt = data.draw(st.sampled_from(bounds) | st.integers(1, 2_000_000)) - 1
    cached = data.draw(st.integers(0, prompt))

    def amount(prompt: int, cached: int) -> Decimal | None:
        counts = {"input_tokens": prompt, "cache_read_tokens": cached, "output_tokens": 10}
        cost = price(Usage(counts), row, row.effective_from, context)
        return cost.amount if isinstance(cost, Cost) and not cost.missing else None

    one, more, fresh = amount(prompt, cached), amount(prompt + 1, cached), amount(prompt, 0)
    if one is not None and more is not None and fresh is not None:
        assert one <= more
        assert one <= fresh


@cache
def chat_rows(table: RateTable) -> list[ModelRates]:
    """Rows of models that are paid by tokens of text."""
    left_out = RESELLERS_OWN | SERVED_AS_STANDARD
    return [
        row
        for row in table.rows()
        if {"input", "output"} <= row.row["card"]["rates"].keys()
        and (row.provider, row.model) not in left_out
    ]
