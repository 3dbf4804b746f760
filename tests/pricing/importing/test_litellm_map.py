"""LiteLLM's flat keys become cards: meter, retention, prompt size and tier taken apart, nothing rounded."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from spantally_pricing.importing.litellm_map import models_of
from spantally_pricing.importing.origins import Origin
from spantally_pricing.importing.regions import (
    GOVCLOUD,
    data_zone_uplifts,
    regional,
    regional_uplifts,
    with_regions,
)

if TYPE_CHECKING:
    from spantally_pricing.document import RowDoc

ACME = Origin("https://acme.example", litellm=("acme",), prefixes=("acme/",))


def read(text: str) -> dict[str, dict[str, object]]:
    return json.loads(text, parse_float=Decimal)


def row_of(entry: str, origin: Origin = ACME) -> RowDoc:
    price_map = read(f'{{"acme/m": {{"litellm_provider": "acme", "mode": "chat", {entry}}}}}')
    (doc,), skipped = models_of(price_map, origin)
    assert not skipped
    assert doc["id"] == "m"
    return doc["rows"][0]


def test_a_rate_a_token_becomes_an_exact_rate_a_million() -> None:
    row = row_of(
        '"input_cost_per_token": 4.35e-07, "output_cost_per_token": 8.7e-7,'
        '"cache_creation_input_token_cost_above_1hr": 1e-06, "cache_read_input_token_cost": 3.625e-9'
    )
    assert row["card"]["rates"] == {
        "input": "0.435",
        "output": "0.87",
        "cache_write_1h": "1",
        "cache_read": "0.003625",
    }


@pytest.mark.parametrize(("inclusive", "at_least"), [(False, 200_001), (True, 200_000)])
def test_a_long_context_rate_begins_above_its_bound_or_at_it(
    inclusive: bool, at_least: int
) -> None:
    origin = Origin(
        "https://acme.example", litellm=("acme",), prefixes=("acme/",), inclusive=inclusive
    )
    row = row_of(
        '"input_cost_per_token": 2e-6, "input_cost_per_token_above_200k_tokens": 4e-6,'
        '"input_cost_per_image_token": 2e-6',
        origin,
    )
    (tier,) = row["card"]["tiers"]
    assert tier == {"at_least": at_least, "rates": {"input": "4", "input_image": "4"}}


def test_a_tier_that_is_said_for_text_alone_takes_images_with_it_and_leaves_the_cache() -> None:
    row = row_of(
        '"input_cost_per_token": 2e-6, "input_cost_per_token_flex": 1e-6,'
        '"input_cost_per_image_token": 4e-6, "cache_read_input_token_cost": 2e-7'
    )
    (flex,) = row["variants"]
    assert flex["when"] == {"service_tier": ["flex"]}
    assert flex["card"] is not None
    assert flex["card"]["rates"] == {"input": "1", "input_image": "2", "cache_read": "0.2"}
    assert "not said for every tier: cache_read, input_image" in row["note"]


def test_long_context_under_a_tier_is_what_is_said_or_follows_the_ratio() -> None:
    row = row_of(
        '"input_cost_per_token": 2e-6, "input_cost_per_token_above_272k_tokens": 4e-6,'
        '"input_cost_per_token_batches": 1e-6, "input_cost_per_token_priority": 4e-6,'
        '"input_cost_per_token_above_272k_tokens_priority": 9e-6'
    )
    cards = {str(each["when"]): each["card"] for each in row["variants"]}
    long = {when: card["tiers"][0]["rates"]["input"] for when, card in cards.items() if card}
    assert long == {"{'processing': ['batch']}": "2", "{'service_tier': ['priority']}": "9"}


def test_a_tier_of_which_only_long_prompts_are_said_is_unknown_and_not_at_the_ordinary_price() -> (
    None
):
    row = row_of(
        '"input_cost_per_token": 1e-6, "input_cost_per_token_above_272k_tokens": 2e-6,'
        '"input_cost_per_token_above_272k_tokens_flex": 1e-6'
    )
    assert row["variants"] == []


def test_a_price_that_audio_or_images_alone_have_is_none_of_a_long_prompt_or_a_tier() -> None:
    row = row_of(
        '"input_cost_per_token": 3e-7, "input_cost_per_audio_token": 1e-6,'
        '"input_cost_per_audio_token_above_200k_tokens": 3e-7,'
        '"output_cost_per_image_token": 6e-5, "output_cost_per_image_token_priority": 1.08e-4,'
        '"output_cost_per_token": 2.5e-6'
    )
    assert (row["card"]["tiers"], row["variants"]) == ([], [])


def test_ranges_of_prompt_sizes_are_whole_request_tiers() -> None:
    row = row_of(
        '"tiered_pricing": [{"input_cost_per_token": 1e-6, "range": [0, 32000.0]},'
        '{"input_cost_per_token": 3e-6, "range": [32000.0, 128000.0]}]'
    )
    assert row["card"] == {
        "rates": {"input": "1"},
        "tiers": [{"at_least": 32_001, "rates": {"input": "3"}}],
    }


def test_a_search_fee_by_size_is_a_request_fee_and_an_even_one_a_fee_a_search() -> None:
    sizes = '"search_context_size_low": {}, "search_context_size_medium": {}, "search_context_size_high": {}'
    uneven = sizes.format(0.005, 0.008, 0.012)
    even = sizes.format(0.01, 0.01, 0.01)
    row = row_of(f'"input_cost_per_token": 1e-6, "search_context_cost_per_query": {{{uneven}}}')
    assert row["card"]["rates"] == {"input": "1", "request": "5"}
    fees = {
        v["when"]["search_context_size"][0]: v["card"]["rates"]["request"]
        for v in row["variants"]
        if v["card"]
    }
    assert fees == {"medium": "8", "high": "12"}
    row = row_of(f'"input_cost_per_token": 1e-6, "search_context_cost_per_query": {{{even}}}')
    assert row["card"]["rates"] == {"input": "1", "web_search": "10"}


@pytest.mark.parametrize(
    ("mode", "entry", "rates"),
    [
        ("image_generation", '"output_cost_per_image": 0.04', {"image": "40"}),
        ("image_generation", '"input_cost_per_image": 0.02', {"image": "20"}),
        (
            "image_generation",
            '"output_cost_per_image": 0.04, "output_cost_per_image_token": 3e-5',
            {"output_image": "30"},
        ),
        ("embedding", '"input_cost_per_image": 1e-4', {"input_image_each": "0.1"}),
        ("embedding", '"input_cost_per_video_per_second": 7e-4', {"input_video_second": "0.0007"}),
        ("embedding", '"input_cost_per_audio_per_second": 1.4e-4', {"audio_hour": "0.504"}),
        ("video_generation", '"output_cost_per_video_per_second": 0.1', {"video_second": "0.1"}),
        ("video_generation", '"output_cost_per_second": 0.4', {"video_second": "0.4"}),
        ("audio_transcription", '"input_cost_per_second": 3.083e-05', {"audio_hour": "0.111"}),
        ("audio_speech", '"input_cost_per_character": 1.5e-05', {"input_character": "15"}),
        ("rerank", '"input_cost_per_query": 0.002', {"rerank_search": "2"}),
        (
            "ocr",
            '"ocr_cost_per_page": 0.002, "annotation_cost_per_page": 0.003',
            {"page": "2", "annotated_page": "3"},
        ),
        (
            "guardrail",
            '"guardrail_cost_per_unit": {"topicPolicyUnits": 0.00015, "wordPolicyUnits": 0.0}',
            {"guardrail_topic": "0.15"},
        ),
        (
            "chat",
            '"input_cost_per_token": 5e-07, "input_cost_per_video_per_second": 3e-06',
            {"input": "0.5"},
        ),
    ],
)
def test_what_is_not_a_token_has_the_meter_that_fits_the_kind_of_model(
    mode: str, entry: str, rates: dict[str, str]
) -> None:
    price_map = read(f'{{"acme/m": {{"litellm_provider": "acme", "mode": "{mode}", {entry}}}}}')
    (doc,), _ = models_of(price_map, ACME)
    assert doc["rows"][0]["card"]["rates"] == rates


def test_seconds_of_video_cost_by_resolution_and_the_usual_ones_are_said_even_at_the_base_price() -> (
    None
):
    price_map = read(
        '{"acme/m": {"litellm_provider": "acme", "mode": "video_generation",'
        '"output_cost_per_second": 0.4, "output_cost_per_second_4k": 0.6}}'
    )
    (doc,), _ = models_of(price_map, ACME)
    prices = {
        size: each["card"]["rates"]["video_second"]
        for each in doc["rows"][0]["variants"]
        if each["card"]
        for size in each["when"]["video_resolution"]
    }
    assert prices == {"720p": "0.4", "1080p": "0.4", "4k": "0.6"}


def test_off_peak_hours_are_windows_of_weekdays() -> None:
    row = row_of(
        '"input_cost_per_token": 4e-6, "off_peak_pricing": {"input_cost_per_token": 2e-6, "windows": ['
        '{"hours_utc": ["00:00-01:00", "10:00-00:00"], "weekdays": [1, 5]},'
        '{"hours_utc": "00:00-00:00", "weekdays": [6, 7]}]}'
    )
    assert [(w["days"], w["utc"]) for w in row["windows"]] == [
        ([0, 4], [[0, 60], [600, 1440]]),
        ([5, 6], [[0, 1440]]),
    ]
    assert {w["card"]["rates"]["input"] for w in row["windows"]} == {"2"}


@pytest.mark.parametrize(
    ("source", "page"),
    [
        ("https://acme.example/prices", "https://acme.example/prices"),
        ("https://management.azure.com/subscriptions/1/providers/acme", ""),
        ("a colleague", ""),
    ],
)
def test_a_source_is_kept_if_it_is_a_page_that_anyone_can_open(source: str, page: str) -> None:
    assert row_of(f'"input_cost_per_token": 1e-6, "source": "{source}"')["source"] == page


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ('"input_cost_per_token": 0, "output_cost_per_token": 0.0', "every rate is 0"),
        ('"output_cost_per_second": 0.4', "no rate that we have a meter for"),
        ('"input_cost_per_token": 1', "out of bounds: input"),
    ],
)
def test_what_cannot_be_a_row_is_reported_and_never_free(entry: str, why: str) -> None:
    docs, skipped = models_of(read(f'{{"m": {{"litellm_provider": "acme", {entry}}}}}'), ACME)
    assert not docs
    assert skipped[0].why.startswith(why)


def test_a_zero_beside_real_rates_is_no_rate() -> None:
    row = row_of('"input_cost_per_token": 1e-6, "output_cost_per_token": 0.0')
    assert row["card"]["rates"] == {"input": "1"}


def test_embeddings_have_no_output_rate_and_a_region_in_the_key_is_no_id() -> None:
    price_map = read(
        '{"acme/e": {"litellm_provider": "acme", "mode": "embedding", "input_cost_per_token": 1e-7,'
        ' "output_cost_per_token": 0}, "acme/us-east-1/e": {"litellm_provider": "acme",'
        ' "input_cost_per_token": 1e-6}, "e": {"litellm_provider": "other", "input_cost_per_token": 9e-6}}'
    )
    (doc,), _ = models_of(price_map, ACME)
    assert (doc["id"], doc["rows"][0]["card"]["rates"]) == ("e", {"input": "0.1"})


def test_a_regional_endpoint_multiplies_the_models_that_the_map_says() -> None:
    price_map = read(
        '{"acme/a": {"litellm_provider": "acme", "regional_endpoint_uplift_multiplier": 1.1},'
        ' "acme/b": {"litellm_provider": "acme"}}'
    )
    modifiers = regional(regional_uplifts(price_map, ACME), ["a", "b"], ["us"])
    assert {m["factor"]: m["models"] for m in modifiers} == {"1.1": ["a"], "1": ["b"]}


def test_a_data_zone_is_read_off_the_prices_that_stand_side_by_side() -> None:
    price_map = read(
        '{"acme/a": {"litellm_provider": "acme",'
        ' "input_cost_per_token": 2.5e-6, "output_cost_per_token": 1e-5},'
        ' "acme/us/a": {"litellm_provider": "acme",'
        ' "input_cost_per_token": 2.75e-6, "output_cost_per_token": 1.1e-5},'
        ' "acme/b": {"litellm_provider": "acme", "input_cost_per_token": 1e-6}}'
    )
    assert data_zone_uplifts(models_of(price_map, ACME)[0], "us") == {"a": "1.1"}


def test_a_region_has_variants_with_its_own_prices_where_all_of_a_model_is_priced_there() -> None:
    price_map = read("""{
        "acme/a": {
            "litellm_provider": "acme", "input_cost_per_token": 1.1e-6, "output_cost_per_token": 2.2e-6
        },
        "acme/b": {
            "litellm_provider": "acme", "input_cost_per_token": 1e-6, "cache_read_input_token_cost": 1e-7
        },
        "acme/us-gov.a": {"litellm_provider": "acme", "input_cost_per_token": 1.2e-6},
        "acme/us-gov-west-1/a": {
            "litellm_provider": "acme", "source": "https://acme.example/gov",
            "input_cost_per_token": 1.2e-6, "output_cost_per_token": 2.4e-6,
            "input_cost_per_token_batches": 6e-7, "output_cost_per_token_batches": 1.2e-6
        },
        "acme/us-gov-east-1/a": {
            "litellm_provider": "acme", "input_cost_per_token": 9e-6, "output_cost_per_token": 9e-6
        },
        "acme/us-gov-west-1/b": {
            "litellm_provider": "acme", "source": "https://acme.example/gov", "input_cost_per_token": 1.2e-6
        },
        "acme/eu-west-2/a": {
            "litellm_provider": "acme", "source": "https://acme.example/eu",
            "input_cost_per_token": 1.5e-6, "output_cost_per_token": 3e-6
        },
        "acme/us-east-1/a": {
            "litellm_provider": "acme", "source": "https://acme.example/us",
            "input_cost_per_token": 1.1e-6, "output_cost_per_token": 2.2e-6
        },
        "other/us-gov-west-1/a": {"litellm_provider": "other", "input_cost_per_token": 5e-6}
    }""")
    models = with_regions(models_of(price_map, ACME)[0], price_map, ACME, "2026-01-01T00:00:00Z")
    apart = {
        model["id"]: [
            (each["when"], each["card"]["rates"])
            for each in model["rows"][0]["variants"]
            if each["card"] is not None
        ]
        for model in models
    }
    west = {"data_residency": ["us-gov-west-1"]}
    assert apart == {
        "a": [
            ({"region": ["eu-west-2"]}, {"input": "1.5", "output": "3"}),
            (west, {"input": "1.2", "output": "2.4"}),
            ({"processing": ["batch"], **west}, {"input": "0.6", "output": "1.2"}),
        ],
        "b": [],
        "us-gov.a": [({"data_residency": [place]}, {"input": "1.2"}) for place in GOVCLOUD],
    }
