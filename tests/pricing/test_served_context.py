"""What providers call a served tier, capacity paid by the hour, and what a deployment is known to have."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from spantally_pricing import Cost, RateTable, RateTableError, Unpriced, Usage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AT = datetime(2026, 11, 10, 12, tzinfo=UTC)

LIST = """
[[model]]
id = "m"
  [[model.rates]]
  from = 2026-01-01T00:00:00Z
  input = 2
  web_search = 10
    [[model.rates.variant]]
    when = { service_tier = "priority" }
    factor = 1.8
    on = "tokens"
    [[model.rates.variant]]
    when = { processing = "batch" }
    factor = 0.5
    on = "tokens"
[[modifier]]
id = "eu"
when = { data_residency = "eu" }
factor = 1.1
on = "tokens"
"""


@pytest.fixture
def listed(table_of: Callable[[str], RateTable]) -> RateTable:
    return table_of(LIST)


def priced(table: RateTable, context: dict[str, str], model: str = "m", **counts: int) -> Cost:
    usage = Usage(counts or {"input_tokens": 1_000_000})
    cost = table.price(usage, provider="acme", model=model, at=AT, context=context)
    assert isinstance(cost, Cost), cost
    return cost


@pytest.mark.parametrize(
    ("word", "amount"),
    [
        ("ON_DEMAND", "2"),
        ("on-demand", "2"),
        ("unspecified", "2"),
        ("spillover", "2"),
        ("priority", "3.6"),
        ("ON_DEMAND_PRIORITY", "3.6"),
        ("batch", "1"),
    ],
)
def test_a_served_tier_may_be_in_the_providers_own_word(
    listed: RateTable, word: str, amount: str
) -> None:
    assert priced(listed, {"service_tier": word}).amount == Decimal(amount)


@pytest.mark.parametrize("word", ["provisioned", "PROVISIONED_THROUGHPUT", "reserved", "scale"])
def test_tokens_of_capacity_that_is_paid_by_the_hour_cost_nothing_and_the_line_says_why(
    listed: RateTable, word: str
) -> None:
    cost = priced(listed, {"service_tier": word}, input_tokens=1_000_000, web_searches=3)
    tokens, searches = cost.lines
    assert (tokens.amount, tokens.unit_price) == (0, 2)
    assert tokens.factors == (("service_tier=provisioned", Decimal(0)),)
    assert searches.amount == cost.amount == cost.list_amount == 3 * Decimal("0.01")


def test_a_rate_of_ones_own_for_such_capacity_is_taken(
    table_of: Callable[[str], RateTable],
) -> None:
    table = table_of(
        LIST.replace('service_tier = "priority"', 'service_tier = "provisioned"').replace(
            "1.8", "0.4"
        )
    )
    assert priced(table, {"service_tier": "PROVISIONED_THROUGHPUT"}).amount == Decimal("0.8")


@pytest.mark.parametrize("word", ["on_demand_priority", "Priority", "flex", "ON_DEMAND_OFFPEAK"])
def test_a_word_that_nobody_documents_or_that_has_no_rate_is_no_tier(
    listed: RateTable, word: str
) -> None:
    usage = Usage({"input_tokens": 1})
    cost = listed.price(usage, provider="acme", model="m", at=AT, context={"service_tier": word})
    assert isinstance(cost, Unpriced)
    assert cost.reason.value == "unknown_context"


def mapped(listed: RateTable, tmp_path: Path, context: str) -> RateTable:
    path = tmp_path / "names.toml"
    path.write_text(
        'schema = "mapping/1"\n[[map]]\nprovider = "acme"\nname = "prod"\nmodel = "m"\n'
        f"context = {context}\n"
    )
    return listed.with_files([path])


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ({}, "0"),
        ({"service_tier": "default"}, "0"),
        ({"service_tier": "priority"}, "3.96"),
        ({"service_tier": "spillover"}, "2.2"),
        ({"data_residency": "global"}, "0"),
    ],
)
def test_a_deployment_has_the_context_it_is_mapped_to_unless_the_call_says_another(
    listed: RateTable, tmp_path: Path, said: dict[str, str], amount: str
) -> None:
    table = mapped(listed, tmp_path, '{ service_tier = "provisioned", data_residency = "eu" }')
    assert priced(table, said, "prod").amount == Decimal(amount)
    assert priced(table, {}, "m").amount == 2


@pytest.mark.parametrize(
    ("context", "fault"),
    [
        ('{ tier = "flex" }', "'tier' is not a context key"),
        ('{ service_tier = "default" }', "is the standard"),
        ('{ service_tier = ["flex", "priority"] }', "a deployment has one"),
    ],
)
def test_a_context_that_means_nothing_is_a_fault_of_the_file(
    listed: RateTable, tmp_path: Path, context: str, fault: str
) -> None:
    with pytest.raises(RateTableError, match=fault):
        mapped(listed, tmp_path, context)


@pytest.mark.parametrize("provider", ["github_copilot", "chatgpt"])
def test_what_a_subscription_pays_has_no_list_price(table: RateTable, provider: str) -> None:
    cost = table.price(Usage({"input_tokens": 1}), provider=provider, model="gpt-5.4", at=AT)
    assert isinstance(cost, Unpriced)
    assert cost.reason.value == "subscription"


@pytest.mark.parametrize(
    ("context", "factor"),
    [
        ({"service_tier": "ON_DEMAND_PRIORITY"}, "1.8"),
        ({"service_tier": "ON_DEMAND_FLEX"}, "0.5"),
        ({"data_residency": "europe-west4"}, "1.1"),
        ({"data_residency": "us-east5", "service_tier": "PROVISIONED_THROUGHPUT"}, "0"),
    ],
)
def test_vertex_names_its_traffic_and_its_place(
    table: RateTable, context: dict[str, str], factor: str
) -> None:
    def amount(context: dict[str, str]) -> Decimal:
        usage = Usage({"input_tokens": 1000, "output_tokens": 1000})
        cost = table.price(
            usage, provider="gcp.vertex_ai", model="gemini-3.5-flash", at=AT, context=context
        )
        assert isinstance(cost, Cost), cost
        return cost.amount

    assert amount(context) == amount({}) * Decimal(factor)
