"""Whose name is on the bill, where the one that answers is not spelt like the one that is sold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from spantally_pricing import RateTable, Usage
from spantally_processor.ledger.in_full import RowMaker
from spantally_processor.ledger.plans import FormPlans
from spantally_processor.model import GenAiSpan, Role, UsageSource
from spantally_processor.pricer import Pricer

if TYPE_CHECKING:
    from pathlib import Path

RATES = """
schema = "rates/1"
provider = "{provider}"
currency = "USD"
source = "https://cloud.example/prices"
checked = 2026-11-23
model = [
{models}
]
"""
SOLD = {
    "aws.bedrock": ["claude-9", "us.anthropic.claude-9", "arn:aws:bedrock:us-east-1::m/claude-9"],
    "gcp.vertex_ai": ["claude-9@20260101", "gemini-9", "gemini-9-001"],
}


START = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp()) * 10**9


def a_span(provider: str, asked: str, answered: str) -> GenAiSpan:
    return GenAiSpan(
        trace_id="0" * 31 + "1", span_id="0" * 15 + "1", parent_span_id="",
        start_ns=START, end_ns=START, name="chat", service="shop", scope="spantally",
        role=Role.CALL, operation="chat", provider=provider, provider_source="host",
        request_model=asked, response_model=answered, response_id="r-1",
        usage=Usage({"input_tokens": 3}), usage_source=UsageSource.PROVIDER,
    )  # fmt: skip


@pytest.fixture(scope="module")
def pricer(tmp_path_factory: pytest.TempPathFactory) -> Pricer:
    folder: Path = tmp_path_factory.mktemp("rates")
    for provider, names in SOLD.items():
        row = '{{ id = "{}", rates = [{{ from = 2026-01-01T00:00:00Z, input = 1 }}] }},'
        models = "\n".join(row.format(name) for name in names)
        (folder / f"{provider}.toml").write_text(RATES.format(provider=provider, models=models))
    return Pricer(RateTable.of_files(sorted(folder.iterdir())))


@pytest.mark.parametrize(
    ("provider", "asked", "answered", "billed"),
    [
        ("aws.bedrock", "us.anthropic.claude-9", "claude-9", "us.anthropic.claude-9"),
        ("aws.bedrock", "us.anthropic.claude-9", "", "us.anthropic.claude-9"),
        ("aws.bedrock", "", "us.anthropic.claude-9", "us.anthropic.claude-9"),
        # An application's profile hides geography: the vendor's name alone would be a guess.
        ("aws.bedrock", "arn:aws:bedrock:us-east-1:1:application-inference-profile/x",
         "claude-9", None),
        ("aws.bedrock", "arn:aws:bedrock:us-east-1:1:default-prompt-router/claude:1",
         "arn:aws:bedrock:us-east-1::m/claude-9", "arn:aws:bedrock:us-east-1::m/claude-9"),
        ("gcp.vertex_ai", "claude-9@20260101", "claude-9-20260101", "claude-9@20260101"),
        ("gcp.vertex_ai", "gemini-9", "gemini-9-001", "gemini-9-001"),
    ],
)  # fmt: skip
def test_a_cloud_bills_the_id_that_it_sells(
    provider: str, asked: str, answered: str, billed: str | None, pricer: Pricer
) -> None:
    priced = pricer.price(a_span(provider, asked, answered))
    assert [line.model for line in priced.lines] == ([billed] if billed else [])


def test_calls_that_are_alike_are_charged_by_the_id_that_is_sold(pricer: Pricer) -> None:
    """They are priced together, without a look at each; a plan for another id would not fit, or worse."""
    span = a_span("aws.bedrock", "us.anthropic.claude-9", "claude-9-of-the-vendor")
    charge = FormPlans(span, pricer, RowMaker()).charge([7], START, START)
    assert charge is not None
    assert charge.cost == 7 * 10**12  # in 10**-18 USD, at 1 USD a million
