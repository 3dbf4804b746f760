"""SIGHUP: rates and owner rules are read again, without a span lost in between."""

from __future__ import annotations

import signal
from decimal import Decimal
from typing import TYPE_CHECKING

from support.otlp import a_call, a_request
from support.processor import command, until

if TYPE_CHECKING:
    from pathlib import Path

    from support.processor import Command

RATES = """schema = "rates/1"
provider = "openai"
currency = "USD"
source = "https://example.com"
checked = 2026-11-23
[[model]]
id = "gpt-5"
ids = ["gpt-5", "gpt-5-2025-08-07"]
[[model.rates]]
from = 2026-01-01T00:00:00Z
input = {rate}
output = {rate}
"""
RULES = '[attribution.resource]\n"{attribute}" = "team"\n'
RESOURCE = {"service.name": "shop", "owner": "old-team", "team.name": "new-team"}
TOKENS = Decimal(1100)


def send(processor: Command) -> None:
    body = a_request(a_call(), resource=RESOURCE).SerializeToString()
    assert processor.post(body).status_code == 200
    processor.settle()


def reloaded(processor: Command, outcome: str) -> None:
    name = f'spantally_reloads_total{{outcome="{outcome}"}}'
    before = processor.metrics().get(name, 0)
    processor.process.send_signal(signal.SIGHUP)
    until(lambda: processor.metrics().get(name, 0) == before + 1)


def test_rates_and_owners_are_read_again_and_a_bad_file_changes_nothing(tmp_path: Path) -> None:
    config, rates = tmp_path / "spantally.toml", tmp_path / "rates.toml"
    rates.write_text(RATES.format(rate=100))
    config.write_text(f'rates = ["rates.toml"]\n{RULES.format(attribute="owner")}')
    with command(tmp_path / "data", "--config", str(config)) as processor:
        send(processor)

        rates.write_text(RATES.format(rate=200))
        config.write_text(f'rates = ["rates.toml"]\n{RULES.format(attribute="team.name")}')
        reloaded(processor, "done")
        send(processor)

        rates.write_text("this is no rate table")
        reloaded(processor, "refused")
        send(processor)

        rows = processor.rows("select cost, team from llm_spans order by ingested_at")

    assert rows == [
        (100 * TOKENS / 1_000_000, "old-team"),
        (200 * TOKENS / 1_000_000, "new-team"),
        (200 * TOKENS / 1_000_000, "new-team"),
    ]
