"""Bedrock beyond the recordings: tiers, retentions, routers, guardrails, every family's body, cut streams."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from spantally._recognise import place_of
from spantally.apis import (
    Request,
    bedrock_converse,
    bedrock_guardrail,
    bedrock_invoke,
    bedrock_rerank,
    sagemaker_invoke,
)
from support.answers import counts_of, read
from support.aws_frames import chunk, event, exception, frame

if TYPE_CHECKING:
    from spantally.apis import Api

FRAMES = {"content-type": "application/vnd.amazon.eventstream"}
USAGE = {"inputTokens": 10, "outputTokens": 5, "totalTokens": 15}
ASSESSED = {"invocationMetrics": {"usage": {"topicPolicyUnits": 1, "wordPolicyUnits": 3}}}
GUARDRAIL_PART = {"kind": "guardrail", "model": "guardrails", "usage": {"guardrail_topic_units": 2}}


def test_cache_counts_are_made_inclusive_and_split_by_retention() -> None:
    usage = USAGE | {
        "cacheReadInputTokens": 100,
        "cacheWriteInputTokens": 30,
        "cacheDetails": [{"ttl": "1h", "inputTokens": 20}, {"ttl": "5m", "inputTokens": 10}],
    }
    report, _ = read(bedrock_converse.api, {"stopReason": "end_turn", "usage": usage})
    assert counts_of(report) == {
        "input_tokens": 140,
        "output_tokens": 5,
        "cache_read.input_tokens": 100,
        "cache_write.input_tokens": 30,
        "cache_write_5m.input_tokens": 10,
        "cache_write_1h.input_tokens": 20,
    }


@pytest.mark.parametrize("streams", [False, True])
def test_what_was_served_is_said_by_the_response(streams: bool) -> None:
    told = {
        "usage": USAGE,
        "serviceTier": {"type": "flex"},
        "performanceConfig": {"latency": "optimized"},
        "trace": {"promptRouter": {"invokedModelId": "arn:aws:bedrock:r::inference-profile/m"}},
    }
    answer = event("messageStop", {"stopReason": "end_turn"}) + event("metadata", told)
    report, _ = (
        read(bedrock_converse.streaming, answer, headers=FRAMES)
        if streams
        else read(bedrock_converse.api, {"stopReason": "end_turn", **told})
    )
    assert report.complete
    assert report.attributes["spantally.service_tier"] == "flex"
    assert report.attributes["spantally.speed"] == "optimized"
    assert report.attributes["gen_ai.response.model"] == "arn:aws:bedrock:r::inference-profile/m"
    assert report.attributes["gen_ai.response.finish_reasons"] == ("end_turn",)


def test_an_exception_in_a_stream_is_its_error_and_usage_is_incomplete() -> None:
    answer = event("messageStart", {"role": "assistant"}) + exception(
        "modelStreamErrorException", "x"
    )
    report, error = read(bedrock_converse.streaming, answer, headers=FRAMES)
    assert error == "modelStreamErrorException"
    assert not report.has_usage
    assert not report.complete


def test_frames_without_a_content_type_are_known_by_their_first_byte() -> None:
    report, _ = read(bedrock_converse.streaming, event("metadata", {"usage": USAGE}))
    assert counts_of(report) == {"input_tokens": 10, "output_tokens": 5}


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize(
    ("answer", "asked", "parts"),
    [
        ({"amazon-bedrock-trace": {"guardrail": {"outputs": [{"g": ASSESSED}, {"g": ASSESSED}]}}}, True,
         [GUARDRAIL_PART]),
        ({}, True, [{**GUARDRAIL_PART, "usage": {}}]),
        ({}, False, None),
    ],
)  # fmt: skip
def test_a_guardrail_is_a_part_of_a_chat_in_openais_shape_too(
    answer: dict[str, Any], asked: bool, parts: list[Any] | None, streams: bool
) -> None:
    host = "bedrock-runtime.us-east-1.amazonaws.com"
    place = place_of("POST", host, None, "/openai/v1/chat/completions")
    assert place is not None
    headers = {"X-Amzn-Bedrock-GuardrailIdentifier".lower(): "g"} if asked else {}
    body = {"model": "openai.gpt-oss", "choices": [], "usage": {"prompt_tokens": 3}, **answer}
    said = b"data: %b\n\n" % json.dumps(body).encode() if streams else body
    report, _ = read(place.endpoint.api, said, Request({}, {}, headers))
    assert counts_of(report).get("parts") == parts
    assert counts_of(report)["input_tokens"] == 3


@pytest.mark.parametrize(
    ("trace", "asked", "parts"),
    [
        ({"inputAssessment": {"g": ASSESSED}, "outputAssessments": {"g": [ASSESSED]}}, True,
         [GUARDRAIL_PART]),
        # Asked for, and not told: what it cost must not look free.
        ({}, True, [{**GUARDRAIL_PART, "usage": {}}]),
        ({"inputAssessment": {"g": {"invocationMetrics": {"usage": {"wordPolicyUnits": 2}}}}}, True, None),
        ({}, False, None),
    ],
)  # fmt: skip
def test_a_guardrail_is_a_part_of_the_call(
    trace: dict[str, Any], asked: bool, parts: list[Any] | None
) -> None:
    answer = {"usage": USAGE, "stopReason": "end_turn", "trace": {"guardrail": trace}}
    request = {"guardrailConfig": {"guardrailIdentifier": "g"}} if asked else {}
    report, _ = read(bedrock_converse.api, answer, Request(request))
    assert counts_of(report).get("parts") == parts


def test_a_guardrail_by_itself_counts_each_policy_once() -> None:
    usage = {
        "topicPolicyUnits": 1,
        "contentPolicyImageUnits": 2,
        "automatedReasoningPolicyUnits": 3,
    }
    answer = {"usage": usage, "assessments": [{"invocationMetrics": {"usage": usage}}]}
    report, _ = read(bedrock_guardrail.api, answer)
    assert counts_of(report) == {
        "guardrail_topic_units": 1,
        "guardrail_content_images": 2,
        "guardrail_automated_reasoning_units": 3,
    }


def header(name: str, count: int) -> dict[str, str]:
    return {f"x-amzn-bedrock-{name}-token-count": str(count)}


BODIES: list[tuple[str, dict[str, Any], dict[str, str], dict[str, int], list[str] | None]] = [
    # family, body, headers, counts, reasons
    ("titan", {"inputTextTokenCount": 4, "results": [
        {"tokenCount": 3, "completionReason": "FINISH"}, {"tokenCount": 2, "completionReason": "LENGTH"}]},
     {}, {"input_tokens": 4, "output_tokens": 5}, ["FINISH", "LENGTH"]),
    ("titan embedding", {"embedding": [0.1], "inputTextTokenCount": 4}, header("input", 4),
     {"input_tokens": 4}, None),
    ("llama", {"prompt_token_count": 4, "generation_token_count": 5, "stop_reason": "stop"}, {},
     {"input_tokens": 4, "output_tokens": 5}, ["stop"]),
    ("jurassic", {"completions": [{"finishReason": {"reason": "endoftext"}}]},
     header("input", 4) | header("output", 5), {"input_tokens": 4, "output_tokens": 5}, ["endoftext"]),
    ("deepseek", {"choices": [{"text": "x", "stop_reason": "length"}]},
     header("input", 4) | header("output", 5), {"input_tokens": 4, "output_tokens": 5}, ["length"]),
    ("openai", {"choices": [{"finish_reason": "stop"}], "usage": {
        "prompt_tokens": 9, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 6}}},
     header("input", 3) | header("output", 5) | header("cache-read-input", 6),
     {"input_tokens": 9, "output_tokens": 5, "cache_read.input_tokens": 6}, ["stop"]),
    ("nova behind a guardrail", {"usage": {"inputTokens": 4}, "stopReason": "end_turn"},
     header("input", 4) | header("output", 5) | header("cache-read-input", 0),
     {"input_tokens": 4, "output_tokens": 5, "cache_read.input_tokens": 0}, ["end_turn"]),
    ("cohere", {"generations": [{"finish_reason": "COMPLETE"}]},
     header("input", 4) | header("output", 5) | header("cache-write-input", 7),
     {"input_tokens": 11, "output_tokens": 5, "cache_write.input_tokens": 7}, ["COMPLETE"]),
    ("canvas", {"images": ["a", "b"]}, {}, {"images": 2}, None),
    ("nothing", {"answer": "x"}, {"x-amzn-bedrock-input-token-count": "x"}, {}, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "headers", "counts", "reasons"),
    [case[1:] for case in BODIES],
    ids=[case[0] for case in BODIES],
)
def test_each_familys_body_is_read(
    body: dict[str, Any], headers: dict[str, str], counts: dict[str, int], reasons: list[str] | None
) -> None:
    report, _ = read(bedrock_invoke.api, body, Request(path={"model": "m"}), headers=headers)
    assert counts_of(report) == counts
    assert report.has_usage == bool(counts)
    assert report.attributes.get("gen_ai.response.finish_reasons") == (
        tuple(reasons) if reasons else None
    )


UNTOLD = {"parts": [{"kind": "film", "model": "m", "usage": {}}]}
GIVEN: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("titan", {"inputText": "a", "inputImage": "x"}, {"input_images": 1}),
    ("titan, text alone", {"inputText": "a"}, {}),
    ("nova", {"taskType": "SINGLE_EMBEDDING", "singleEmbeddingParams": {"image": {"format": "png"}}},
     {"input_images": 1}),
    ("nova, sound", {"singleEmbeddingParams": {"audio": {"format": "mp3"}}}, UNTOLD),
    ("marengo", {"inputType": "text_image", "text_image": {}}, {"input_images": 1}),
    ("marengo, film", {"inputType": "video", "mediaSource": {"base64String": "x"}}, UNTOLD),
    ("pegasus", {"inputPrompt": "a", "mediaSource": {"s3Location": {}}}, UNTOLD),
    ("cohere", {"input_type": "image", "images": ["x"]}, {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "more"), [case[1:] for case in GIVEN], ids=[case[0] for case in GIVEN]
)
def test_pictures_are_counted_where_they_are_paid_and_film_is_never_free(
    asked: dict[str, Any], more: dict[str, Any]
) -> None:
    request = Request(asked, {"model": "m"})
    answer, headers = {"embedding": [0.1], "inputTextTokenCount": 0}, header("output", 0)
    report, _ = read(bedrock_invoke.api, answer, request, headers=headers)
    assert counts_of(report) == {"input_tokens": 0, "output_tokens": 0, **more}
    refused, _ = read(bedrock_invoke.api, {"message": "x"}, request, status=400)
    assert counts_of(refused) == {}


METRICS = {"inputTokenCount": 20, "outputTokenCount": 9}
METERED = {"amazon-bedrock-invocationMetrics": METRICS}
START = {"type": "message_start", "message": {
    "id": "msg_1", "model": "claude-9", "usage": {
        "input_tokens": 20, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 0,
        "output_tokens": 1}}}  # fmt: skip
DELTA = {
    "type": "message_delta",
    "delta": {"stop_reason": "end_turn"},
    "usage": {"output_tokens": 9},
}
CLAUDE = {"input_tokens": 120, "cache_read.input_tokens": 100, "cache_write.input_tokens": 0}

STREAMS: list[tuple[str, list[dict[str, Any]], dict[str, int], bool]] = [
    ("claude", [START, DELTA, {"type": "message_stop", **METERED}],
     CLAUDE | {"output_tokens": 9}, True),
    ("claude, cut after its own counts", [START, DELTA], CLAUDE | {"output_tokens": 9}, True),
    ("claude, cut", [START, {"type": "content_block_delta"}], CLAUDE, False),
    ("titan", [{"outputText": "a"}, {"inputTextTokenCount": 20, "totalOutputTextTokenCount": 9,
                                     "completionReason": "FINISH", **METERED}],
     {"input_tokens": 20, "output_tokens": 9}, True),
    ("llama, cut", [{"prompt_token_count": 20, "generation_token_count": 1},
                    {"prompt_token_count": None, "generation_token_count": 2}],
     {"input_tokens": 20, "output_tokens": 2}, False),
    ("nova", [{"messageStop": {"stopReason": "end_turn"}},
              {"metadata": {"usage": {"inputTokens": 20, "outputTokens": 9}}, **METERED}],
     {"input_tokens": 20, "output_tokens": 9}, True),
    ("nova, without metrics", [{"messageStop": {"stopReason": "end_turn"}},
                               {"metadata": {"usage": {"inputTokens": 20, "outputTokens": 9}}}],
     {"input_tokens": 20, "output_tokens": 9}, True),
    ("nova, cut before its counts", [{"messageStop": {"stopReason": "end_turn"}}], {}, False),
    ("openai, without metrics", [{"choices": [{"finish_reason": "stop"}]},
                                 {"choices": [], "usage": {"prompt_tokens": 20, "completion_tokens": 9}}],
     {"input_tokens": 20, "output_tokens": 9}, True),
    ("mistral", [{"choices": [{"finish_reason": "stop"}]}, {"choices": [], **METERED}],
     {"input_tokens": 20, "output_tokens": 9}, True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("chunks", "counts", "complete"), [case[1:] for case in STREAMS], ids=[case[0] for case in STREAMS]
)  # fmt: skip
def test_each_familys_stream_is_read(
    chunks: list[dict[str, Any]], counts: dict[str, int], complete: bool
) -> None:
    answer = b"".join(chunk(one) for one in chunks)
    report, _ = read(bedrock_invoke.streaming, answer, headers=FRAMES)
    assert counts_of(report) == counts
    assert report.complete == complete


@pytest.mark.parametrize(
    ("model", "body", "operation"),
    [
        ("cohere.embed-v4:0", {"texts": ["a"]}, "embeddings"),
        ("cohere.rerank-v3-5:0", {"documents": ["a"]}, "rerank"),
        ("anthropic.claude-9", {"messages": []}, "chat"),
        ("meta.llama9", {"prompt": "a"}, "text_completion"),
        ("amazon.nova-canvas-v1:0", {"taskType": "TEXT_IMAGE"}, "generate_content"),
    ],
)
def test_the_operation_of_an_invocation_is_read_off_the_request(
    model: str, body: dict[str, Any], operation: str
) -> None:
    said = bedrock_invoke.api.read_request(Request(body, {"model": model}, {}))
    assert said["gen_ai.operation.name"] == operation


RERANKED: list[tuple[Api, dict[str, Any], dict[str, str], int]] = [
    (
        bedrock_invoke.api,
        {"query": "q", "documents": ["d"] * 101},
        {"model": "cohere.rerank-v3-5:0"},
        2,
    ),
    (bedrock_rerank.api, {"queries": [{}], "sources": [{}] * 100}, {}, 1),
    (bedrock_rerank.api, {"queries": [{}, {}], "sources": [{}] * 101}, {}, 4),
]


@pytest.mark.parametrize(("api", "asked", "path", "searches"), RERANKED)
def test_a_reranking_is_billed_by_query_and_hundred_chunks(
    api: Api, asked: dict[str, Any], path: dict[str, str], searches: int
) -> None:
    report, _ = read(api, {"results": [{"index": 0}]}, Request(asked, path))
    assert counts_of(report) == {"rerank_searches": searches}


ENDPOINT_USAGE = b'{"usage": {"prompt_tokens": 4, "completion_tokens": 5}}'


@pytest.mark.parametrize(
    ("answer", "headers"),
    [
        (ENDPOINT_USAGE, {}),
        (b"[%b]" % ENDPOINT_USAGE, {}),
        (frame({":event-type": "PayloadPart"}, b"data: %b\n\n" % ENDPOINT_USAGE), FRAMES),
        (b"".join(frame({":event-type": "PayloadPart"}, part) for part in
                  (ENDPOINT_USAGE[:20], ENDPOINT_USAGE[20:])), FRAMES),
    ],
    ids=["whole", "list", "events in frames", "lines in frames"],
)  # fmt: skip
def test_a_containers_own_usage_is_read(answer: bytes, headers: dict[str, str]) -> None:
    report, _ = read(sagemaker_invoke.api, answer, headers=headers)
    assert counts_of(report) == {"input_tokens": 4, "output_tokens": 5}


def test_an_endpoint_that_speaks_openais_api_stands_for_the_model_that_nobody_names() -> None:
    host, path = (
        "runtime.sagemaker.us-east-1.amazonaws.com",
        "/endpoints/mine/openai/v1/chat/completions",
    )
    place = place_of("POST", host, None, path)
    assert place is not None
    said = place.endpoint.api.read_request(Request({"model": "", "messages": []}, place.variables))
    assert said["gen_ai.request.model"] == "mine"
    report, _ = read(place.endpoint.api, ENDPOINT_USAGE)
    assert counts_of(report) == {"input_tokens": 4, "output_tokens": 5}


def test_an_order_whose_result_goes_to_a_bucket_is_a_call_without_counts() -> None:
    asked = Request({"modelId": "amazon.nova-reel-v1:0", "modelInput": {"taskType": "TEXT_VIDEO"}})
    said = bedrock_invoke.api.read_request(asked)
    report, _ = read(
        bedrock_invoke.api, {"invocationArn": "arn:aws:bedrock:r:1:async-invoke/x"}, asked
    )
    assert said["gen_ai.request.model"] == "amazon.nova-reel-v1:0"
    assert said["gen_ai.operation.name"] == "generate_content"
    assert not report.has_usage
