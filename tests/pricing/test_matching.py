"""A name means a model exactly, by date, by alias or by a documented decoration; nothing is guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from spantally_pricing import ModelRates, RateTable, Unpriced, UnpricedReason
from spantally_pricing.matching import NORMALISERS, templated

if TYPE_CHECKING:
    from collections.abc import Callable

AT = datetime(2026, 11, 10, 12, tzinfo=UTC)


def found(table: RateTable, provider: str, name: str, at: datetime = AT) -> str:
    """The id of the model, or the reason that there is none."""
    rates = table.lookup(provider, name, at)
    return rates.reason.value if isinstance(rates, Unpriced) else rates.model


@pytest.mark.parametrize(
    ("provider", "name", "model"),
    [
        ("openai", "gpt-6-sol", "gpt-6-sol"),
        ("openai", "gpt-6-sol-2026-09-22", "gpt-6-sol"),
        ("openai", "openai/gpt-6-sol", "gpt-6-sol"),
        ("openai", "openai/gpt-6-sol-2026-09-22", "gpt-6-sol"),
        ("openai", "gpt-4o", "gpt-4o-2024-08-06"),
        ("openai", "gpt-5.6", "gpt-5.6-sol"),
        ("openai", "gpt-4o-audio-preview", "gpt-4o-audio-preview"),
        ("openai", "ft:gpt-4o-2024-08-06:acme::abc", "ft:gpt-4o-2024-08-06"),
        ("openai", "ft:gpt-4o-2024-08-06", "ft:gpt-4o-2024-08-06"),
        ("anthropic", "claude-opus-4-7-20260416", "claude-opus-4-7"),
        ("azure.ai.inference", "gpt-5-nano-2025-08-07", "gpt-5-nano-2025-08-07"),
        ("azure.ai.inference", "DeepSeek-V3-0324", "deepseek-v3-0324"),
        ("azure.ai.inference", "claude-opus-4-5-20251101", "claude-opus-4-5"),
        ("gcp.vertex_ai", "google/gemini-2.5-flash", "gemini-2.5-flash"),
        ("anthropic", "claude-opus-4-7@20260416", "claude-opus-4-7"),
        ("anthropic", "claude-3-5-sonnet-20241022", "claude-3-5-sonnet"),
    ],
)
def test_a_documented_name_finds_its_model(
    table: RateTable, provider: str, name: str, model: str
) -> None:
    assert found(table, provider, name) == model


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        ("anthropic", "claude-opus-5-7"),
        ("anthropic", "claude-opus-5-5-fast"),
        ("anthropic", "claude-opus"),
        ("anthropic", "openai/gpt-6-sol"),
        ("anthropic", "gpt-6-sol"),
        ("openai", "gpt-4o-2027-01-01"),
        ("openai", "gpt-4o-2026-01-01"),
        ("openai", "gpt-6-sol-2026-13-01"),
        ("openai", "gpt-6-sol-2027-01-01"),
        ("openai", "gpt-6-sol-20260922"),
        ("openai", "gpt-6-sol-2026-09-22-2026-09-22"),
        ("openai", "gpt-6"),
        ("openai", "GPT-6-sol"),
        ("openai", "ft:gpt-6-sol:acme::abc"),
        ("openai", "gpt-6-sol-{yyyy-mm-dd}"),
        ("openai", ""),
        ("openai", "arn:aws:bedrock:us-east-1:1:application-inference-profile/abcd"),
    ],
)
def test_a_name_that_nobody_documented_finds_nothing(
    table: RateTable, provider: str, name: str
) -> None:
    assert found(table, provider, name) == UnpricedReason.UNKNOWN_MODEL.value


def test_an_unknown_provider_has_its_own_reason(table: RateTable) -> None:
    assert found(table, "llm.corp.example", "gpt-6-sol") == "unknown_provider"


def test_an_alias_follows_its_dated_pointers(table: RateTable) -> None:
    assert found(table, "openai", "gpt-4o", datetime(2024, 5, 12, tzinfo=UTC)) == "before_history"
    assert (
        found(table, "openai", "gpt-4o", datetime(2024, 10, 1, tzinfo=UTC)) == "gpt-4o-2024-05-13"
    )
    assert (
        found(table, "openai", "gpt-4o", datetime(2024, 10, 2, tzinfo=UTC)) == "gpt-4o-2024-08-06"
    )


def test_a_row_holds_from_its_first_second_until_the_next_row(table: RateTable) -> None:
    cut = datetime(2026, 7, 30, tzinfo=UTC)
    before = table.lookup("openai", "gpt-5.6-luna", datetime(2026, 7, 29, 23, 59, 59, tzinfo=UTC))
    after = table.lookup("openai", "gpt-5.6-luna", cut)
    assert isinstance(before, ModelRates)
    assert isinstance(after, ModelRates)
    assert (before.effective_until, after.effective_from, after.effective_until) == (cut, cut, None)


def test_before_the_first_row_nothing_is_known(table: RateTable) -> None:
    early = table.lookup("openai", "gpt-5.6-luna", datetime(2026, 6, 25, tzinfo=UTC))
    assert isinstance(early, Unpriced)
    assert early.reason is UnpricedReason.BEFORE_HISTORY
    assert "2026-06-26" in early.detail


def test_a_time_without_zone_is_a_programming_error(table: RateTable) -> None:
    with pytest.raises(TypeError):
        table.lookup("openai", "gpt-6-sol", datetime(2026, 11, 10))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a-2026-09-22", ("a-{yyyy-mm-dd}", date(2026, 9, 22))),
        ("a-20260922-v1:0", ("a-{yyyymmdd}-v1:0", date(2026, 9, 22))),
        ("a-20261322", None),
        ("a-120260922", None),
        ("a", None),
    ],
)
def test_a_date_in_a_name_becomes_a_placeholder(
    name: str, expected: tuple[str, date] | None
) -> None:
    assert templated(name) == expected


@pytest.mark.parametrize(
    ("normaliser", "name", "plain"),
    [
        ("publisher-path", "publishers/meta/models/llama-4", "meta/llama-4"),
        ("publisher-path", "projects/p/locations/l/publishers/meta/models/llama-4", "meta/llama-4"),
        (
            "publisher-path",
            "my/publishers/meta/models/llama-4",
            "my/publishers/meta/models/llama-4",
        ),
        ("resource-path", "anthropic/claude-opus-5", "claude-opus-5"),
        ("resource-path", "models/gemini-4", "gemini-4"),
        ("resource-path", "publishers/google/models/gemini-4", "gemini-4"),
        ("resource-path", "projects/p/locations/l/publishers/google/models/gemini-4", "gemini-4"),
        ("resource-path", "google/gemini-4", "gemini-4"),
        ("resource-path", "meta/llama-4", "meta/llama-4"),
        ("resource-path", "my/models/gemini-4", "my/models/gemini-4"),
        ("vendor-prefix", "acme/m", "m"),
        ("vendor-prefix", "other/m", "other/m"),
        ("fine-tune", "ft:m:org:label:id", "ft:m"),
        ("fine-tune", "m:free", "m:free"),
        ("bedrock-arn", "arn:aws:bedrock:us-east-1::foundation-model/a.m-v1:0", "a.m-v1:0"),
        ("bedrock-arn", "arn:aws:bedrock:eu-west-1:1:inference-profile/eu.a.m", "eu.a.m"),
        (
            "bedrock-arn",
            "arn:aws:bedrock:eu-west-1:1:application-inference-profile/xyz",
            "arn:aws:bedrock:eu-west-1:1:application-inference-profile/xyz",
        ),
    ],
)
def test_a_normaliser_undoes_one_documented_decoration(
    normaliser: str, name: str, plain: str
) -> None:
    assert NORMALISERS[normaliser]("acme", name) == plain


def test_a_provider_may_have_several_names(table_of: Callable[[str], RateTable]) -> None:
    table = table_of("""
names = ["acme.cloud"]
[[model]]
id = "m"
  [[model.rates]]
  from = 2026-01-01T00:00:00Z
  input = 1
""")
    assert found(table, "acme.cloud", "m") == found(table, "acme", "m") == "m"
