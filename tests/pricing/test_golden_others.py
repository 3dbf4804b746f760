"""Calls to the other providers, priced by hand: each expected amount is derived here from a published rate.

One or two calls a rule that is the provider's own: clocks, inclusive bounds, regions, moving names, fees.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from spantally_pricing import Cost, Unpriced, Usage
from support.golden import BATCH, FLEX, LATE, NOV, PRIORITY, Golden, check
from support.usages import kcall, mtok

if TYPE_CHECKING:
    from spantally_pricing import RateTable


def counts(prompt: int, answer: int, **more: int) -> dict[str, int]:
    return {"input_tokens": prompt, "output_tokens": answer, **more}


def plain(model: str, at: str, low: str, high: str, **context: str) -> Golden:
    """10,000 tokens in at `low` and 1,000 out at `high`."""
    usd = mtok(10_000, low) + mtok(1_000, high)
    return Golden(model, at, counts(10_000, 1_000), context, usd)


def storage(token_hours: int) -> dict[str, int]:
    return {"cache_storage_token_hours": token_hours}


GOVCLOUD = {"data_residency": "us-gov-west-1"}

GOLDEN = {
    # https://ai.google.dev/gemini-api/docs/pricing
    "gcp.gemini": [
        plain("gemini-2.5-flash", NOV, "0.30", "2.50"),
        plain("models/gemini-2.5-flash", NOV, "0.54", "4.50", **PRIORITY),
        plain("gemini-3.1-pro-preview", NOV, "1", "6", **FLEX),
        plain("gemini-4-argon", "2026-11-30T23:59:59Z", "2", "10"),
        plain("gemini-4-argon", "2026-12-01T00:00:00Z", "4", "20"),
        plain("gemini-4-argon", "2026-12-01T00:00:00Z", "7.20", "36", **PRIORITY),
        plain("gemini-3.8-flash", "2027-01-01T00:00:00Z", "0.75", "3.75", **BATCH),
        Golden("gemini-3.1-pro-preview", NOV, storage(200_000), {}, mtok(200_000, "4.50")),
        Golden("gemini-3-flash-preview", NOV, storage(200_000), BATCH, mtok(200_000, "1")),
        Golden(
            "gemini-3.8-flash", "2026-12-31T23:59:59Z", storage(200_000), {}, mtok(200_000, "0.50")
        ),
        Golden(
            "gemini-3.8-flash", "2027-01-01T00:00:00Z", storage(200_000), {}, mtok(200_000, "1")
        ),
        plain("gemini-2.0-flash-001", "2026-05-20T12:00:00Z", "0.05", "0.20", **BATCH),
        plain("gemini-2.0-flash-lite", "2026-05-20T12:00:00Z", "0.0375", "0.15", **BATCH),
        Golden(
            "gemini-2.0-flash", "2026-05-20T12:00:00Z", storage(200_000), {}, mtok(200_000, "1")
        ),
        *(
            Golden(model, at, {"video_seconds": 8}, {"video_resolution": size}, 8 * Decimal(rate))
            for model, at, size, rate in (
                ("veo-3.1-fast-generate-preview", "2026-04-06T23:59:59Z", "1080p", "0.15"),
                ("veo-3.1-fast-generate-preview", "2026-04-06T23:59:59Z", "4k", "0.35"),
                ("veo-3.1-fast-generate-preview", "2026-04-07T00:00:00Z", "1080p", "0.12"),
                ("veo-3.1-fast-generate-preview", "2026-04-07T00:00:00Z", "4k", "0.30"),
                ("veo-3.0-generate-001", "2026-05-20T12:00:00Z", "720p", "0.40"),
                ("veo-3.0-fast-generate-001", "2026-05-20T12:00:00Z", "720p", "0.15"),
                ("veo-2.0-generate-001", "2026-05-20T12:00:00Z", "720p", "0.35"),
            )
        ),
        plain("gemini-4-hydrogen", LATE, "1.50", "7.50"),
        plain("gemini-4-hydrogen", LATE, "0.75", "3.75", **FLEX),
        plain("gemini-4-neon", LATE, "5.40", "27", **PRIORITY),
        plain("gemini-4-carbon", "2026-11-30T23:59:59Z", "2", "10"),
        plain("gemini-4-carbon", "2026-12-01T00:00:00Z", "2", "10", **BATCH),
        Golden(
            "gemini-4-argon",
            "2026-12-01T00:00:00Z",
            counts(1_000, 10, cache_read_tokens=400, maps_searches=2),
            {},
            mtok(600, "4") + mtok(400, "0.20") + mtok(10, "20") + kcall(2, "14"),
        ),
        plain("gemini-2.5-flash-lite-preview-09-2025", NOV, "0.10", "0.40"),
        plain("gemini-1.5-flash-8b-001", "2025-09-01T00:00:00Z", "0.0375", "0.15"),
        Golden("imagen-4.0-ultra-generate-001", NOV, {"images": 3}, {}, kcall(3, "60")),
        Golden(
            "gemini-2.5-pro",
            NOV,
            counts(200_001, 100, cache_read_tokens=200_000),
            PRIORITY,
            mtok(1, "4.50") + mtok(200_000, "0.45") + mtok(100, "27"),
        ),
        Golden(
            "gemini-2.5-pro",
            NOV,
            counts(20_000, 0, cache_read_tokens=10_000),
            BATCH,
            mtok(10_000, "0.625") + mtok(10_000, "0.125"),
        ),
        Golden(
            "gemini-2.5-pro",
            "2025-09-05T18:00:00Z",
            counts(20_000, 0, cache_read_tokens=10_000),
            {},
            mtok(10_000, "1.25") + mtok(10_000, "0.3125"),
        ),
        Golden(
            "gemini-2.5-flash",
            NOV,
            counts(1_000, 10, input_audio_tokens=400, input_image_tokens=300, web_searches=1),
            {},
            mtok(400, "1") + mtok(600, "0.30") + mtok(10, "2.50") + kcall(1, "35"),
        ),
    ],
    # https://cloud.google.com/vertex-ai/generative-ai/pricing: +10 % in a region, for Claude since 4.5
    "gcp.vertex_ai": [
        plain("claude-opus-5-5@20260922", NOV, "4", "20"),
        plain("claude-opus-5-5", NOV, "4.40", "22", data_residency="us-east5"),
        plain(
            "publishers/anthropic/models/claude-opus-5-5", NOV, "4.40", "22", data_residency="eu"
        ),
        plain("claude-3-opus", NOV, "15", "75", data_residency="us-east5"),
        plain("claude-fable-5-2", NOV, "8.80", "44", data_residency="europe-west1"),
        plain("gemini-4-hydrogen", LATE, "1.65", "8.25", data_residency="us-central1"),
        plain("gemini-3.1-flash-image", LATE, "0.90", "5.40", **PRIORITY),
        Golden(
            "gemini-2.5-flash",
            LATE,
            counts(300_000, 0, input_audio_tokens=1_000),
            {},
            mtok(299_000, "0.30") + mtok(1_000, "1"),
        ),
        Golden(
            "gemini-2.5-flash-lite",
            LATE,
            counts(1_000, 0, input_audio_tokens=1_000),
            FLEX,
            mtok(1_000, "0.15"),
        ),
        plain("gemini-2.5-flash", NOV, "0.54", "4.50", service_tier="ON_DEMAND_PRIORITY"),
        Golden(
            "gemini-2.5-flash",
            NOV,
            counts(
                1_000, 0, input_audio_tokens=600, cache_read_tokens=500, cache_read_audio_tokens=500
            ),
            PRIORITY,
            mtok(400, "0.54") + mtok(100, "1.80") + mtok(500, "0.18"),
        ),
        Golden(
            "gemini-3.5-flash",
            NOV,
            counts(
                1_000, 0, input_audio_tokens=600, cache_read_tokens=500, cache_read_audio_tokens=500
            ),
            {},
            mtok(500, "1.50") + mtok(500, "0.15"),
        ),
        plain("gemini-2.5-flash", NOV, "0.30", "2.50", service_tier="ON_DEMAND"),
    ],
    # https://aws.amazon.com/bedrock/pricing/: +10 % in a region or geography, +20 % in GovCloud
    "aws.bedrock": [
        plain("global.anthropic.claude-sonnet-5-5", NOV, "2", "10"),
        plain("anthropic.claude-sonnet-5-5", NOV, "2.20", "11"),
        plain("jp.anthropic.claude-sonnet-5-5", NOV, "2.20", "11"),
        plain("us-gov.anthropic.claude-sonnet-5-5", NOV, "2.40", "12"),
        plain("us-gov.anthropic.claude-sonnet-5-5", LATE, "2.40", "12", **GOVCLOUD),
        plain("anthropic.claude-sonnet-5-5", LATE, "2.40", "12", **GOVCLOUD),
        plain("amazon.nova-pro-v1:0", LATE, "0.48", "1.92", **GOVCLOUD, **FLEX),
        plain("meta.llama3-70b-instruct-v1:0", LATE, "2.65", "3.50"),
        plain("meta.llama3-70b-instruct-v1:0", LATE, "3.45", "4.55", region="eu-west-2"),
        plain("deepseek.v3.2", LATE, "0.74", "2.22", region="ap-northeast-1"),
        plain("anthropic.claude-opus-5-5", LATE, "4.40", "22", region="eu-west-2"),
        Golden("openai.gpt-5.6-terra", LATE, counts(300_000, 0), GOVCLOUD, mtok(300_000, "5.28")),
        plain(
            "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-5-5",
            NOV,
            "4.40",
            "22",
        ),
        plain("us.anthropic.claude-opus-5", LATE, "2.75", "13.75", **BATCH),
        plain("us.moonshotai.kimi-k3.1", LATE, "4.40", "22"),
        plain("global.moonshotai.kimi-k3.1", LATE, "7", "35", **PRIORITY),
        plain("us-gov.xai.grok-4.7", LATE, "1.32", "3.96", **FLEX),
        plain("amazon.nova-pro-v1:0", NOV, "0.40", "1.60", **FLEX),
        Golden(
            "us.amazon.nova-micro-v1:0",
            NOV,
            counts(9_000, 0, cache_write_tokens=9_000),
            {},
            Decimal(0),
        ),
        Golden(  # written tokens cost nothing, and are no ordinary input
            "eu.amazon.nova-pro-v1:0",
            NOV,
            counts(9_000, 100, cache_write_tokens=5_000, cache_read_tokens=3_000),
            {},
            mtok(1_000, "1.05") + mtok(3_000, "0.2625") + mtok(100, "4.20"),
        ),
        plain("amazon.nova-pro-v1:0", NOV, "1.40", "5.60", **PRIORITY),
        Golden(
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            NOV,
            counts(200_001, 0),
            {},
            mtok(200_001, "6.60"),
        ),
    ],
    # https://azure.microsoft.com/pricing: a data zone costs 10 % more
    "azure.ai.openai": [
        plain("gpt-4o-2024-08-06", NOV, "2.50", "10"),
        plain("gpt-4o-2024-08-06", NOV, "2.75", "11", data_residency="eu"),
        plain("us/gpt-4o-2024-08-06", NOV, "2.75", "11"),
        plain("gpt-6-astra", LATE, "5", "25", **FLEX),
        plain("gpt-6-sol-2026-09-22", LATE, "4", "20", **PRIORITY),
    ],
    # https://docs.mistral.ai/inference/pricing
    "mistral_ai": [
        plain("mistral-large-latest", "2025-11-30T00:00:00Z", "2", "6"),
        plain("mistral-large-latest", NOV, "0.50", "1.50"),
        plain("magistral-medium-2509", NOV, "2", "5"),
        plain("mistral-medium-latest", "2026-06-15T23:59:59Z", "0.20", "1", **BATCH),
        plain("mistral-small-latest", "2026-03-15T23:59:59Z", "0.05", "0.15", **BATCH),
        plain("mistral-large-latest", NOV, "0.25", "0.75", **BATCH),
        Golden("mistral-ocr-2505", NOV, {"pages": 4}, BATCH, kcall(2, "1")),
        plain("magistral-small-2507", NOV, "0.50", "1.50"),
        plain("mistral-medium-latest", "2026-06-15T23:59:59Z", "0.40", "2"),
        plain("mistral-medium-latest", "2026-06-16T00:00:00Z", "1.50", "7.50"),
        plain("mistral-large-4", "2026-10-20T00:00:00Z", "1.36", "4.18"),
        plain("mistral-large-4", "2026-10-29T00:00:00Z", "0.35", "1.05", **BATCH),
        Golden("mistral-ocr-latest", NOV, {"pages": 3}, {}, kcall(3, "4")),
    ],
    # https://api-docs.deepseek.com/quick_start/pricing
    "deepseek": [
        plain("deepseek-v4-pro", "2026-11-10T00:59:59Z", "0.66", "1.98"),
        plain("deepseek-v4-pro", "2026-11-10T01:00:00Z", "1.32", "3.96"),
        plain("deepseek-v4-pro", "2026-11-10T04:00:00Z", "0.66", "1.98"),
        plain("deepseek-v4-pro", "2026-11-14T02:00:00Z", "0.66", "1.98"),  # a Saturday
        plain("deepseek-v4-pro", "2026-10-01T02:00:00Z", "0.66", "1.98"),  # National Day
        plain("deepseek-v4-pro", "2026-08-22T02:00:00Z", "1.32", "3.96"),  # the last peak Saturday
        plain("deepseek-v4-pro", "2026-08-23T02:00:00Z", "0.66", "1.98"),
        plain("deepseek-v4-flash", "2026-09-10T03:59:59Z", "0.44", "1.32"),
        plain("deepseek-v4-flash", "2026-09-10T04:00:00Z", "0.15", "0.60"),
        plain("deepseek-chat", "2026-07-01T12:00:00Z", "0.14", "0.28"),
        plain("deepseek-chat", "2025-10-01T12:00:00Z", "0.28", "0.42"),
        plain("deepseek-reasoner", "2025-06-01T17:00:00Z", "0.135", "0.55"),
        plain("deepseek-reasoner", "2025-06-01T12:00:00Z", "0.55", "2.19"),
    ],
    # https://docs.x.ai/developers/pricing: long context from 200,000 on, batch at 0.8, the US endpoint at 1.1
    "x_ai": [
        Golden("grok-4.7", NOV, counts(199_999, 0), {}, mtok(199_999, "2")),
        Golden("grok-4.7", NOV, counts(200_000, 0), {}, mtok(200_000, "4")),
        plain("grok-4.3", NOV, "1", "2", **BATCH),
        plain("grok-4.3", NOV, "1.375", "2.75", data_residency="us"),
        plain("grok-4.20", "2026-04-29T12:00:00Z", "2", "6"),
        plain("grok-4.20", "2026-04-30T00:00:00Z", "1.25", "2.50"),
    ],
    # https://groq.com/pricing
    "groq": [
        plain("openai/gpt-oss-120b", "2025-09-05T18:00:00Z", "0.15", "0.75"),
        plain("openai/gpt-oss-120b", NOV, "0.15", "0.60", **FLEX),
        Golden(
            "openai/gpt-oss-20b",
            NOV,
            counts(1_000, 0, cache_read_tokens=600),
            BATCH,
            mtok(1_000, "0.0375"),
        ),
        plain("llama-3.3-70b-versatile", NOV, "0.59", "0.79"),
    ],
    # https://docs.perplexity.ai/getting-started/pricing: a fee a request, by how much is searched
    "perplexity": [
        Golden("sonar", NOV, counts(1_000, 0, requests=1), {}, mtok(1_000, "1") + kcall(1, "5")),
        Golden(
            "sonar-pro",
            NOV,
            counts(1_000, 0, requests=1),
            {"search_context_size": "high"},
            mtok(1_000, "3") + kcall(1, "14"),
        ),
        # others' models cost what they cost at their vendors; a long prompt that was mostly cached
        Golden(
            "openai/gpt-5.5",
            NOV,
            counts(300_000, 0, cache_read_tokens=299_000),
            {},
            mtok(1_000, "10") + mtok(299_000, "1"),
        ),
        Golden(
            "openai/gpt-6-astra",
            LATE,
            counts(300_000, 10, cache_write_tokens=299_000),
            {},
            mtok(1_000, "20") + mtok(299_000, "25") + mtok(10, "75"),
        ),
    ],
    # the providers' own price pages
    "cohere": [Golden("rerank-v3.5", NOV, {"rerank_searches": 2}, {}, kcall(2, "2"))],
    "voyage": [Golden("voyage-3.5", NOV, {"input_tokens": 1}, {}, mtok(1, "0.06"))],
    "together": [plain("meta-llama/Llama-3.3-70B-Instruct-Turbo", NOV, "0.88", "0.88")],
    "fireworks": [
        plain("accounts/fireworks/models/kimi-k3", NOV, "3", "15"),
        plain("accounts/fireworks/models/ultramarine-1-flash-us", NOV, "0.15", "0.50"),
    ],
    "cerebras": [plain("gpt-oss-120b", NOV, "0.35", "0.75")],
    "moonshot_ai": [plain("kimi-k2.5", NOV, "0.60", "3")],
    "z_ai": [plain("glm-5.3", NOV, "1.40", "4.40")],
    "alibaba": [plain("qwen-flash", NOV, "0.05", "0.40"), plain("qwen4-max", LATE, "1.50", "4.50")],
    "openrouter": [plain("openai/gpt-4o-mini", NOV, "0.15", "0.60")],
}


@pytest.mark.parametrize(
    ("provider", "golden"),
    [(provider, each) for provider, listed in GOLDEN.items() for each in listed],
    ids=lambda value: value if isinstance(value, str) else f"{value.model} {value.at}",
)
def test_a_published_price_is_met_exactly(table: RateTable, provider: str, golden: Golden) -> None:
    check(table, provider, golden)


@pytest.mark.parametrize(
    ("other", "provider", "model"),
    [
        ("google", "gcp.gemini", "gemini-2.5-pro"),
        ("bedrock", "aws.bedrock", "amazon.nova-pro-v1:0"),
        ("azure", "azure.ai.openai", "gpt-4o"),
        ("mistral", "mistral_ai", "mistral-large-2512"),
        ("xai", "x_ai", "grok-4.7"),
        ("vertex_ai", "gcp.vertex_ai", "claude-opus-5-5"),
    ],
)
def test_a_provider_is_known_by_its_other_names(
    table: RateTable, other: str, provider: str, model: str
) -> None:
    at = datetime.fromisoformat(NOV)
    assert table.lookup(other, model, at) is table.lookup(provider, model, at)


@pytest.mark.parametrize(
    ("provider", "model", "context"),
    [
        ("aws.bedrock", "us.amazon.nova-pro-v9:0", {}),
        ("aws.bedrock", "mx.anthropic.claude-opus-5-5", {}),
        ("azure.ai.openai", "my-prod-deployment", {}),
        ("gcp.gemini", "gemini-2.5-pro-ultra", {}),
        ("x_ai", "grok-4.7", {"service_tier": "priority"}),
        ("gcp.vertex_ai", "claude-opus-5-5", {"data_residency": "moon-base1"}),
        ("perplexity", "sonar", {"search_context_size": "huge"}),
    ],
)
def test_what_no_row_says_is_unpriced(
    table: RateTable, provider: str, model: str, context: dict[str, str]
) -> None:
    usage = Usage({"input_tokens": 1_000, "output_tokens": 10})
    at = datetime.fromisoformat(NOV)
    cost = table.price(usage, provider=provider, model=model, at=at, context=context)
    assert isinstance(cost, Unpriced)


def test_gemma_is_free_which_is_not_unpriced(table: RateTable) -> None:
    usage = Usage({"input_tokens": 1_000, "output_tokens": 10})
    at = datetime.fromisoformat(NOV)
    cost = table.price(usage, provider="gcp.gemini", model="gemma-4-31b-it", at=at)
    assert isinstance(cost, Cost)
    assert (cost.amount, cost.missing) == (0, ())
