"""Counts in the OpenTelemetry vocabulary: which meters, from where, and what is no count."""

from __future__ import annotations

import json

import pytest
from spantally_pricing import Usage
from spantally_processor.model import UsagePart, UsageSource
from support.read_spans import call


def test_every_meter_of_the_wire_is_read() -> None:
    span = call(
        gen_ai__usage__input_tokens=1000,
        gen_ai__usage__output_tokens=100,
        gen_ai__usage__cache_read__input_tokens=300,
        gen_ai__usage__cache_write__input_tokens=200,
        spantally__usage__cache_write_5m__input_tokens=50,
        spantally__usage__cache_write_1h__input_tokens=150,
        gen_ai__usage__text__input_tokens=900,
        gen_ai__usage__audio__input_tokens=60,
        gen_ai__usage__image__input_tokens=40,
        gen_ai__usage__audio__cache_read__input_tokens=10,
        gen_ai__usage__image__cache_read__input_tokens=5,
        gen_ai__usage__reasoning__output_tokens=30,
        gen_ai__usage__audio__output_tokens=20,
        gen_ai__usage__image__output_tokens=10,
        spantally__usage__web_search__requests=4,
        spantally__usage__web_fetch__requests=3,
        spantally__usage__file_search__requests=2,
        spantally__usage__code_interpreter__requests=1,
    )

    assert span.usage == Usage(
        {
            "input_tokens": 1000,
            "output_tokens": 100,
            "cache_read_tokens": 300,
            "cache_write_tokens": 200,
            "cache_write_1h_tokens": 150,
            "input_audio_tokens": 60,
            "input_image_tokens": 40,
            "cache_read_audio_tokens": 10,
            "cache_read_image_tokens": 5,
            "reasoning_tokens": 30,
            "output_audio_tokens": 20,
            "output_image_tokens": 10,
            "web_searches": 4,
            "web_fetches": 3,
            "file_searches": 2,
            "code_interpreter_calls": 1,
        }
    )


def test_a_reported_zero_is_kept_and_an_absent_count_is_absent() -> None:
    span = call(gen_ai__usage__cache_read__input_tokens=0)

    assert span.usage is not None
    assert span.usage["cache_read_tokens"] == 0
    assert "cache_write_tokens" not in span.usage


@pytest.mark.parametrize("written", [1000, 1000.0, "1000", "1000.0"])
def test_a_count_may_be_integer_double_or_string(written: object) -> None:
    usage = call(gen_ai__usage__input_tokens=written).usage

    assert usage is not None
    assert usage["input_tokens"] == 1000


@pytest.mark.parametrize(
    "written", [-1, 1.5, float("nan"), float("inf"), "many", "-3", True, 10**13, [1, 2]]
)
def test_a_count_that_is_no_count_leaves_the_call_without_usage_and_says_which(
    written: object,
) -> None:
    span = call(gen_ai__usage__input_tokens=written)

    assert span.usage is None
    assert span.usage_source is UsageSource.PROVIDER
    assert "input_tokens is" in span.usage_fault


@pytest.mark.parametrize(
    ("name", "meter"),
    [
        ("gen_ai.usage.cache_read.input_tokens", "cache_read_tokens"),
        ("gen_ai.usage.audio.input_tokens", "input_audio_tokens"),
    ],
)
def test_parts_larger_than_their_whole_are_a_fault_and_the_wholes_are_kept(
    name: str, meter: str
) -> None:
    span = call(**{name.replace(".", "__"): 1001})

    assert span.usage == Usage({"input_tokens": 1000, "output_tokens": 100})
    assert f"{meter} is 1001" in span.usage_fault
    assert span.usage_source is UsageSource.PROVIDER


def test_a_part_without_its_whole_leaves_nothing() -> None:
    span = call(
        gen_ai__usage__input_tokens=None,
        gen_ai__usage__output_tokens=None,
        gen_ai__usage__reasoning__output_tokens=5,
    )

    assert span.usage is None
    assert "reasoning_tokens is 5" in span.usage_fault


@pytest.mark.parametrize(
    ("changes", "source"),
    [
        ({"spantally.usage.source": "partial"}, UsageSource.PARTIAL),
        ({"spantally.usage.source": "missing"}, UsageSource.MISSING),
        ({"spantally.usage.source": "not_billed"}, UsageSource.NOT_BILLED),
        ({"spantally.usage.source": "whatever"}, UsageSource.PROVIDER),
        ({}, UsageSource.PROVIDER),
        (dict.fromkeys(("input", "output")), UsageSource.MISSING),
        ({"input": None, "output": None, "status": 429}, UsageSource.NOT_BILLED),
        ({"input": None, "output": None, "error.type": "503"}, UsageSource.NOT_BILLED),
        ({"input": None, "output": None, "error.type": "timeout"}, UsageSource.MISSING),
        ({"input": None, "output": None, "status": 200}, UsageSource.MISSING),
        ({"status": 500}, UsageSource.PROVIDER),
    ],
)
def test_where_the_usage_comes_from(changes: dict[str, object], source: UsageSource) -> None:
    short = {
        "input": "gen_ai.usage.input_tokens",
        "output": "gen_ai.usage.output_tokens",
        "status": "http.response.status_code",
    }
    named = {short.get(key, key): item for key, item in changes.items()}

    assert call(**({"spantally.usage.source": None} | named)).usage_source is source


def test_parts_in_columns_are_a_part_a_row() -> None:
    packed = {"kind": "batch", "model": "m", "meters": ["input_tokens", "output_tokens"]}
    parts = [{**packed, "counts": [[10, 2], [7, 3]]}]
    assert call(spantally__usage__parts=json.dumps(parts)).parts == (
        UsagePart("batch", "m", Usage({"input_tokens": 10, "output_tokens": 2})),
        UsagePart("batch", "m", Usage({"input_tokens": 7, "output_tokens": 3})),
    )


def test_parts_are_usage_of_their_own() -> None:
    parts = [
        {"kind": "advisor_message", "model": "claude-opus-5", "usage": {"input_tokens": 10}},
        {"kind": "compaction", "usage": {"output_tokens": "2"}},
    ]

    assert call(spantally__usage__parts=json.dumps(parts)).parts == (
        UsagePart("advisor_message", "claude-opus-5", Usage({"input_tokens": 10})),
        UsagePart("compaction", None, Usage({"output_tokens": 2})),
    )


@pytest.mark.parametrize(
    "packed",
    [
        "nonsense",
        "{}",
        "[1]",
        '[{"kind": "x"}]',
        '[{"kind": "x", "meters": ["input_tokens"], "counts": [[1, 2]]}]',
        '[{"kind": "x", "meters": ["input_tokens"]}]',
        '[{"usage": {"nonsense": 1}}]',
        '[{"usage": {"input_tokens": -1}}]',
        '[{"usage": {"input_tokens": null}}]',
    ],
)
def test_parts_that_cannot_be_read_are_a_fault_beside_the_calls_usage(packed: str) -> None:
    span = call(spantally__usage__parts=packed)

    assert span.usage == Usage({"input_tokens": 1000, "output_tokens": 100})
    assert span.parts == ()
    assert span.parts_fault


def test_the_sum_of_a_batch_whose_parts_were_cut_off_is_not_taken_for_one_call() -> None:
    span = call(spantally__usage__parts='[{"kind":"batch","model":"m","meters":["input_tok')
    assert span.parts == (UsagePart("batch", None, Usage({})),)
    assert span.parts_fault
