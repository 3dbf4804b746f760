"""Vendor list, contract and local terms: what is booked, and what stands beside it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spantally_pricing import RateTable, Unpriced, Usage, together
from support.contracted_rates import LIST, cost, with_text

if TYPE_CHECKING:
    from pathlib import Path

COUNTS = {"input_tokens": 100, "cache_read_tokens": 40, "output_tokens": 10, "web_searches": 2}
LARGE = {
    "input_tokens": Decimal("4e-6"),
    "cache_read_tokens": Decimal("0.4e-6"),
    "output_tokens": Decimal("20e-6"),
}
TOKENS = 60 * LARGE["input_tokens"] + 40 * LARGE["cache_read_tokens"] + 10 * LARGE["output_tokens"]
SEARCHES = 2 * Decimal("0.01")


def test_without_a_contract_list_and_booked_are_the_same(listed: RateTable) -> None:
    found = cost(listed, COUNTS)
    assert found.list_amount == found.amount == TOKENS + SEARCHES
    assert all(line.list_amount == line.amount for line in found.lines)
    assert all(line.list_rate_id == line.rate_id for line in found.lines)


def test_a_discount_is_a_factor_on_what_it_names_and_the_list_price_stands_beside(
    contracted: RateTable,
) -> None:
    found = cost(contracted, COUNTS)
    assert found.amount == TOKENS * Decimal("0.9") + SEARCHES
    assert found.list_amount == TOKENS + SEARCHES
    line = found.lines[0]
    assert line.factors == (("contract:volume", Decimal("0.9")),)
    assert line.unit_price == 4
    assert line.rate_id != line.list_rate_id
    assert found.lines[-1].factors == ()


def test_the_list_side_of_a_contracted_line_names_the_vendors_own_card(
    listed: RateTable, contracted: RateTable
) -> None:
    vendors = cost(listed, COUNTS).lines
    assert [line.list_rate_id for line in cost(contracted, COUNTS).lines] == [
        line.rate_id for line in vendors
    ]


@pytest.mark.parametrize(
    ("at", "factor"),
    [
        (datetime(2026, 6, 1, tzinfo=UTC) - timedelta(seconds=1), "1"),
        (datetime(2026, 6, 1, tzinfo=UTC), "0.9"),
        (datetime(2027, 1, 1, tzinfo=UTC) - timedelta(seconds=1), "0.9"),
        (datetime(2027, 1, 1, tzinfo=UTC), "1"),
    ],
)
def test_a_discount_holds_from_its_first_second_until_the_contract_ends(
    contracted: RateTable, at: datetime, factor: str
) -> None:
    assert cost(contracted, COUNTS, at=at).amount == TOKENS * Decimal(factor) + SEARCHES


def test_discounts_tiers_variants_and_modifiers_compose(contracted: RateTable) -> None:
    long = {"input_tokens": 1001}
    found = cost(contracted, long, processing="batch", data_residency="eu")
    at_list = 1001 * Decimal("8e-6") * Decimal("0.5") * Decimal("1.1")
    assert found.list_amount == at_list
    assert found.amount == at_list * Decimal("0.9") * Decimal("0.8")


def test_a_negotiated_rate_is_final_and_the_rest_costs_what_the_list_says_less_discounts(
    contracted: RateTable,
) -> None:
    found = cost(contracted, {"input_tokens": 100, "output_tokens": 10}, model="small")
    assert [line.amount for line in found.lines] == [
        100 * Decimal("0.5e-6"),
        10 * Decimal("5e-6") * Decimal("0.9"),
    ]
    assert found.list_amount == 100 * Decimal("1e-6") + 10 * Decimal("5e-6")


def test_a_context_that_only_the_contract_has_a_rate_for_is_booked_without_a_list_price(
    listed: RateTable, tmp_path: Path
) -> None:
    table = with_text(
        listed,
        tmp_path,
        """
schema = "contract/1"
provider = "acme"
[[model]]
id = "small"
  [[model.rates]]
  from = 2026-01-01T00:00:00Z
  input = 1
    [[model.rates.variant]]
    when = { service_tier = "priority" }
    input = 0.25
""",
    )
    found = cost(table, {"input_tokens": 8}, model="small", service_tier="priority")
    assert (found.amount, found.list_amount) == (8 * Decimal("0.25e-6"), None)
    assert found.lines[0].list_rate_id == ""


def test_local_terms_lie_over_the_organisations_whatever_the_order(
    listed: RateTable, tmp_path: Path
) -> None:
    def terms(factor: str, layer: str) -> str:
        return f"""
schema = "contract/1"
provider = "acme"
layer = "{layer}"
[[discount]]
id = "volume"
from = 2026-01-01T00:00:00Z
factor = {factor}
on = "tokens"
"""

    ours, local = terms("0.9", "contract"), terms("0.7", "local")
    one = with_text(listed, tmp_path, ours, local)
    two = with_text(listed, tmp_path, local, ours)
    assert one.version == two.version
    assert cost(one, {"input_tokens": 10}).amount == 10 * Decimal("4e-6") * Decimal("0.7")


def test_a_contract_is_part_of_the_version(listed: RateTable, contracted: RateTable) -> None:
    assert contracted.version != listed.version
    again = RateTable(contracted.canonical)
    assert cost(again, COUNTS) == cost(contracted, COUNTS)


def test_rates_over_a_contracted_table_keep_the_contract(
    contracted: RateTable, tmp_path: Path
) -> None:
    table = with_text(contracted, tmp_path, LIST.replace("input = 4\n", "input = 5\n"))
    assert cost(table, {"input_tokens": 10}).amount == 10 * Decimal("5e-6") * Decimal("0.9")


@given(
    counts=st.fixed_dictionaries(
        {"input_tokens": st.integers(0, 3000), "output_tokens": st.integers(0, 3000)},
        optional={"web_searches": st.integers(0, 9)},
    ),
    call=st.fixed_dictionaries(
        {
            "provider": st.just("acme"),
            "model": st.sampled_from(["large", "small"]),
            "context": st.sampled_from([{}, {"processing": "batch"}, {"data_residency": "eu"}]),
            "at": st.datetimes(datetime(2026, 1, 1), datetime(2027, 9, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        }
    ),
)
def test_contracted_lines_sum_to_the_booked_amount_and_listed_ones_to_the_list_amount(
    listed: RateTable,
    contracted: RateTable,
    counts: dict[str, int],
    call: dict[str, Any],
) -> None:
    plain = listed.price(Usage(counts), **call)
    found = contracted.price(Usage(counts), **call)
    if isinstance(plain, Unpriced) or isinstance(found, Unpriced):
        assert plain == found
        return
    assert sum((line.amount for line in found.lines), Decimal(0)) == found.amount
    assert found.list_amount == plain.amount
    assert found.missing == plain.missing
    for line in found.lines:
        assert line.amount == line.quantity * line.unit_price / line.per * line.factor


def test_several_models_of_a_call_are_one_cost(contracted: RateTable) -> None:
    parts = [cost(contracted, {"input_tokens": 10}, model=model) for model in ("large", "small")]
    whole = together(parts)
    assert whole.amount == parts[0].amount + parts[1].amount
    assert whole.list_amount == 10 * Decimal("4e-6") + 10 * Decimal("1e-6")
    assert [line.model for line in whole.lines] == ["large", "small"]
