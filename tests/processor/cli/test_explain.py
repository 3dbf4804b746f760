"""`spantally explain`: the arithmetic, its sources, and what was not taken."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from spantally_pricing import Cost, RateTable, Usage
from support.ledger import a_call, a_refused_attempt, an_unpriced_call, book

if TYPE_CHECKING:
    from pathlib import Path

    from spantally_processor.store import Store
    from support.command import Spantally

RATES = """
schema = "rates/1"
provider = "acme"
currency = "USD"
source = "https://acme.example/prices"
checked = 2026-11-23
[[modifier]]
id = "eu-hosting"
when = { data_residency = "eu" }
factor = 1.1
on = "tokens"
[[model]]
id = "large"
  [[model.rates]]
  from = 2026-01-01T00:00:00Z
  input = 4
  output = 20
  [[model.rates]]
  from = 2026-06-01T00:00:00Z
  input = 2
  output = 10
    [[model.rates.tier]]
    above = 1000
    input = 3
    output = 15
    [[model.rates.variant]]
    when = { processing = "batch" }
    factor = 0.5
    on = "tokens"
    [[model.rates.variant]]
    when = { speed = "fast" }
    factor = 2
    on = "tokens"
"""
CONTRACT = """
schema = "contract/1"
provider = "acme"
source = "order form 7"
[[discount]]
id = "volume"
from = 2026-06-01T00:00:00Z
factor = 0.9
on = "tokens"
[[discount]]
id = "pilot"
from = 2026-06-01T00:00:00Z
until = 2026-07-01T00:00:00Z
factor = 0.5
on = "tokens"
"""


def plain(text: str) -> str:
    """With an asterisk for the multiplication sign."""
    return text.replace("\u00d7", "*")


@pytest.fixture
def acme(tmp_path: Path) -> tuple[str, ...]:
    """A call of acme's model in a batch, and the files that price it."""
    (tmp_path / "acme.toml").write_text(RATES)
    (tmp_path / "contract.toml").write_text(CONTRACT)
    usage = '{"input_tokens": 500, "output_tokens": 10}'
    call = ("--provider", "acme", "--model", "large", "--at", "2026-11-10T12:00:00Z")
    rates = ("--rates", str(tmp_path / "acme.toml"))
    return ("explain", *call, "--usage", usage, "--context", "processing=batch", *rates)


def test_a_usage_is_explained_with_its_factors_source_and_date(
    spantally: Spantally, acme: tuple[str, ...]
) -> None:
    said = plain(spantally.run(*acme))
    assert "priced 0.00055 USD" in said
    assert "500 * 2 USD / 1,000,000 tokens * 0.5 (processing=batch)" in said
    assert "Rates of large from 2026-06-01" in said
    assert "https://acme.example/prices, checked 2026-11-23" in said


def test_a_long_name_of_a_meter_stands_apart_from_its_quantity(spantally: Spantally) -> None:
    usage = '{"guardrail_content_units": 4}'
    call = ("--provider", "aws.bedrock", "--model", "guardrails", "--usage", usage)
    assert "guardrail_content_units 4 * " in plain(spantally.run("explain", *call))


def test_it_says_why_the_other_rates_were_not_taken(
    spantally: Spantally, acme: tuple[str, ...]
) -> None:
    (rates,) = spantally.json(*acme)["rates"]
    assert {each["what"]: each["why"] for each in rates["not_taken"]} == {
        "rates from 2026-01-01": "ended 2026-06-01",
        "rates for speed=fast": "the call has no speed",
        "standard rates": "the call has processing=batch",
        "rates from 1,001 prompt tokens": "the prompt has 500",
        "factor 1.1 of eu-hosting, for data_residency=eu": "the call has no data_residency",
    }


def test_a_contract_is_explained_with_what_of_it_does_not_hold(
    spantally: Spantally, acme: tuple[str, ...], tmp_path: Path
) -> None:
    both = (*acme, "--rates", str(tmp_path / "contract.toml"))
    said = plain(spantally.run(*both))
    at_list = (500 * Decimal(2) + 10 * Decimal(10)) / 2 / 1_000_000
    assert f"priced {at_list * Decimal('0.9'):f} USD" in said
    assert "0.00055 USD at list price" in said
    assert "* 0.9 (contract:volume)" in said
    assert "Booked by contract: order form 7. Below: the list's rates." in said
    assert "discount pilot, factor 0.5: holds from 2026-06-01 to 2026-07-01" in said


def test_an_unknown_price_is_a_finding_with_its_reason(spantally: Spantally) -> None:
    call = ("--provider", "openai", "--model", "gpt-9", "--usage", '{"input_tokens": 1}')
    said = spantally.run("explain", *call, exit_code=1)
    assert "unpriced unknown" in said
    assert "unknown_model: openai has no rates for a model 'gpt-9'; did you mean" in said
    assert "gpt-5" in said.partition("did you mean")[2]


WRONG = {
    "nothing": (),
    "both": ("abcd", "--provider", "openai"),
    "usage is no JSON": ("--provider", "a", "--model", "b", "--usage", "{"),
    "usage is no object": ("--provider", "a", "--model", "b", "--usage", "1"),
    "unknown meter": ("--provider", "a", "--model", "b", "--usage", '{"tokens": 1}'),
    "no zone": ("--provider", "a", "--model", "b", "--usage", "{}", "--at", "2026-11-10"),
    "context": ("--provider", "a", "--model", "b", "--usage", "{}", "--context", "batch"),
}


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG)
def test_a_wrong_command_line_says_what_was_expected(
    spantally: Spantally, arguments: tuple[str, ...]
) -> None:
    assert "Error: " in spantally.run("explain", *arguments, exit_code=2)


