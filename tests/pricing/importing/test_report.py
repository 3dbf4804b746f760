"""One run of an import: what the source says differently, what was written, what that changes."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from spantally_pricing.build import RATES, built
from spantally_pricing.importing import installed, renew, second_opinion

if TYPE_CHECKING:
    from pathlib import Path

    from spantally_pricing import RateTable

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
MAP = """{
  "groq/llama-3.3-70b-versatile": {
    "litellm_provider": "groq", "mode": "chat",
    "input_cost_per_token": 6.9e-07, "output_cost_per_token": 7.9e-07
  },
  "groq/new": {"litellm_provider": "groq", "mode": "chat", "input_cost_per_token": 1e-06},
  "groq/nothing": {"litellm_provider": "groq", "mode": "chat", "input_cost_per_token": 0}
}"""


@pytest.fixture
def found(tmp_path: Path) -> installed.Sources:
    file = tmp_path / "map.json"
    file.write_text(MAP)
    return installed.sources(file)


def test_a_source_is_compared_in_money(table: RateTable, found: installed.Sources) -> None:
    opinion = second_opinion("litellm", found, table, AT)
    llama = [each for each in opinion.disagreements if each.model == "llama-3.3-70b-versatile"]
    assert [(e.meter, e.before, e.after, e.impact) for e in llama] == [
        ("input_tokens", Decimal("0.59"), Decimal("0.69"), Decimal("0.1"))
    ]
    assert {each.model for each in opinion.disagreements if each.before is None} == {"new"}
    assert [each.model for _, each in opinion.skipped] == ["nothing"]


def test_a_workload_limits_the_comparison_to_what_was_used(
    table: RateTable, found: installed.Sources
) -> None:
    used = {("groq", "llama-3.3-70b-versatile", "input_tokens"): Decimal(2_000_000)}
    opinion = second_opinion("litellm", found, table, AT, used)
    assert [each.impact for each in opinion.disagreements] == [Decimal("0.2")]


def test_renewing_keeps_what_is_by_hand_and_tells_what_changes(
    found: installed.Sources, tmp_path: Path
) -> None:
    rates = tmp_path / "rates"
    shutil.copytree(RATES, rates)
    renewal = renew(rates, found, built(rates), AT)
    files = {path.name for path in (rates / "imported").iterdir()}
    assert {path.name for path in renewal.written} == files
    changed = {(each.provider, each.model) for each in renewal.changes}
    assert ("groq", "new") in changed
    assert not {("deepseek", "deepseek-v4-pro"), ("openai", "gpt-6-sol")} & changed
