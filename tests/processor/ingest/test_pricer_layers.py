"""Contracts, stated costs, configured hosts and machine time, as they reach a span."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from spantally_pricing import RateTable, Usage
from spantally_processor.model import (
    CostSource,
    GenAiSpan,
    PricingStatus,
    Role,
    UsagePart,
    UsageSource,
)
from spantally_processor.pricer import Pricer

if TYPE_CHECKING:
    from pathlib import Path

RATES = """
schema = "rates/1"
provider = "acme"
currency = "USD"
[[model]]
id = "large"
  [[model.rates]]
  from = 2026-01-01T00:00:00Z
  input = 4
  output = 20
[[model]]
id = "rented"
  [[model.rates]]
  from = 2026-01-01T00:00:00Z
  gpu_hour = 3.6
"""
CONTRACT = """
schema = "contract/1"
provider = "acme"
[[discount]]
id = "volume"
from = 2026-01-01T00:00:00Z
factor = 0.75
on = "tokens"
"""
BOOK_STATED = '[stated_cost]\nbook = "stated"\ntolerance = 0.05\n'
MAPPING = """
schema = "mapping/1"
[[host]]
name = "llm.corp.example"
provider = "acme"
"""
AT_LIST = (300 * Decimal(4) + 7 * Decimal(20)) / 1_000_000
BOOKED = AT_LIST * Decimal("0.75")
START = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp()) * 10**9


def pricer(folder: Path, *texts: str) -> Pricer:
    paths = [folder / f"{number}.toml" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    return Pricer(RateTable.of_files(paths[:1]).with_files(paths[1:]))


def a_call(**changes: Any) -> GenAiSpan:
    span = GenAiSpan(
        trace_id="0" * 31 + "1",
        span_id="0" * 15 + "1",
        parent_span_id="",
        start_ns=START,
        end_ns=START + 2_500_000_000,
        name="chat large",
        service="shop",
        scope="spantally",
        role=Role.CALL,
        operation="chat",
        provider="acme",
        provider_source="host",
        request_model="large",
        response_model="large",
        response_id="r-1",
        usage=Usage({"input_tokens": 300, "output_tokens": 7}),
        usage_source=UsageSource.PROVIDER,
    )
    return replace(span, **changes)


def test_without_a_contract_both_costs_are_the_list_cost(tmp_path: Path) -> None:
    priced = pricer(tmp_path, RATES).price(a_call())

    assert (priced.amount, priced.list_amount) == (AT_LIST, AT_LIST)
    assert priced.cost_source is CostSource.COMPUTED


def test_a_contract_is_booked_and_the_list_cost_kept(tmp_path: Path) -> None:
    priced = pricer(tmp_path, RATES, CONTRACT).price(a_call())

    assert (priced.amount, priced.list_amount) == (BOOKED, AT_LIST)


@pytest.mark.parametrize(
    ("stated", "differs"), [("0.00134", False), ("0.00136", True), ("0", True)]
)
def test_a_stated_cost_stands_beside_the_computed_one_and_a_difference_is_marked(
    tmp_path: Path, stated: str, differs: bool
) -> None:
    priced = pricer(tmp_path, RATES).price(a_call(stated_cost=Decimal(stated)))

    assert (priced.amount, priced.cost_source) == (AT_LIST, CostSource.COMPUTED)
    assert priced.stated_differs is differs


def test_a_stated_cost_is_booked_where_the_policy_says_so(tmp_path: Path) -> None:
    stated = Decimal("0.00105")
    priced = pricer(tmp_path, RATES, CONTRACT + BOOK_STATED).price(a_call(stated_cost=stated))

    assert (priced.amount, priced.cost_source) == (stated, CostSource.STATED)
    assert priced.list_amount == AT_LIST
    assert sum(line.amount for line in priced.lines) == BOOKED
    assert not priced.stated_differs


@pytest.mark.parametrize(
    "unknown",
    [
        {"response_model": "nobody-knows"},
        {"usage": None, "usage_source": UsageSource.MISSING},
        {"usage_source": UsageSource.PARTIAL},
    ],
    ids=["model", "usage", "cut"],
)
def test_a_booked_stated_cost_is_the_whole_cost_even_where_ours_is_unknown(
    tmp_path: Path, unknown: dict[str, Any]
) -> None:
    policy = pricer(tmp_path, RATES, CONTRACT + BOOK_STATED)
    priced = policy.price(a_call(stated_cost=Decimal("0.002"), **unknown))

    assert (priced.status.value, priced.amount, priced.reason) == ("priced", Decimal("0.002"), "")
    assert priced.list_amount is None


def test_with_the_customers_own_key_a_stated_cost_is_only_a_fee_and_is_not_booked(
    tmp_path: Path,
) -> None:
    policy = pricer(tmp_path, RATES, CONTRACT + BOOK_STATED)
    priced = policy.price(a_call(stated_cost=Decimal(0), stated_cost_source="usage.cost;byok"))

    assert (priced.amount, priced.cost_source) == (BOOKED, CostSource.COMPUTED)
    assert not priced.stated_differs


def test_a_stated_cost_does_not_price_an_unknown_host_or_a_refused_attempt(tmp_path: Path) -> None:
    policy = pricer(tmp_path, RATES, CONTRACT + BOOK_STATED)
    stranger = a_call(
        provider="llm.corp.example", provider_source="unknown", stated_cost=Decimal(1)
    )
    refused = a_call(usage=None, usage_source=UsageSource.NOT_BILLED, stated_cost=Decimal(1))

    assert (policy.price(stranger).amount, policy.price(stranger).reason) == (
        None,
        "unconfigured_host",
    )
    assert policy.price(refused).amount == 0


def test_a_mapping_configures_a_host_and_no_other(tmp_path: Path) -> None:
    policy = pricer(tmp_path, RATES, MAPPING)
    ours = a_call(provider="llm.corp.example", provider_source="unknown")
    other = a_call(provider="acme", provider_source="unknown")

    assert policy.price(ours).amount == AT_LIST
    assert policy.price(other).reason == "unconfigured_host"


@pytest.mark.parametrize("usage", [None, Usage({"input_tokens": 300, "output_tokens": 7})])
def test_a_machine_is_paid_by_the_duration_of_the_call(tmp_path: Path, usage: Usage | None) -> None:
    source = UsageSource.PROVIDER if usage else UsageSource.MISSING
    call = a_call(response_model="rented", usage=usage, usage_source=source)
    priced = pricer(tmp_path, RATES).price(call)

    assert (priced.status.value, priced.amount) == ("priced", Decimal("2.5") * Decimal("0.001"))


def test_an_amount_is_never_finer_than_the_ledger_keeps(tmp_path: Path) -> None:
    fine = CONTRACT.replace("0.75", "0.7654321987654321")
    priced = pricer(tmp_path, RATES, fine).price(a_call())

    assert priced.amount is not None
    assert priced.amount == priced.amount.quantize(Decimal("1e-18"))
    assert sum(line.amount for line in priced.lines) == priced.amount


def test_the_call_itself_is_counted_where_a_request_costs_something(tmp_path: Path) -> None:
    rates = (
        RATES
        + """
