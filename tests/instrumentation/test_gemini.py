"""Gemini and Vertex AI beyond the recordings: modalities, tiers, grounding, batches, caches, cut streams."""

from __future__ import annotations

import json
from typing import Any

import pytest
from spantally.apis import (
    Request,
    gemini_batches,
    gemini_cache,
    gemini_embed,
    gemini_generate,
    gemini_interactions,
    vertex_predict,
    vertex_rank,
)
from spantally.providers import _google
from support.answers import counts_of, read

STOP = {"candidates": [{"finishReason": "STOP", "index": 0}]}
USAGE = {"promptTokenCount": 10, "candidatesTokenCount": 5, "thoughtsTokenCount": 3}
COUNTS = {"input_tokens": 10, "output_tokens": 8, "reasoning.output_tokens": 3}


def test_thoughts_and_tool_results_are_added_and_modalities_told_apart() -> None:
    usage = USAGE | {
        "toolUsePromptTokenCount": 100,
        "cachedContentTokenCount": 6,
        "promptTokensDetails": [
            {"modality": "TEXT", "tokenCount": 4}, {"modality": "VIDEO", "tokenCount": 6}],
        "toolUsePromptTokensDetails": [{"modality": "TEXT", "tokenCount": 100}],
        "cacheTokensDetails": [
            {"modality": "VIDEO", "tokenCount": 5}, {"modality": "TEXT", "tokenCount": 1}],
        "candidatesTokensDetails": [
            {"modality": "IMAGE", "tokenCount": 4}, {"modality": "DOCUMENT", "tokenCount": 1}],
    }  # fmt: skip
    report, _ = read(gemini_generate.api, STOP | {"usageMetadata": usage})
    assert counts_of(report) == {
        "input_tokens": 110,
        "output_tokens": 8,
        "reasoning.output_tokens": 3,
        "cache_read.input_tokens": 6,
        "text.input_tokens": 104,
        "input_video_tokens": 6,
        "cache_read_video_tokens": 5,
        "image.output_tokens": 4,
    }


def test_an_absent_count_is_not_zero() -> None:
    blocked = {
        "promptFeedback": {"blockReason": "SAFETY"},
        "usageMetadata": {"promptTokenCount": 9},
    }
    report, _ = read(gemini_generate.api, blocked)
    assert counts_of(report) == {"input_tokens": 9}
    assert report.attributes["gen_ai.response.finish_reasons"] == ("SAFETY",)


@pytest.mark.parametrize(
    ("usage", "header", "tier"),
    [
        ({"serviceTier": "flex"}, "standard", "flex"),
        ({}, "priority", "priority"),
        ({"trafficType": "PROVISIONED_THROUGHPUT"}, "", "PROVISIONED_THROUGHPUT"),
        ({"trafficType": 2}, "", "PROVISIONED_THROUGHPUT"),
        ({"trafficType": 3}, "", "ON_DEMAND_PRIORITY"),
        ({"trafficType": 4}, "", "ON_DEMAND_FLEX"),
        ({"trafficType": 99}, "", "99"),
        ({"serviceTier": "unspecified"}, "", None),
        ({"trafficType": "TRAFFIC_TYPE_UNSPECIFIED"}, "", None),
        ({}, "", None),
    ],
)
def test_the_tier_is_the_one_that_was_served(
    usage: dict[str, Any], header: str, tier: str | None
) -> None:
    asked = Request({"serviceTier": "priority"})
    answer = STOP | {"usageMetadata": USAGE | usage}
    report, _ = read(gemini_generate.api, answer, asked, headers={"x-gemini-service-tier": header})
    assert report.attributes.get("spantally.service_tier") == tier


