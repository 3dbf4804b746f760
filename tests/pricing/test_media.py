"""Images, video, speech, pages, guardrails, tools: counted each, priced by what describes them, or named.

Prices as published by OpenAI (platform.openai.com/docs/pricing), Google (ai.google.dev/gemini-api/docs),
AWS (aws.amazon.com/bedrock/pricing), Mistral (docs.mistral.ai/inference/pricing), xAI (docs.x.ai).
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from spantally_pricing import Cost, RateTable, Unpriced, Usage

if TYPE_CHECKING:
    from collections.abc import Callable

AT = datetime(2026, 11, 10, 12, tzinfo=UTC)
DALLE = ("openai", "dall-e-3")
VEO = ("gcp.gemini", "veo-3.1-fast-generate-001")

PRICED: list[tuple[tuple[str, str], dict[str, int], dict[str, str], str]] = [
    (DALLE, {"images": 3}, {}, "0.12"),
    (DALLE, {"images": 3}, {"image_size": "1024x1024", "image_quality": "standard"}, "0.12"),
    (DALLE, {"images": 1}, {"image_size": "1792x1024"}, "0.08"),
    (DALLE, {"images": 1}, {"image_quality": "hd"}, "0.08"),
    (DALLE, {"images": 2}, {"image_size": "1024x1792", "image_quality": "hd"}, "0.24"),
    (("openai", "dall-e-2"), {"images": 10}, {"image_size": "256x256"}, "0.16"),
    (("openai", "sora-2"), {"video_seconds": 8}, {"video_resolution": "1280x720"}, "0.8"),
    (("openai", "sora-2-pro"), {"video_seconds": 4}, {"video_resolution": "1792x1024"}, "2"),
    (("openai", "tts-1"), {"input_characters": 1000}, {}, "0.015"),
    (("openai", "whisper-1"), {"audio_seconds": 60}, {}, "0.006"),
    # 1,000 tokens of text at 0.12 USD a million, and a picture of 1,000 by 1,000 at 0.60 USD a billion.
    (
        ("voyage", "voyage-multimodal-3"),
        {"input_tokens": 1000, "input_pixels": 1_000_000},
        {},
        "0.00072",
    ),
    (("gcp.gemini", "imagen-3.0-generate-001"), {"images": 4}, {"image_size": "2k"}, "0.16"),
    (VEO, {"video_seconds": 8}, {}, "0.8"),
    (VEO, {"video_seconds": 8}, {"video_resolution": "720p"}, "0.8"),
    (VEO, {"video_seconds": 8}, {"video_resolution": "1080p"}, "0.96"),
    (VEO, {"video_seconds": 8}, {"video_resolution": "4k"}, "2.4"),
    (("gcp.gemini", "gemini-3-flash-preview"), {"web_searches": 3}, {}, "0.042"),
    (("gcp.gemini", "gemini-2.5-flash"), {"web_searches": 1}, {}, "0.035"),
    (
        ("aws.bedrock", "amazon.nova-canvas-v1:0"),
        {"images": 1},
        {"image_quality": "premium"},
        "0.06",
    ),
    (("aws.bedrock", "cohere.rerank-v3-5:0"), {"rerank_searches": 3}, {}, "0.006"),
    (
        ("aws.bedrock", "guardrails"),
        {"guardrail_content_units": 2, "guardrail_topic_units": 2, "guardrail_grounding_units": 1},
        {},
        "0.0007",
    ),
    (("mistral_ai", "mistral-ocr-2512"), {"pages": 10, "annotated_pages": 10}, {}, "0.05"),
    (("cohere", "rerank-v3.5"), {"rerank_searches": 1}, {}, "0.002"),
    (("x_ai", "grok-imagine-image-2.0"), {"images": 1}, {"image_quality": "low"}, "0.04"),
    (("x_ai", "grok-imagine-video"), {"video_seconds": 6}, {"video_resolution": "720p"}, "0.42"),
    (
        ("x_ai", "grok-4.5"),
        {
            "input_tokens": 0,
            "web_searches": 1,
            "x_searches": 2,
            "attachment_searches": 1,
            "file_searches": 2,
        },
        {},
        "0.03",
    ),
    (("groq", "groq/compound"), {"web_searches": 1, "web_fetches": 1}, {}, "0.009"),
    (("perplexity", "sonar"), {"requests": 1}, {"search_context_size": "high"}, "0.012"),
    (("azure.ai.inference", "FLUX-1.1-pro"), {"images": 2}, {}, "0.08"),
]


@pytest.mark.parametrize(("model", "counts", "context", "amount"), PRICED)
def test_what_is_not_tokens_has_its_published_price(
    table: RateTable,
    model: tuple[str, str],
    counts: dict[str, int],
    context: dict[str, str],
    amount: str,
) -> None:
    cost = table.price(Usage(counts), provider=model[0], model=model[1], at=AT, context=context)
    assert isinstance(cost, Cost), cost
    assert (cost.amount, cost.missing) == (Decimal(amount), ())


@pytest.mark.parametrize(
    ("model", "counts", "context"),
    [
        (DALLE, {"images": 1}, {"image_size": "640x640"}),
        (VEO, {"video_seconds": 1}, {"video_resolution": "8k"}),
        (VEO, {"video_seconds": 1}, {"video_audio": "off"}),
        (("perplexity", "sonar"), {"requests": 1}, {"search_context_size": "huge"}),
    ],
)
def test_a_size_that_the_model_has_no_price_for_is_unknown_and_not_the_nearest(
    table: RateTable, model: tuple[str, str], counts: dict[str, int], context: dict[str, str]
) -> None:
    cost = table.price(Usage(counts), provider=model[0], model=model[1], at=AT, context=context)
    assert isinstance(cost, Unpriced), cost
    assert cost.reason.value == "unknown_context"


@pytest.mark.parametrize(
    ("model", "meter"),
    [
        (("groq", "groq/compound"), "code_interpreter_calls"),
        (("groq", "groq/compound"), "browser_sessions"),
        (("mistral_ai", "mistral-medium-latest"), "premium_web_searches"),
        (("gcp.gemini", "gemini-2.5-flash"), "video_seconds"),
    ],
)
def test_a_count_without_a_rate_is_named(
    table: RateTable, model: tuple[str, str], meter: str
) -> None:
    cost = table.price(Usage({meter: 2}), provider=model[0], model=model[1], at=AT)
    assert isinstance(cost, Unpriced), cost
    assert (cost.reason.value, meter in cost.detail) == ("no_rate", True)


def test_a_description_matters_only_where_the_price_depends_on_it(
    table_of: Callable[[str], RateTable],
) -> None:
    table = table_of("""
[[model]]
id = "flat"
  [[model.rates]]
  from = 2026-01-01T00:00:00Z
  image = 20
    [[model.rates.variant]]
    when = { processing = "batch" }
    image = 10
""")
    for context, each in (
        ({"image_size": "2048x2048"}, "0.02"),
        ({"image_size": "2048x2048", "image_quality": "hd", "processing": "batch"}, "0.01"),
    ):
        cost = table.price(
            Usage({"images": 1}), provider="acme", model="flat", at=AT, context=context
        )
        assert isinstance(cost, Cost), cost
        assert cost.amount == Decimal(each)
    cost = table.price(
        Usage({"images": 1}), provider="acme", model="flat", at=AT, context={"speed": "fast"}
    )
    assert isinstance(cost, Unpriced)
