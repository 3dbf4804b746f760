"""Tiers, context and missing meters of the engine, on tables made for the case."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from spantally_pricing import Cost, RateTable, UnpricedReason, Usage
from support.made_up_card import cost_of, refusal
from support.usages import kcall, mtok

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("prompt", "rate"),
    [(999, "2"), (1000, "2"), (1001, "4"), (4999, "4"), (5000, "8"), (5001, "8")],
)
def test_above_is_exclusive_and_from_is_inclusive(card: RateTable, prompt: int, rate: str) -> None:
    assert cost_of(card, {"input_tokens": prompt}).amount == mtok(prompt, rate)


def test_the_whole_prompt_decides_the_tier_and_the_tier_holds_for_the_whole_request(
    card: RateTable,
) -> None:
    counts = {
        "input_tokens": 1001,
        "cache_read_tokens": 900,
        "cache_write_tokens": 100,
        "output_tokens": 10,
        "web_searches": 1,
    }
    expected = mtok(1, "4") + mtok(900, "0.4") + mtok(100, "5") + mtok(10, "15") + kcall(1, "10")
    assert cost_of(card, counts).amount == expected


def test_without_a_prompt_count_a_tiered_price_is_unknown(card: RateTable) -> None:
    assert refusal(card, {"output_tokens": 5}).reason is UnpricedReason.NO_USAGE


def test_what_has_no_tokens_needs_no_prompt_count(card: RateTable) -> None:
    assert cost_of(card, {"web_searches": 2}).amount == kcall(2, "10")
    assert refusal(card, {"web_searches": 2, "output_tokens": 5}).reason is UnpricedReason.NO_USAGE


def test_a_factor_multiplies_only_the_rates_that_it_names(card: RateTable) -> None:
    counts = {"input_tokens": 100, "cache_read_tokens": 40, "output_tokens": 10, "web_searches": 1}
    expected = (mtok(60, "2") + mtok(10, "10")) / 2 + mtok(40, "0.2") + kcall(1, "10")
    assert cost_of(card, counts, processing="batch").amount == expected


def test_tier_and_batch_and_modifier_compose(card: RateTable) -> None:
    cost = cost_of(card, {"input_tokens": 2000}, processing="batch", inference_geo="north")
    assert cost.amount == mtok(2000, "4") * Decimal("0.5") * Decimal("1.1")
    (line,) = cost.lines
    assert line.factors == (("processing=batch", Decimal("0.5")), ("north", Decimal("1.1")))
    assert (line.unit_price, line.factor, line.per) == (4, Decimal("0.55"), 1_000_000)


@pytest.mark.parametrize("tier", ["priority", "fast", "quick"])
def test_a_variant_with_the_standard_tier_bills_long_prompts_as_standard(
    card: RateTable, tier: str
) -> None:
    assert cost_of(card, {"input_tokens": 100}, service_tier=tier).amount == mtok(100, "3")
    assert cost_of(card, {"input_tokens": 2000}, service_tier=tier).amount == mtok(2000, "4")


def test_a_variant_without_tier_holds_for_any_length(card: RateTable) -> None:
    assert cost_of(card, {"input_tokens": 9000}, service_tier="flat").amount == mtok(9000, "1")


@pytest.mark.parametrize("value", ["", "standard", "default", "auto", "on_demand", "on-demand"])
@pytest.mark.parametrize("key", ["processing", "service_tier", "speed"])
def test_a_standard_value_is_the_base_card(card: RateTable, key: str, value: str) -> None:
    assert cost_of(card, {"input_tokens": 10}, **{key: value}).amount == mtok(10, "2")


def test_global_inference_is_the_base_card(card: RateTable) -> None:
    for geo in ("global", "not_available"):
        assert cost_of(card, {"input_tokens": 10}, inference_geo=geo).amount == mtok(10, "2")


def test_a_batch_that_is_reported_as_a_service_tier_is_a_batch(card: RateTable) -> None:
    batch = cost_of(card, {"input_tokens": 10}, processing="batch")
    assert cost_of(card, {"input_tokens": 10}, service_tier="batch") == batch
    assert cost_of(card, {"input_tokens": 10}, service_tier="batch", processing="batch") == batch


@pytest.mark.parametrize(
    "context",
    [
        {"service_tier": "ultrafast"},
        {"processing": "Batch"},
        {"speed": "fast"},
        {"inference_geo": "south"},
        {"data_residency": "eu"},
        {"moon_phase": "full"},
        {"processing": "batch", "service_tier": "priority"},
    ],
)
def test_an_unknown_context_is_reported_and_never_taken_for_standard(
    card: RateTable, context: dict[str, str]
) -> None:
    refused = refusal(card, {"input_tokens": 10}, **context)
    assert refused.reason is UnpricedReason.UNKNOWN_CONTEXT
    for key, value in context.items():
        assert f"{key}={value}" in refused.detail


def test_a_meter_without_a_rate_is_named_and_the_rest_is_priced(card: RateTable) -> None:
    counts = {"input_tokens": 100, "cache_read_tokens": 40, "output_tokens": 1, "web_searches": 2}
    cost = cost_of(card, counts, model="bare")
    assert cost.amount == mtok(60, "3") + mtok(1, "7")
    assert cost.missing == ("cache_read_tokens", "web_searches")


def test_a_long_kept_cache_write_does_not_take_the_short_rate(card: RateTable) -> None:
    counts = {"input_tokens": 10, "cache_write_tokens": 10, "cache_write_12h_tokens": 4}
    cost = cost_of(card, counts)
    assert (cost.amount, cost.missing) == (mtok(6, "2.5"), ("cache_write_12h_tokens",))


def test_a_call_of_which_nothing_has_a_rate_is_unpriced(card: RateTable) -> None:
    refused = refusal(card, {"web_searches": 2}, model="bare")
    assert refused.reason is UnpricedReason.NO_RATE
    assert "web_searches" in refused.detail


def test_a_count_of_zero_needs_no_rate(card: RateTable) -> None:
    cost = cost_of(card, {"input_tokens": 10, "cache_read_tokens": 0, "images": 0}, model="bare")
    assert (cost.amount, cost.missing) == (mtok(10, "3"), ())


def test_zero_usage_is_priced_at_zero_but_no_usage_is_not(card: RateTable) -> None:
    assert cost_of(card, {"input_tokens": 0, "output_tokens": 0}) == Cost(
        Decimal(0), (), (), Decimal(0)
    )
    assert refusal(card, {}).reason is UnpricedReason.NO_USAGE


def test_free_is_a_rate_of_zero_for_everything(card: RateTable) -> None:
    cost = cost_of(card, {"input_tokens": 10, "images": 3}, model="gratis")
    assert (cost.amount, cost.missing) == (0, ())
    assert [(line.meter, line.unit_price) for line in cost.lines] == [
        ("input_tokens", 0),
        ("images", 0),
    ]


def test_reasoning_costs_what_output_costs_unless_it_has_its_own_rate(card: RateTable) -> None:
    counts = {"output_tokens": 10, "reasoning_tokens": 4}
    assert cost_of(card, counts, model="bare").amount == mtok(10, "7")
    assert cost_of(card, counts, model="thinker").amount == mtok(6, "7") + mtok(4, "11")


def test_reasoning_takes_the_factor_of_output(card: RateTable) -> None:
    counts = {"input_tokens": 0, "output_tokens": 10, "reasoning_tokens": 4}
    assert cost_of(card, counts, processing="batch").amount == mtok(10, "10") / 2


def test_counts_that_cannot_be_split_are_not_priced(card: RateTable) -> None:
    counts = {"input_tokens": 100, "cache_read_tokens": 30, "input_audio_tokens": 40}
    assert refusal(card, counts).reason is UnpricedReason.INVALID_USAGE


def test_windows_open_and_close_on_weekdays_in_utc(table_of: Callable[[str], RateTable]) -> None:
    table = table_of("""
[[calendar]]
id = "holidays"
dates = [2026-10-01]

[[model]]
id = "m"
  [[model.rates]]
  from = 2026-08-16T16:00:00Z
  input = 1
    [[model.rates.window]]
    days = "Mon-Fri"
    utc = ["01:00-04:00", "06:00-10:00"]
    except = "holidays"
    input = 2
""")

    def rate(at: str) -> Decimal:
        usage = Usage({"input_tokens": 1_000_000})
        cost = table.price(usage, provider="acme", model="m", at=datetime.fromisoformat(at))
        assert isinstance(cost, Cost)
        return cost.amount

    peak = ["2026-11-10T01:00:00Z", "2026-11-10T03:59:59Z", "2026-11-10T10:00:00+02:00"]
    off_peak = [
        "2026-11-10T00:59:59Z",
        "2026-11-10T04:00:00Z",
        "2026-11-08T02:00:00Z",
        "2026-10-01T02:00:00Z",
    ]
    assert [rate(at) for at in peak] == [2] * len(peak)
    assert [rate(at) for at in off_peak] == [1] * len(off_peak)
