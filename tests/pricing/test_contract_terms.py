"""Commitments that are reached step by step, rates in another currency, and both in a comparison of tables."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from spantally_pricing import Cost, RateTable, RateTableError, Usage
from spantally_pricing.importing import differences

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LIST = """
[[model]]
id = "m"
  [[model.rates]]
  from = 2026-01-01T00:00:00Z
  input = 4
    [[model.rates.tier]]
    above = 1000
    input = 8
    [[model.rates.variant]]
    when = { processing = "batch" }
    factor = 0.5
    on = "tokens"
"""
STEPS = """
schema = "contract/1"
provider = "acme"
[[discount]]
id = "commit"
on = "tokens"
until = 2027-01-01T00:00:00Z
step = [
  { from = 2026-07-01T00:00:00Z, factor = 0.95 },
  { from = 2026-09-01T00:00:00Z, factor = 0.88 },
]
"""
EUROS = """
schema = "contract/1"
provider = "acme"
currency = "EUR"
[[exchange]]
from = 2026-06-01T00:00:00Z
usd = 1.08
[[exchange]]
from = 2026-10-01T00:00:00Z
usd = 1.1
[[model]]
id = "m"
  [[model.rates]]
  from = 2026-07-01T00:00:00Z
  input = 3
    [[model.rates.tier]]
    above = 1000
    input = 6
    [[model.rates.variant]]
    when = { processing = "batch" }
    input = 1
    tier = "none"
"""


@pytest.fixture
def under(table_of: Callable[[str], RateTable], tmp_path: Path) -> Callable[[str], RateTable]:
    def with_contract(text: str) -> RateTable:
        path = tmp_path / "contract.toml"
        path.write_text(text)
        return table_of(LIST).with_files([path])

    return with_contract


def booked(table: RateTable, day: str, tokens: int = 1000, **context: str) -> Cost:
    cost = table.price(
        Usage({"input_tokens": tokens}),
        provider="acme",
        model="m",
        at=datetime.fromisoformat(day).replace(tzinfo=UTC),
        context=context,
    )
    assert isinstance(cost, Cost), cost
    return cost


@pytest.mark.parametrize(
    ("day", "factor"),
    [
        ("2026-06-30", "1"),
        ("2026-07-01", "0.95"),
        ("2026-08-31", "0.95"),
        ("2026-09-01", "0.88"),
        ("2026-12-31", "0.88"),
        ("2027-01-01", "1"),
    ],
)
def test_a_step_of_a_commitment_ends_where_the_next_begins(
    under: Callable[[str], RateTable], day: str, factor: str
) -> None:
    cost = booked(under(STEPS), day)
    assert cost.amount == Decimal("0.004") * Decimal(factor)
    assert cost.list_amount == Decimal("0.004")


@pytest.mark.parametrize(
    ("day", "tokens", "context", "usd"),
    [
        ("2026-06-30", 1000, {}, "0.004"),
        ("2026-07-01", 1000, {}, "0.00324"),
        ("2026-09-30", 2000, {}, "0.01296"),
        ("2026-10-01", 1000, {}, "0.0033"),
        ("2026-10-01", 1000, {"processing": "batch"}, "0.0011"),
    ],
)
def test_rates_in_another_currency_are_booked_in_dollars_at_the_rate_that_the_contract_states(
    under: Callable[[str], RateTable],
    day: str,
    tokens: int,
    context: dict[str, str],
    usd: str,
) -> None:
    assert booked(under(EUROS), day, tokens, **context).amount == Decimal(usd)


def test_the_line_names_currency_and_rate_and_the_list_stays_in_dollars(
    under: Callable[[str], RateTable],
) -> None:
    cost = booked(under(EUROS), "2026-07-01")
    (line,) = cost.lines
    assert line.unit_price == 3 * Decimal("1.08")
    assert line.factors == (("contract:EUR at 1.08 USD", Decimal(1)),)
    assert (cost.list_amount, cost.currency) == (Decimal("0.004"), "USD")


def test_a_rate_is_judged_by_what_it_is_in_dollars(under: Callable[[str], RateTable]) -> None:
    yen = EUROS.replace("EUR", "JPY").replace("1.08", "0.0066").replace("usd = 1.1", "usd = 0.0064")
    dear = yen.replace("input = 6", "input = 60_000")
    assert booked(under(dear), "2026-07-01", 2000).amount == 2000 * 60_000 * Decimal("0.0066e-6")


FAULTS = {
    "no exchange rate": (EUROS.split("[[exchange]]", maxsplit=1)[0], "say what it is worth in"),
    "dollars have none": (EUROS.replace('"EUR"', '"USD"'), "the currency is USD"),
    "too late": (
        EUROS.replace("2026-06-01", "2026-08-01"),
        "before the first exchange rate of EUR",
    ),
    "nothing": (EUROS.replace("usd = 1.08", "usd = 0"), "expected what one EUR is worth in USD"),
    "twice": (
        EUROS.replace("2026-10-01", "2026-06-01"),
        "is the second exchange rate from 2026-06-01",
    ),
    "both": (STEPS.replace('on = "tokens"', 'on = "tokens"\nfactor = 0.9'), "factor"),
    "steps at once": (STEPS.replace("2026-09-01", "2026-07-01"), "before it begins"),
    "after its end": (STEPS.replace("2026-09-01", "2027-02-01"), "before it begins"),
}


@pytest.mark.parametrize(("text", "fault"), FAULTS.values(), ids=FAULTS)
def test_a_term_that_means_nothing_is_a_fault_with_its_line(
    under: Callable[[str], RateTable], text: str, fault: str
) -> None:
    with pytest.raises(RateTableError, match=fault) as raised:
        under(text)
    assert all(each.line for each in raised.value.faults)


def test_a_comparison_tells_what_a_contract_changes_in_money(
    table_of: Callable[[str], RateTable], under: Callable[[str], RateTable]
) -> None:
    at = datetime(2026, 9, 15, tzinfo=UTC)
    found = differences(table_of(LIST), under(STEPS), at)
    assert {(each.context, each.at_least, each.before, each.after) for each in found} == {
        ("booked", 0, 4, Decimal("3.52")),
        ("booked", 1001, 8, Decimal("7.04")),
        ("booked, processing=batch", 0, 2, Decimal("1.76")),
        ("booked, processing=batch", 1001, 4, Decimal("3.52")),
    }
    costliest = max(found, key=lambda each: abs(each.impact or 0))
    assert costliest.impact == Decimal("-0.96")
    assert differences(under(STEPS), under(STEPS), at) == []
