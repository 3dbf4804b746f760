"""What was not taken and by what prices are multiplied, for the parts of a row that few models have."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from spantally_pricing import ModelRates, RateTable
from spantally_pricing.explaining import Call, factors_of, not_taken

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

MONDAY_AT_2 = datetime(2026, 11, 9, 2, tzinfo=UTC)
MONDAY_AT_5 = datetime(2026, 11, 9, 5, tzinfo=UTC)

PEAK = """
[[model]]
id = "m"
  [[model.rates]]
  from = 2026-01-01T00:00:00Z
  input = 1
    [[model.rates.tier]]
    above = 100
    input = 2
    [[model.rates.window]]
    days = "Mon-Fri"
    utc = ["01:00-04:00"]
    input = 3
      [[model.rates.window.tier]]
      above = 500
      input = 6
[[modifier]]
id = "us-endpoint"
when = { data_residency = "us" }
factor = 1.1
on = "tokens"
"""


def rates_of(table: RateTable, at: datetime, name: str = "m") -> ModelRates:
    rates = table.lookup("acme", name, at)
    assert isinstance(rates, ModelRates), rates
    return rates


@pytest.mark.parametrize(
    ("at", "prompt", "bounds"),
    [
        (MONDAY_AT_5, 50, {"rates from 101 prompt tokens": "the prompt has 50"}),
        (MONDAY_AT_2, 200, {"rates from 501 prompt tokens": "the prompt has 200"}),
        (MONDAY_AT_2, 600, {"rates below 501 prompt tokens": "the prompt has 600"}),
    ],
)
def test_long_prompts_are_explained_by_the_hour_that_holds(
    table_of: Callable[[str], RateTable], at: datetime, prompt: int, bounds: Mapping[str, str]
) -> None:
    rates = rates_of(table_of(PEAK), at)
    said = not_taken(rates, [rates], Call(at, {}, prompt))
    assert {each.what: each.why for each in said if "prompt tokens" in each.what} == bounds


def test_factors_are_known_for_every_hour_and_prompt_and_under_a_contract(
    table_of: Callable[[str], RateTable], tmp_path: Path
) -> None:
    contract = tmp_path / "contract.toml"
    contract.write_text(
        'schema = "contract/1"\nprovider = "acme"\n[[discount]]\nid = "volume"\n'
        'from = 2026-01-01T00:00:00Z\nfactor = 0.9\non = "tokens"\n'
    )
    table = table_of(PEAK).with_files([contract])
    found = factors_of(
        rates_of(table, MONDAY_AT_2), Call(MONDAY_AT_2, {"data_residency": "us"}, None)
    )
    assert {meter for meter, _ in found} == {"input_tokens"}
    residency, volume = ("us-endpoint", Decimal("1.1")), ("contract:volume", Decimal("0.9"))
    assert sorted(found.values()) == [(residency,)] * 4 + [(residency, volume)] * 4


def test_what_a_mapping_says_of_a_deployment_is_not_said_to_be_lacking(
    table_of: Callable[[str], RateTable], tmp_path: Path
) -> None:
    names = tmp_path / "names.toml"
    names.write_text(
        'schema = "mapping/1"\n[[map]]\nprovider = "acme"\nname = "prod"\nmodel = "m"\n'
        'context = { data_residency = "us" }\n'
    )
    rates = rates_of(table_of(PEAK).with_files([names]), MONDAY_AT_5, "prod")
    said = not_taken(rates, [rates], Call(MONDAY_AT_5, {}, 1))
    assert not [each for each in said if "us-endpoint" in each.what]