WEB, PLACE = {"web": {"uri": "u"}}, {"maps": {"uri": "u"}}
GROUNDING: list[tuple[str, dict[str, Any], dict[str, int]]] = [
    ("gemini-2.5-flash", {"webSearchQueries": ["a", "b"], "groundingChunks": [WEB]},
     {"web_search.requests": 1}),
    ("gemini-2.5-flash", {"groundingChunks": [WEB, WEB]}, {"web_search.requests": 1}),
    ("gemini-3-flash", {"webSearchQueries": ["a", "", "b"], "groundingChunks": [WEB]},
     {"web_search.requests": 2}),
    ("gemini-3-flash", {"webSearchQueries": ["a"], "imageSearchQueries": ["b"]},
     {"web_search.requests": 2}),
    ("gemini-4", {"webSearchQueries": ["a"]}, {"web_search.requests": 1}),
    ("gemini-2.5-flash", {"groundingChunks": [PLACE]}, {"maps_searches": 1}),
    ("gemini-3-flash", {"webSearchQueries": ["a", "b"], "groundingChunks": [PLACE]},
     {"maps_searches": 2}),
    ("gemini-3-flash", {"groundingChunks": [{"retrievedContext": {}}]}, {}),
    ("gemini-3-flash", {"retrievalQueries": ["a"]}, {}),
    ("gemini-3-flash", {}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("model", "metadata", "counts"), GROUNDING)
@pytest.mark.parametrize("streams", [False, True])
def test_grounding_is_billed_by_query_from_gemini_3_on_and_by_prompt_before(
    model: str, metadata: dict[str, Any], counts: dict[str, int], streams: bool
) -> None:
    last = {"candidates": [{"finishReason": "STOP", "groundingMetadata": metadata}]}
    answer = {**last, "modelVersion": model}
    # Each later chunk repeats what was found so far.
    body = sse([answer, answer]) if streams else answer
    report, _ = read(gemini_generate.streaming if streams else gemini_generate.api, body)
    assert counts_of(report) == counts


def test_grounding_that_a_stream_tells_in_pieces_is_put_together() -> None:
    pieces = [
        {"webSearchQueries": ["a", "b"], "searchEntryPoint": {"renderedContent": "x"}},
        {"groundingChunks": [WEB], "webSearchQueries": []},
        {},
    ]
    chunks = [{"candidates": [{"groundingMetadata": piece}]} for piece in pieces]
    report, _ = read(
        gemini_generate.streaming, sse([*chunks, STOP | {"modelVersion": "gemini-3-pro"}])
    )
    assert counts_of(report) == {"web_search.requests": 2}


def sse(chunks: list[dict[str, Any]]) -> bytes:
    return b"".join(b"data: %b\r\n\r\n" % json.dumps(chunk).encode() for chunk in chunks)


CHUNKS = [
    {"candidates": [{"index": 0}], "usageMetadata": {"trafficType": "ON_DEMAND"}},
    {"candidates": [{"index": 0}], "usageMetadata": {"promptTokenCount": 9}, "responseId": "r"},
    STOP | {"usageMetadata": USAGE, "modelVersion": "gemini-9"},
]


@pytest.mark.parametrize("answer", [sse(CHUNKS), json.dumps(CHUNKS, indent=2).encode()],
                         ids=["events", "array"])  # fmt: skip
def test_the_last_usage_of_a_stream_counts(answer: bytes) -> None:
    report, _ = read(gemini_generate.streaming, answer)
    assert counts_of(report) == COUNTS
    assert report.complete
    assert report.attributes["gen_ai.response.id"] == "r"


@pytest.mark.parametrize("keep", ["events", "array"])
def test_a_stream_that_was_cut_is_read_up_to_the_cut(keep: str) -> None:
    whole = sse(CHUNKS) if keep == "events" else json.dumps(CHUNKS).encode()
    report, _ = read(gemini_generate.streaming, whole[: whole.index(b"STOP")])
    assert counts_of(report) == {"input_tokens": 9}
    assert not report.complete


def test_several_candidates_all_have_to_end() -> None:
    other = {"candidates": [{"index": 1}], "usageMetadata": USAGE}
    open_one, _ = read(gemini_generate.streaming, sse([STOP, other]))
    ended = {"candidates": [{"index": 1, "finishReason": "MAX_TOKENS"}]}
    done, _ = read(gemini_generate.streaming, sse([STOP, other, ended]))
    assert (open_one.complete, done.complete) == (False, True)
    assert done.attributes["gen_ai.response.finish_reasons"] == ("STOP", "MAX_TOKENS")


ERROR = {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "canary"}}


@pytest.mark.parametrize("answer", [ERROR, [ERROR]], ids=["object", "list"])
def test_an_error_has_googles_own_code(answer: Any) -> None:
    report, error = read(gemini_generate.streaming, answer, status=429)
    assert error == "RESOURCE_EXHAUSTED"
    assert not report.has_usage


