"""Every price that a call may meet is in the ledger: lines join it, and SQL comes to the booked cost."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from spantally_pricing import Cost, RateTable, Usage
from spantally_pricing.rate_rows import rate_rows
from spantally_processor import rate_rows as loading
from support.calls_at_scale import load
from support.new_ledger import new_ledger
from support.processor import running, settings_in, until

if TYPE_CHECKING:
    from spantally_processor.store import Store

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "re-price-by-sql.md"
AT = datetime(2026, 11, 20, tzinfo=UTC)
USAGE = Usage(
    {
        "input_tokens": 300_000,
        "cache_read_tokens": 1000,
        "output_tokens": 100,
        "reasoning_tokens": 50,
    }
)
CONTEXTS = [
    {},
    {"processing": "batch"},
    {"service_tier": "flex"},
    {"service_tier": "priority"},
    {"service_tier": "provisioned"},
    {"data_residency": "eu"},
    {"data_residency": "us", "processing": "batch"},
    {"inference_geo": "us"},
    {"inference_geo": "us", "speed": "fast"},
]
CONTRACT = """
schema = "contract/1"
provider = "openai"
source = "order form"

[[discount]]
id = "commitment"
from = 2026-01-01T00:00:00Z
until = 2026-12-01T00:00:00Z
factor = 0.9
on = "tokens"

[[discount]]
id = "batch"
from = 2026-11-01T00:00:00Z
when = { processing = "batch" }
factor = 0.8
on = "tokens"
"""


@pytest.mark.parametrize("with_contract", [False, True], ids=["list", "contract"])
def test_every_price_that_a_call_meets_is_a_row(tmp_path: Path, *, with_contract: bool) -> None:
    files = []
    if with_contract:
        files = [tmp_path / "contract.toml"]
        files[0].write_text(CONTRACT)
    table = RateTable.load(files)
    prices = {(row.rate_id, row.meter): row for row in rate_rows(table)}
    met = set()
    for rates in table.rows():
        for context in CONTEXTS:
            cost = table.price(
                USAGE, provider=rates.provider, model=rates.model, at=AT, context=context
            )
            if not isinstance(cost, Cost):
                continue
            for line in cost.lines:
                row = prices[line.rate_id, line.meter]
                assert (row.unit_price, row.per, row.factor) == (
                    line.unit_price,
                    line.per,
                    line.factor,
                )
                assert row.valid_from <= AT
                assert row.valid_to is None or row.valid_to > AT
                met.add((row.layer, row.rate_id))
    assert len(met) > 1000
    assert {layer for layer, _ in met} >= ({"contract", "list"} if with_contract else {"list"})


def test_a_version_is_there_once_however_often_it_is_written(store: Store) -> None:
    table = RateTable.bundled()
    loading.load(store, table.version, loading.block_of(table))
    loading.load(store, table.version, loading.block_of(table))
    expected = sum(1 for _ in rate_rows(table))
    counted = store.rows("select count(), uniqExact(rate_id, meter) from llm_rates")
    assert [tuple(row) for row in counted] == [(expected, expected)]
    sonnet = store.rows(
        "select distinct source != '', has(model_names, 'gpt-5-mini'), currency from llm_rates"
        " where provider = 'openai' and model = 'gpt-5-mini' and layer = 'list'"
    )
    assert [tuple(row) for row in sonnet] == [(True, True, "USD")]


def test_the_query_of_the_page_comes_to_the_booked_cost(tmp_path: Path) -> None:
    (query,) = re.findall(r"```sql\n(.*?)```", PAGE.read_text(), re.DOTALL)
    calls = load(1, 200)
    new_ledger(tmp_path)  # the prices are still to be written
    with running(settings_in(tmp_path)) as processor:
        assert processor.post(calls.bodies[0], content_encoding="gzip").status_code == 200
        processor.settle()
        there = "select count() > 0 from llm_rates"
        until(lambda: processor.rows(there) == [(True,)], timeout_s=90)
        found = processor.rows(query)
        booked = processor.rows("select sum(cost) from llm_calls")
    assert found == [("openai", "gpt-5", *found[0][2:]), ("openai", "gpt-5-mini", *found[1][2:])]
    assert all(again == then for *_, then, again in found)
    assert sum((row[-1] for row in found), Decimal(0)) == calls.cost == booked[0][0]