LINES = {
    "lines.model": ["gpt-6-sol", "gpt-6-sol"],
    "lines.meter": ["input_tokens", "output_tokens"],
    "lines.quantity": [Decimal(1000), Decimal(10)],
    "lines.unit_price": [Decimal(2), Decimal(10)],
    "lines.per": [1_000_000, 1_000_000],
    "lines.factor": [Decimal("0.5"), Decimal("0.5")],
    "lines.amount": [Decimal("0.001"), Decimal("0.00005")],
    "lines.rate_id": ["r", "r"],
    "lines.list_amount": [Decimal("0.001"), Decimal("0.00005")],
    "lines.list_rate_id": ["r", "r"],
}
BOOKED = {
    "request_model": "gpt-6-sol",
    "response_model": "gpt-6-sol",
    "context": {"processing": "batch"},
    "usage": {"input_tokens": 1000, "output_tokens": 10},
    "cost": Decimal("0.00105"),
    "list_cost": Decimal("0.00105"),
    "cost_source": "computed",
}


def test_a_span_of_the_ledger_is_explained_as_it_was_booked(
    spantally: Spantally, store: Store
) -> None:
    version = RateTable.bundled().version
    call = a_call(span_id="ab12" * 4, table_version=version, **BOOKED | LINES)
    book(store, [call])
    store.close()

    said = plain(spantally.run("explain", "ab12"))

    assert f"span {'ab12' * 4}" in said
    assert "priced 0.00105 USD" in said
    assert "1,000 * 2 USD / 1,000,000 tokens * 0.5" in said
    assert "Rates of gpt-6-sol from" in said


def test_the_factors_of_every_model_of_the_call_have_names(
    spantally: Spantally, store: Store
) -> None:
    table, at = RateTable.bundled(), a_call()["start_time"]
    batch = {"processing": "batch"}
    advised = table.price(
        Usage({"input_tokens": 1_000_000}),
        provider="anthropic",
        model="claude-opus-5-5",
        at=at,
        context=batch,
    )
    assert isinstance(advised, Cost)
    (line,) = advised.lines
    booked = {
        "provider": "anthropic",
        "request_model": "claude-sonnet-5-5",
        "response_model": "claude-sonnet-5-5",
        "context": batch,
        "usage": {"input_tokens": 0},
        "cost": line.amount,
        "list_cost": line.amount,
        "cost_source": "computed",
        "lines.model": [line.model],
        "lines.meter": [line.meter],
        "lines.quantity": [line.quantity],
        "lines.unit_price": [line.unit_price],
        "lines.per": [line.per],
        "lines.factor": [line.factor],
        "lines.amount": [line.amount],
        "lines.rate_id": [line.rate_id],
        "lines.list_amount": [line.amount],
        "lines.list_rate_id": [line.rate_id],
    }
    book(store, [a_call(span_id="ef56" * 4, table_version=table.version, **booked)])
    store.close()

    said = plain(spantally.run("explain", "ef56"))

    assert "1,000,000 * 4 USD / 1,000,000 tokens * 0.5 (processing=batch)" in said


def test_a_span_of_a_table_that_is_gone_is_explained_by_its_own_lines(
    spantally: Spantally, store: Store
) -> None:
    stated = {
        "stated_cost": Decimal("0.002"),
        "stated_cost_source": "usage.cost",
        "cost_source": "stated",
        "cost": Decimal("0.002"),
    }
    call = a_call(span_id="cd34" * 4, table_version="sha256:gone", **BOOKED | LINES | stated)
    book(store, [call])
    store.close()

    said = spantally.json("explain", "cd34")

    assert said["rates"] == []
    assert said["cost_usd"] == "0.002"
    assert [line["amount"] for line in said["lines"]] == ["0.001", "0.00005"]
    assert "states 0.002 USD (usage.cost), which is what is booked" in said["remarks"][0]
    assert "not at hand" in said["remarks"][1]


def test_spans_without_a_cost_and_ids_that_fit_none_or_several(
    spantally: Spantally, store: Store
) -> None:
    book(store, [an_unpriced_call(span_id="aa" + "0" * 14)])
    book(store, [a_refused_attempt(span_id="ab" + "0" * 14)])
    store.close()

    assert "unpriced unknown" in spantally.run("explain", "aa", exit_code=1)
    assert "not_billed 0 USD" in spantally.run("explain", "ab")
    assert "No LLM span" in spantally.run("explain", "ff", exit_code=1)
    assert "beginning of several spans" in spantally.run("explain", "a", exit_code=2)


def test_the_report_names_stated_costs_that_rates_do_not_come_to(
    spantally: Spantally, store: Store
) -> None:
    stated = {"stated_cost": Decimal("0.002"), "stated_cost_source": "usage.cost"}
    calls = [
        a_call(**BOOKED | LINES | stated | {"stated_differs": True}),
        a_call(**BOOKED | LINES | stated | {"stated_differs": False}),
        a_call(
            **BOOKED | LINES | stated | {"stated_cost": Decimal("0.00105"), "stated_differs": False}
        ),
    ]
    book(store, calls)
    store.close()

    said = spantally.run("report")
    (row,) = spantally.json("report")["stated_costs"]

    assert "Costs that responses state and rates do not come to" in said
    assert "openai: 1 of 3 calls · $0.00200 stated, $0.00105 computed; computed is booked" in said
    assert (row["calls"], row["differing"], row["stated"], row["computed"]) == (
        3,
        1,
        "0.002",
        "0.00105",
    )