def test_an_interaction_counts_its_tools_itself_where_it_does() -> None:
    usage = {
        "total_input_tokens": 10, "total_tool_use_tokens": 100, "total_output_tokens": 5,
        "total_thought_tokens": 3, "total_cached_tokens": 4,
        "cached_tokens_by_modality": [{"modality": "audio", "tokens": 4}],
        "output_tokens_by_modality": [{"modality": "image", "tokens": 5}],
        "grounding_tool_count": [
            {"type": "google_search", "count": 3}, {"type": "google_maps", "count": 2},
            {"type": "retrieval", "count": 9}],
    }  # fmt: skip
    calls = [{"type": "google_search_call", "arguments": {"queries": ["a"]}}]
    answer = {"id": "v1_a", "model": "gemini-9", "usage": usage, "steps": calls}
    report, _ = read(gemini_interactions.api, answer)
    assert counts_of(report) == {
        "input_tokens": 110,
        "output_tokens": 8,
        "reasoning.output_tokens": 3,
        "cache_read.input_tokens": 4,
        "audio.cache_read.input_tokens": 4,
        "image.output_tokens": 5,
        "web_search.requests": 3,
        "maps_searches": 2,
    }


def test_an_interaction_in_the_background_brings_nothing_yet() -> None:
    report, _ = read(gemini_interactions.api, {"id": "v1_a", "status": "in_progress"})
    assert not report.has_usage
    assert report.attributes["gen_ai.response.id"] == "v1_a"


def test_a_streamed_interaction_that_was_cut_is_partial() -> None:
    created = {"event_type": "interaction.created", "interaction": {"id": "v1_a", "model": "g"}}
    report, _ = read(gemini_interactions.api, sse([created]))
    assert not report.complete
    assert report.attributes["gen_ai.response.model"] == "g"


def test_a_cut_interaction_is_counted_by_what_its_steps_said_of_it() -> None:
    """`usage` of a step that stopped, `total_usage` of one under way: both are the interaction's so far."""
    created = {
        "event_type": "interaction.created",
        "interaction": {"id": "v1_a", "usage": None},
    }
    under_way = {
        "event_type": "step.delta",
        "metadata": {"total_usage": {"total_input_tokens": 9, "total_output_tokens": 2}},
    }
    stopped = {
        "event_type": "step.stop",
        "step_usage": {"total_output_tokens": 3},
        "usage": {"total_input_tokens": 9, "total_output_tokens": 5, "total_thought_tokens": 4},
    }
    whole = {
        "event_type": "interaction.completed",
        "interaction": {"usage": {"total_input_tokens": 9, "total_output_tokens": 8}},
    }
    for events, output, complete in (
        ([created, under_way], 2, False),
        ([created, under_way, stopped], 9, False),
        ([created, under_way, stopped, whole], 8, True),
    ):
        report, _ = read(gemini_interactions.api, sse(events))
        assert report.attributes["gen_ai.usage.input_tokens"] == 9
        assert report.attributes["gen_ai.usage.output_tokens"] == output
        assert report.complete is complete


def test_results_of_a_batch_are_calls_of_their_own_and_failed_ones_are_not() -> None:
    results = [
        {"response": {**STOP, "usageMetadata": USAGE, "responseId": "r1"}},
        {"error": {"code": 3}},
        {"response": {"embedding": {"values": [0.1]}, "tokenCount": "7"}},
        {"response": {"embedding": {"values": [0.1]}, "tokenCount": 7}},
    ]
    operation = {
        "name": "batches/b",
        "metadata": {"model": "models/gemini-9"},
        "response": {"inlinedResponses": {"inlinedResponses": results}},
    }
    report, _ = read(gemini_batches.api, operation)
    assert not report.has_usage
    assert [counts_of(one) for one in report.more] == [
        COUNTS, {"input_tokens": 7}, {"input_tokens": 7}]  # fmt: skip
    assert [one.attributes["gen_ai.response.id"] for one in report.more] == [
        "r1", "batches/b/3", "batches/b/4"]  # fmt: skip
    assert {one.attributes["gen_ai.request.model"] for one in report.more} == {"gemini-9"}
    assert {one.attributes["spantally.processing"] for one in report.more} == {"batch"}


