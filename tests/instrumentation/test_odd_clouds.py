"""Exchanges with Google, Amazon and others that no recording shows, byte by byte over real sockets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from spantally._retrievals import retrievals
from support import replay
from support.aws_frames import chunk, event, exception
from support.reading import BOTOCORE, DECODED
from support.replay import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

GEMINI = "generativelanguage.googleapis.com/v1beta/models/gemini-3-flash:"
VERTEX = "aiplatform.googleapis.com/v1/projects/p/locations/global/"
PROFILE = "arn%3Aaws%3Abedrock%3Aeu-west-1%3A1%3Aapplication-inference-profile%2Fabc"
BEDROCK = "bedrock-runtime.eu-west-1.amazonaws.com/model/"
INPUT, OUTPUT = "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"
READ, WRITTEN = "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_write.input_tokens"
SOURCE, TIER, MODEL = "spantally.usage.source", "spantally.service_tier", "gen_ai.request.model"
ERROR, REASONS = "error.type", "gen_ai.response.finish_reasons"
FRAMES = {"content_type": "application/vnd.amazon.eventstream"}
EVENTS = {"content_type": "text/event-stream"}


def told(*chunks: dict[str, Any]) -> bytes:
    return b"".join(b"data: %b\r\n\r\n" % json.dumps(each).encode() for each in chunks)


def counted(name: str, number: int) -> tuple[str, str]:
    return f"x-amzn-bedrock-{name}-token-count", str(number)


THINKING = {
    "promptTokenCount": 900, "cachedContentTokenCount": 600, "candidatesTokenCount": 40,
    "thoughtsTokenCount": 160, "toolUsePromptTokenCount": 50, "totalTokenCount": 1150,
    "trafficType": "PROVISIONED_THROUGHPUT",
    "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 700}, {"modality": "TEXT", "tokenCount": 200}],
    "cacheTokensDetails": [{"modality": "AUDIO", "tokenCount": 600}],
    "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 40}],
}  # fmt: skip
SO_FAR = {"promptTokenCount": 900, "candidatesTokenCount": 1, "totalTokenCount": 901}
ARRAY = json.dumps(
    [
        {"candidates": [{"index": 0, "content": {}}], "usageMetadata": SO_FAR},
        {"candidates": [{"index": 0, "finishReason": "STOP"}], "usageMetadata": THINKING},
    ],
    indent=1,
).encode()
CONVERSED = {
    "inputTokens": 7, "outputTokens": 9, "cacheReadInputTokens": 300, "cacheWriteInputTokens": 120,
    "totalTokens": 436,
    "cacheDetails": [{"ttl": "1h", "inputTokens": 100}, {"ttl": "5m", "inputTokens": 20}],
}  # fmt: skip
METERED = {"inputTokenCount": 11, "outputTokenCount": 4}

EXCHANGES: dict[str, tuple[str, Answer, dict[str, Any]]] = {
    "a thinking stream on provisioned capacity": (
        GEMINI + "streamGenerateContent?alt=sse",
        Answer(told({"candidates": [{"index": 0}], "usageMetadata": SO_FAR},
                    {"candidates": [{"index": 0, "finishReason": "STOP"}], "usageMetadata": THINKING}),
               **EVENTS),
        {INPUT: 950, OUTPUT: 200, READ: 600, "gen_ai.usage.reasoning.output_tokens": 160,
         "gen_ai.usage.audio.input_tokens": 700, "gen_ai.usage.audio.cache_read.input_tokens": 600,
         "gen_ai.usage.image.output_tokens": 40, TIER: "PROVISIONED_THROUGHPUT", SOURCE: "provider"},
    ),
    "an array": (GEMINI + "streamGenerateContent", Answer(ARRAY),
                 {INPUT: 950, OUTPUT: 200, SOURCE: "provider"}),
    "an array that ends within an element": (
        GEMINI + "streamGenerateContent", Answer(ARRAY[: ARRAY.index(b"STOP")]),
        {INPUT: 900, OUTPUT: 1, SOURCE: "partial"},
    ),
    "a prompt that was blocked": (
        GEMINI + "generateContent",
        Answer(json.dumps({"promptFeedback": {"blockReason": "SAFETY"},
                           "usageMetadata": {"promptTokenCount": 12, "totalTokenCount": 12}}).encode()),
        {INPUT: 12, OUTPUT: None, REASONS: ("SAFETY",), SOURCE: "provider"},
    ),
    "Grok at Google": (
        VERTEX + "endpoints/openapi/responses",
        Answer(told({"type": "response.completed", "response": {
            "id": "r", "model": "xai/grok-4.20", "status": "completed", "usage": {
                "input_tokens": 30, "input_tokens_details": {"cached_tokens": 8}, "output_tokens": 20,
                "output_tokens_details": {"reasoning_tokens": 15}, "total_tokens": 50}}}), **EVENTS),
        {INPUT: 30, OUTPUT: 20, READ: 8, SOURCE: "provider", "gen_ai.provider.name": "gcp.vertex_ai",
         "cloud.region": "global"},
    ),
    "caches of two retentions": (
        BEDROCK + "eu.anthropic.claude-9%3A0/converse",
        Answer(json.dumps({"stopReason": "end_turn", "usage": CONVERSED}).encode()),
        {INPUT: 427, OUTPUT: 9, READ: 300, WRITTEN: 120, MODEL: "eu.anthropic.claude-9:0",
         "spantally.usage.cache_write_1h.input_tokens": 100,
         "spantally.usage.cache_write_5m.input_tokens": 20, SOURCE: "provider"},
    ),
    "an exception within a stream": (
        BEDROCK + PROFILE + "/converse-stream",
        Answer(event("messageStart", {"role": "assistant"}) + exception("throttlingException", "x"),
               **FRAMES),
        {INPUT: None, SOURCE: "missing", ERROR: "throttlingException",
         MODEL: "arn:aws:bedrock:eu-west-1:1:application-inference-profile/abc"},
    ),
    "counts in headers alone": (
        BEDROCK + "cohere.command-r%3A0/invoke",
        Answer(json.dumps({"text": "x", "finish_reason": "COMPLETE"}).encode(),
               headers=dict([counted("input", 21), counted("output", 5)])),
        {INPUT: 21, OUTPUT: 5, REASONS: ("COMPLETE",), SOURCE: "provider"},
    ),
    "metrics in the last chunk": (
        BEDROCK + "us.deepseek.r1%3A0/invoke-with-response-stream",
        Answer(chunk({"choices": [{"text": "a"}]})
               + chunk({"choices": [{"text": "", "stop_reason": "stop"}],
                        "amazon-bedrock-invocationMetrics": METERED}), **FRAMES),
        {INPUT: 11, OUTPUT: 4, REASONS: ("stop",), SOURCE: "provider"},
    ),
    "a refusal": (
        BEDROCK + "us.amazon.nova-9%3A0/converse-stream",
        Answer(b'{"message": "Too many requests"}', 429,
               headers={"x-amzn-errortype": "ThrottlingException:http://internal.amazon.com/"}),
        {INPUT: None, SOURCE: "not_billed", ERROR: "ThrottlingException"},
    ),
    "an endpoint of one's own": (
        "runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/mine/openai/v1/chat/completions",
        Answer(told({"choices": [{"index": 0, "finish_reason": "stop"}]},
                    {"choices": [], "usage": {"prompt_tokens": 6, "completion_tokens": 2}}), **EVENTS),
        {INPUT: 6, OUTPUT: 2, MODEL: "mine", SOURCE: "provider", "gen_ai.provider.name": "aws.sagemaker"},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def proxy() -> Iterator[replay.Replay]:
    with replay.serve() as server:
        yield server


LIBRARIES = {**DECODED, "botocore": tuple(BOTOCORE.values())}


@pytest.mark.parametrize("name", EXCHANGES)
def test_an_exchange_is_counted_however_it_is_read(
    name: str, spans: Any, proxy: replay.Replay
) -> None:
    where, proxy.answer, expected = EXCHANGES[name]
    proxy.answer.chunk = 1
    asked = {"method": "POST", "url": f"http://{where}", "content": b'{"stream": true}',
             "headers": {"content-type": "application/json"}}  # fmt: skip
    for turn, (library, ways) in enumerate(LIBRARIES.items(), list(EXCHANGES).index(name)):
        spans.clear()
        retrievals.forget()
        ways[turn % len(ways)](asked, proxy.url)
        (span,) = spans.llm()
        assert {key: (span.attributes or {}).get(key) for key in expected} == expected, library
