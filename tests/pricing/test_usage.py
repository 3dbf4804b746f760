"""Counts are inclusive, immutable and checked; the split shares no token."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spantally_pricing import InvalidUsage, Usage
from spantally_pricing.meters import INPUT, METERS, OUTPUT
from support.usages import usages


def test_a_usage_is_a_mapping_of_what_was_reported() -> None:
    usage = Usage({"input_tokens": 10, "output_tokens": 0})
    assert dict(usage) == {"input_tokens": 10, "output_tokens": 0}
    assert "cache_read_tokens" not in usage
    assert usage == Usage({"output_tokens": 0, "input_tokens": 10})
    assert hash(usage) == hash(Usage({"output_tokens": 0, "input_tokens": 10}))


def test_a_usage_does_not_change() -> None:
    counts = {"input_tokens": 10}
    usage = Usage(counts)
    counts["input_tokens"] = 20
    assert usage["input_tokens"] == 10
    with pytest.raises(AttributeError, match="immutable"):
        usage.portions = ()  # type: ignore[misc]


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({"input_tokens": -1}, "input_tokens is -1"),
        ({"input_tokens": 1.5}, r"input_tokens is 1\.5"),
        ({"input_tokens": True}, "input_tokens is True"),
        ({"input_tokens": None}, "input_tokens is None"),
        ({"cache_read_tokens": 1, "input_tokens": None}, "input_tokens is None"),
        ({"input_tokens": 2**63}, "input_tokens is 9223372036854775808"),
        ({"input_token": 1}, "did you mean input_tokens"),
        ({"zebras": 1}, "unknown meter 'zebras'$"),
        ({"input_tokens": 10, "cache_read_tokens": 11}, "part of input_tokens, which is 10"),
        ({"cache_read_tokens": 1}, "part of input_tokens, which is not reported"),
        (
            {"input_tokens": 10, "cache_read_tokens": 6, "cache_write_tokens": 5},
            "cache_read_tokens 6 [+] cache_write_tokens 5 is more than input_tokens 10",
        ),
        (
            {"input_tokens": 10, "cache_write_tokens": 5, "cache_write_1h_tokens": 6},
            "part of cache_write_tokens, which is 5",
        ),
        (
            {
                "input_tokens": 10,
                "cache_write_tokens": 5,
                "cache_write_1h_tokens": 3,
                "cache_write_12h_tokens": 3,
            },
            "more than cache_write_tokens 5",
        ),
        ({"output_tokens": 5, "reasoning_tokens": 6}, "part of output_tokens, which is 5"),
        (
            {"output_tokens": 5, "reasoning_tokens": 3, "output_audio_tokens": 3},
            "more than output_tokens 5",
        ),
        (
            {"input_tokens": 9, "input_audio_tokens": 5, "input_image_tokens": 5},
            "more than input_tokens 9",
        ),
        (
            {
                "input_tokens": 9,
                "input_audio_tokens": 5,
                "cache_read_tokens": 2,
                "cache_read_audio_tokens": 3,
            },
            "part of cache_read_tokens, which is 2",
        ),
    ],
)
def test_counts_that_contradict_themselves_are_refused(
    counts: dict[str, int], message: str
) -> None:
    with pytest.raises(InvalidUsage, match=message):
        Usage(counts)


@pytest.mark.parametrize(
    ("counts", "portions"),
    [
        ({}, {}),
        ({"input_tokens": 0, "output_tokens": 0}, {}),
        ({"input_tokens": 10, "output_tokens": 3}, {"input_tokens": 10, "output_tokens": 3}),
        (
            {"input_tokens": 100, "cache_read_tokens": 60, "cache_write_tokens": 30},
            {"input_tokens": 10, "cache_read_tokens": 60, "cache_write_tokens": 30},
        ),
        (
            {
                "input_tokens": 100,
                "cache_write_tokens": 30,
                "cache_write_1h_tokens": 20,
                "cache_write_12h_tokens": 10,
            },
            {"input_tokens": 70, "cache_write_1h_tokens": 20, "cache_write_12h_tokens": 10},
        ),
        (
            {"output_tokens": 50, "reasoning_tokens": 20, "output_image_tokens": 30},
            {"reasoning_tokens": 20, "output_image_tokens": 30},
        ),
        (
            {
                "input_tokens": 100,
                "input_audio_tokens": 40,
                "cache_read_tokens": 30,
                "cache_read_audio_tokens": 10,
            },
            {
                "input_tokens": 40,
                "cache_read_tokens": 20,
                "input_audio_tokens": 30,
                "cache_read_audio_tokens": 10,
            },
        ),
        ({"web_searches": 2, "pages": 3}, {"web_searches": 2, "pages": 3}),
    ],
)
def test_the_split_shares_no_token(counts: dict[str, int], portions: dict[str, int]) -> None:
    assert dict(Usage(counts).portions or ()) == portions


@pytest.mark.parametrize(
    ("read", "audio", "cached_audio"),
    [(100, 40, 40), (30, 100, 30), (0, 40, 0), (30, 0, 0)],
    ids=["all of it cached", "all of it audio", "nothing cached", "no audio"],
)
def test_cached_audio_follows_where_it_can_only_be_one_number(
    read: int, audio: int, cached_audio: int
) -> None:
    usage = Usage({"input_tokens": 100, "cache_read_tokens": read, "input_audio_tokens": audio})
    assert dict(usage.portions or ()).get("cache_read_audio_tokens", 0) == cached_audio


def test_cached_audio_is_not_guessed() -> None:
    usage = Usage({"input_tokens": 100, "cache_read_tokens": 30, "input_audio_tokens": 40})
    assert usage.portions is None


@given(usages())
def test_every_token_is_in_exactly_one_portion(usage: Usage) -> None:
    portions = usage.portions
    assert portions is not None
    meters = [meter for meter, _ in portions]
    assert len(meters) == len(set(meters))
    assert all(quantity > 0 for _, quantity in portions)
    for side in (INPUT, OUTPUT):
        total = sum((q for meter, q in portions if _side(meter) == side), Decimal(0))
        assert total == usage.get(side, 0)
    for meter, quantity in portions:
        if _side(meter) is None:
            assert quantity == usage[meter]


@given(st.dictionaries(st.sampled_from(sorted(METERS)), st.integers(-3, 30)))
def test_any_counts_are_either_refused_or_split_without_loss(counts: dict[str, int]) -> None:
    try:
        usage = Usage(counts)
    except InvalidUsage:
        return
    if usage.portions is not None:
        prompt = sum((q for meter, q in usage.portions if _side(meter) == INPUT), Decimal(0))
        assert prompt == counts.get(INPUT, 0)


def _side(meter: str) -> str | None:
    """`input_tokens`, `output_tokens`, or None for what is no token of the call."""
    while METERS[meter].part_of:
        meter = METERS[meter].part_of[0]
    return meter if meter in (INPUT, OUTPUT) else None
