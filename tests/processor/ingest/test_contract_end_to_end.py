"""A contract given to the processor: both costs in the ledger, in the lines, and in the metrics."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from support.otlp import GPT_5_CALL, a_request, a_span
from support.processor import running, settings_in

if TYPE_CHECKING:
    from pathlib import Path

CONTRACT = """
schema = "contract/1"
provider = "openai"
[[discount]]
id = "volume"
from = 2026-01-01T00:00:00Z
factor = 0.9
on = "tokens"
"""
MAPPING = """
schema = "mapping/1"
[[host]]
name = "llm.corp.example"
provider = "openai"
"""
AT_LIST = (Decimal("1.25") * 1000 + Decimal(10) * 100) / 1_000_000
BOOKED = AT_LIST * Decimal("0.9")


def test_list_contracted_and_stated_cost_reach_the_ledger(tmp_path: Path) -> None:
    files = tmp_path / "contract.toml", tmp_path / "mapping.toml"
    for file, text in zip(files, (CONTRACT, MAPPING), strict=True):
        file.write_text(text)
    host = {"gen_ai.provider.name": "llm.corp.example", "spantally.provider.source": "unknown"}
    stated = {"spantally.stated_cost.usd": "0.5", "spantally.stated_cost.source": "usage.cost"}
    calls = [a_span({**GPT_5_CALL, **more}) for more in ({}, host, stated)]

    with running(settings_in(tmp_path / "data", rates=files)) as processor:
        processor.post(a_request(*calls).SerializeToString())
        processor.settle()
        rows = processor.rows(
            "select cost, list_cost, cost_source, stated_differs, computed_cost,"
            " arraySum(lines.amount), arraySum(arrayMap(x -> assumeNotNull(x), lines.list_amount)),"
            " arrayAll((a, b) -> a != b and b != '', lines.rate_id, lines.list_rate_id)"
            " from llm_spans order by span_id"
        )
        differing = processor.metric("spantally_stated_cost_differs_total")

    expected = (BOOKED, AT_LIST, "computed", False, BOOKED, BOOKED, AT_LIST, 1)
    assert rows == [expected, expected, (*expected[:3], True, *expected[4:])]
    assert differing == 1
