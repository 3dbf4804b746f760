"""The reference page of rate files shows a file that loads and names every key."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from spantally_pricing import RateTable
from spantally_pricing.context import KEYS, PROVIDERS_WORDS
from spantally_pricing.matching import NORMALISERS, SUBSCRIPTIONS
from spantally_pricing.meters import METERS, Unit

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "rates.md"
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)


def test_the_example_file_loads(rate_file: Callable[..., Path]) -> None:
    table = RateTable.of_files([rate_file(EXAMPLES[0], header="")])
    assert [rates.model for rates in table.rows()] == ["acme-2", "acme-2"]


def test_the_examples_of_contract_and_mapping_hold_together(rate_file: Callable[..., Path]) -> None:
    files = [
        rate_file(example, name=f"{number}.toml", header="")
        for number, example in enumerate(EXAMPLES[1:])
    ]
    assert RateTable.load(files).version != RateTable.bundled().version


@pytest.mark.parametrize("key", [*(meter.rate for meter in METERS.values()), *NORMALISERS, *KEYS])
def test_every_rate_normaliser_and_context_key_is_documented(key: str) -> None:
    assert f"`{key}`" in PAGE.read_text()


@pytest.mark.parametrize(
    "meter", [meter.name for meter in METERS.values() if meter.unit is not Unit.MTOK]
)
def test_every_meter_that_is_no_token_has_its_senders(meter: str) -> None:
    listed = PAGE.read_text().split("### Who sends what")[1].split("## Context")[0]
    assert f"`{meter}`" in listed or meter.startswith("guardrail_")


@pytest.mark.parametrize("word", [*PROVIDERS_WORDS, *SUBSCRIPTIONS])
def test_every_word_that_pricing_translates_is_documented(word: str) -> None:
    assert f"`{word}`" in PAGE.read_text()