[[model]]
id = "searching"
  [[model.rates]]
  from = 2026-01-01T00:00:00Z
  input = 1
  request = 5
    [[model.rates.variant]]
    when = { search_context_size = "high" }
    input = 1
    request = 12
"""
    )
    priced = pricer(tmp_path, rates).price(
        a_call(
            response_model="searching",
            usage=Usage({"input_tokens": 1000}),
            context={"search_context_size": "high"},
        )
    )
    assert priced.amount == 1000 * Decimal("1e-6") + Decimal("0.012")
    assert [line.meter for line in priced.lines] == ["input_tokens", "requests"]
    silent = pricer(tmp_path, rates).price(a_call(response_model="searching", usage=None))
    assert (silent.amount, silent.reason) == (None, "no_usage")


@pytest.mark.parametrize("searches", [0, 2])
def test_a_system_of_models_costs_its_models_and_its_tools(searches: int) -> None:
    parts = tuple(
        UsagePart("compound", model, Usage({"input_tokens": 1000, "output_tokens": 100}))
        for model in ("openai/gpt-oss-120b", "meta-llama/llama-4-scout-17b-16e-instruct")
    )
    call = a_call(
        provider="groq",
        request_model="groq/compound",
        response_model="groq/compound",
        context={"service_tier": "on_demand"},
        usage=Usage({"web_searches": searches}) if searches else None,
        parts=parts,
    )
    priced = Pricer(RateTable.bundled()).price(call)
    # groq.com/pricing: 0.15/0.60 and 0.11/0.34 USD per million tokens; advanced search 8 USD per 1,000.
    models = (1000 * Decimal("0.15") + 100 * Decimal("0.6")) + (
        1000 * Decimal("0.11") + 100 * Decimal("0.34")
    )
    assert (priced.status, priced.reason) == (PricingStatus.PRICED, "")
    assert priced.amount == models / 1_000_000 + searches * Decimal("0.008")


def test_guardrails_of_a_call_are_a_part_with_a_model_of_their_own() -> None:
    part = UsagePart("guardrail", "guardrails", Usage({"guardrail_content_units": 3}))
    call = a_call(
        provider="aws.bedrock",
        request_model="amazon.nova-lite-v1:0",
        response_model="",
        usage=Usage({"input_tokens": 0, "output_tokens": 0}),
        parts=(part,),
    )
    priced = Pricer(RateTable.bundled()).price(call)
    assert priced.amount == 3 * Decimal("0.00015")