def test_a_batch_leads_to_its_file_of_results() -> None:
    report, _ = read(
        gemini_batches.api, {"name": "batches/b", "response": {"responsesFile": "files/f"}}
    )
    assert report.leads_to == ("f",)
    lines = [{"key": "1", "response": STOP | {"usageMetadata": USAGE}}, {"key": "2", "error": {}}]
    answer = b"\n".join(json.dumps(line).encode() for line in lines)
    results, _ = read(gemini_batches.file, answer, Request(path={"id": "f"}))
    assert [counts_of(one) for one in results.more] == [COUNTS]


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-11-01T00:00:00Z", "2026-11-01T01:00:00Z", 1000),
        ("2026-11-01T00:00:00.5Z", "2026-11-01T00:30:00.500000001Z", 500),
        ("2026-11-01T00:00:00Z", "2026-11-01T00:00:01Z", 1),  # rounded up
        ("2026-11-01T00:00:00Z", "soon", None),
    ],
)
def test_a_cache_is_paid_by_token_and_hour(start: str, end: str, hours: int | None) -> None:
    answer = {
        "model": "projects/p/locations/l/publishers/google/models/gemini-9",
        "updateTime": start,
        "expireTime": end,
        "usageMetadata": {"totalTokenCount": 1000},
    }
    report, _ = read(gemini_cache.api, answer)
    counts = {} if hours is None else {"cache_storage_token_hours": hours}
    assert counts_of(report) == counts
    assert report.attributes["gen_ai.response.model"] == "gemini-9"


def test_embeddings_without_counts_have_no_usage() -> None:
    report, _ = read(gemini_embed.api, {"embedding": {"values": [0.1]}})
    assert not report.has_usage


@pytest.mark.parametrize(
    ("predictions", "counts"),
    [
        ([{"embeddings": {"statistics": {"token_count": 3}}}] * 2, {"input_tokens": 6}),
        ([{"bytesBase64Encoded": "x"}, {"bytesBase64Encoded": "y"}, {"raiFilteredReason": "z"}],
         {"images": 2}),
        ([{"bytesBase64Encoded": "x", "mimeType": "audio/wav"}], {}),
        ([{"score": 1}], {}),
    ],
)  # fmt: skip
def test_predictions_are_counted_by_what_they_are(
    predictions: list[dict[str, Any]], counts: dict[str, int]
) -> None:
    metadata = {"billableCharacterCount": 133}
    report, _ = read(vertex_predict.api, {"predictions": predictions, "metadata": metadata})
    assert counts_of(report) == counts


@pytest.mark.parametrize(
    ("given", "prediction", "counts"),
    [
        ({"text": "häuser"}, {"textEmbedding": [0.1]}, {"input_characters": 6}),
        ({"text": "a cat", "image": {"gcsUri": "x"}}, {"textEmbedding": [0.1], "imageEmbedding": [0.1]},
         {"input_characters": 5, "input_images": 1}),
        ({"video": {"gcsUri": "x"}}, {"videoEmbeddings": [
            {"startOffsetSec": 16, "endOffsetSec": 32}, {"startOffsetSec": 32, "endOffsetSec": 40}]},
         {"input_video_seconds": 24}),
    ],
)  # fmt: skip
def test_multimodal_embeddings_are_counted_by_what_was_given(
    given: dict[str, Any], prediction: dict[str, Any], counts: dict[str, int]
) -> None:
    asked = Request({"instances": [given]}, {"model": "multimodalembedding@001"})
    report, _ = read(vertex_predict.api, {"predictions": [prediction]}, asked)
    assert counts_of(report) == counts


@pytest.mark.parametrize(
    ("usage", "counts"),
    [
        ({"prompt_tokens": 6, "completion_tokens": 60, "total_tokens": 100},
         {"input_tokens": 6, "output_tokens": 94, "reasoning.output_tokens": 34}),
        ({"prompt_tokens": 6, "completion_tokens": 94, "total_tokens": 100,
          "completion_tokens_details": {"reasoning_tokens": 34}},
         {"input_tokens": 6, "output_tokens": 94, "reasoning.output_tokens": 34}),
        ({"prompt_tokens": 6, "completion_tokens": 60}, {"input_tokens": 6, "output_tokens": 60}),
    ],
)  # fmt: skip
def test_googles_imitation_of_openai_hides_thoughts_in_the_total(
    usage: dict[str, Any], counts: dict[str, int]
) -> None:
    report, _ = read(_google.chat, {"model": "google/gemini-9", "usage": usage})
    assert counts_of(report) == counts
    assert report.attributes["gen_ai.response.model"] == "gemini-9"


@pytest.mark.parametrize(("records", "searches"), [(1, 1), (100, 1), (101, 2)])
def test_a_ranking_is_billed_by_query_and_hundred_records(records: int, searches: int) -> None:
    asked = Request({"query": "q", "records": [{"id": "r", "content": "c"}] * records})
    report, _ = read(vertex_rank.api, {"records": [{"id": "r", "score": 0.9}]}, asked)
    assert counts_of(report) == {"rerank_searches": searches}
    refused, _ = read(vertex_rank.api, ERROR, asked, status=429)
    assert not refused.has_usage
