"""A stream says what the whole response would have said, at every provider that speaks the API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from spantally.apis import Request
from spantally.providers import PROVIDERS
from support import answers
from support.aws_frames import event

SSE = {"content-type": "text/event-stream; charset=utf-8"}
FRAMES = {"content-type": "application/vnd.amazon.eventstream"}

RESPONSE: dict[str, Any] = {
    "id": "resp_1", "object": "response", "model": "gpt-9", "service_tier": "priority",
    "conversation": {"id": "c"},
    "tools": [{"type": "image_generation", "model": "gpt-image-9"}],
    "output": [
        {"type": "web_search_call", "action": {"type": "search"}},
        {"type": "file_search_call", "queries": ["a"]},
        {"type": "code_interpreter_call", "container_id": "one"},
        {"type": "mcp_call", "output": "completed failed error"},
        {"type": "message", "content": [{"type": "output_text", "text": '"error": {"code": 1}'}]},
    ],
    "tool_usage": {"image_gen": {"input_tokens": 50, "output_tokens": 1000}, "web_search": {"num_requests": 3}},
    "usage": {
        "input_tokens": 1000, "output_tokens": 400, "total_tokens": 1400, "cost_in_usd_ticks": 5,
        "input_tokens_details": {"cached_tokens": 300, "cache_write_tokens": 200},
        "output_tokens_details": {"reasoning_tokens": 90}, "cost": 0.25,
    },
}  # fmt: skip
BEGUN: dict[str, Any] = {
    **RESPONSE,
    "status": "queued",
    "output": [],
    "service_tier": "auto",
    "usage": None,
}
del BEGUN["tool_usage"]
ENDS: dict[str, dict[str, Any]] = {
    "completed": {},
    "incomplete": {"incomplete_details": {"reason": "max_output_tokens"}},
    "failed": {"error": {"code": "server_error", "message": "x"}},
    "cancelled": {},
}

MESSAGE: dict[str, Any] = {
    "id": "msg_1", "type": "message", "model": "claude-9", "content": [], "stop_reason": "end_turn",
    "usage": {
        "input_tokens": 20, "cache_creation_input_tokens": 30, "cache_read_input_tokens": 100,
        "output_tokens": 9,
        "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20},
        "output_tokens_details": {"thinking_tokens": 4}, "server_tool_use": {"web_search_requests": 2},
        "service_tier": "standard", "inference_geo": "us", "speed": "fast", "cost": 0.25,
    },
}  # fmt: skip

CHAT: dict[str, Any] = {
    "id": "chatcmpl-1", "object": "chat.completion", "model": "m-9", "service_tier": "flex", "provider": "P",
    "choices": [{"index": 0, "message": {"content": "x"}, "finish_reason": "length"}],
    "usage": {
        "prompt_tokens": 1000, "completion_tokens": 400, "total_tokens": 1400, "cost": 0.25,
        "citation_tokens": 7,
        "prompt_tokens_details": {"cached_tokens": 300, "audio_tokens": 10, "image_tokens": 20},
        "completion_tokens_details": {"reasoning_tokens": 90, "audio_tokens": 5},
    },
}  # fmt: skip


def readers(name: str) -> list[Any]:
    """Everybody's reader of this API, by the first place that it has; what is fetched later is no stream."""
    found = {
        endpoint.api: f"{provider.name}{endpoint.path}"
        for provider in reversed(PROVIDERS)
        for endpoint in reversed(provider.endpoints)
        if endpoint.api.name == name
        and endpoint.method == "POST"
        and "/async/" not in endpoint.path
    }
    return [pytest.param(api, id=where) for api, where in found.items()]


def read(api: Any, answer: Any, headers: dict[str, str] | None = None) -> Any:
    asked = Request({"model": "m-9"}, {"model": "m-9"})
    return answers.read(api, answer, asked, headers=headers)


def framed(events: list[dict[str, Any]], *, named: bool) -> bytes:
    return b"".join(
        (b"event: %b\n" % each["type"].encode() if named else b"")
        + b"data: %b\n\n" % json.dumps(each).encode()
        for each in events
    )


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("api", readers("openai.responses"))
def test_of_a_response(api: Any, end: str) -> None:
    whole = {**RESPONSE, "status": end, **ENDS[end]}
    said, error = read(api, whole)
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": BEGUN},
        {"type": "response.queued", "response": BEGUN},
        {"type": "response.in_progress", "response": {**BEGUN, "status": "in_progress"}},
        {"type": "response.image_generation_call.partial_image", "partial_image_b64": "A" * 500},
        {"type": "response.web_search_call.completed"},
        *({"type": "response.output_item.done", "item": item} for item in RESPONSE["output"]),
        {"type": f"response.{end}", "response": whole},
    ]
    for named in (True, False):
        for resumed_at in (0, 3):  # `starting_after`
            content = framed(events[resumed_at:], named=named)
            for pieces in (content, answers.by_event(content)):
                report, code = read(api, pieces, SSE)
                assert (report.attributes, code) == (said.attributes, error)
                assert report.complete
        for seen in range(1, len(events)):
            report, code = read(api, framed(events[:seen], named=named), SSE)
            ran = [each for each in events[:seen] if "item" in each]
            assert report.has_usage == bool(ran)
            assert not report.complete
            assert code is None
            assert report.attributes["gen_ai.response.id"] == "resp_1"
            assert "spantally.service_tier" not in report.attributes


@pytest.mark.parametrize("api", readers("anthropic.messages"))
def test_of_a_message(api: Any) -> None:
    said, _ = read(api, MESSAGE)
    usage = MESSAGE["usage"]
    first = {name: value for name, value in usage.items() if name != "cost"}
    begun = {**MESSAGE, "stop_reason": None, "usage": {**first, "output_tokens": 1}}
    last = {name: usage[name] for name in ("output_tokens", "output_tokens_details", "cost")}
    for final in (usage, last):
        events: list[dict[str, Any]] = [
            {"type": "message_start", "message": begun},
            {"type": "ping"},
            {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "x"}},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": final},
            {"type": "message_stop"},
        ]
        for named in (True, False):
            report, _ = read(api, framed(events, named=named), SSE)
            assert report.attributes == said.attributes
            assert report.complete


@pytest.mark.parametrize("api", readers("openai.chat_completions"))
def test_of_a_chat(api: Any) -> None:
    said, _ = read(api, CHAT)
    head = {name: value for name, value in CHAT.items() if name not in {"choices", "usage"}}
    delta = {"index": 0, "delta": {"content": "x"}, "finish_reason": None}
    events: list[dict[str, Any]] = [
        {**head, "choices": [delta], "usage": None},
        {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "length"}], "usage": None},
        {**head, "choices": [], "usage": CHAT["usage"]},
    ]
    content = framed(events, named=False) + b"data: [DONE]\n\n"
    for pieces in (content, answers.by_event(content)):
        report, _ = read(api, pieces, SSE)
        assert report.attributes == said.attributes
        assert report.complete


@pytest.mark.parametrize("api", readers("bedrock.converse"))
def test_of_a_conversation_at_bedrock(api: Any) -> None:
    told: dict[str, Any] = {
        "usage": {"inputTokens": 20, "outputTokens": 9, "cacheReadInputTokens": 100,
                  "cacheWriteInputTokens": 30, "cacheDetails": [{"ttl": "1h", "inputTokens": 30}]},
        "performanceConfig": {"latency": "optimized"}, "serviceTier": {"type": "flex"},
        "trace": {"guardrail": {"inputAssessment": {"g": {"invocationMetrics": {"usage": {
            "contentPolicyUnits": 2}}}}}},
    }  # fmt: skip
    said, _ = read(api, {"stopReason": "max_tokens", **told})
    frames = event("messageStart", {"role": "assistant"}) + event(
        "messageStop", {"stopReason": "max_tokens"}
    )
    frames += event("metadata", told)
    for cut in range(0, len(frames), 3):
        report, _ = read(api, (frames[:cut], frames[cut:]), FRAMES)
        assert report.attributes == said.attributes
        assert report.complete
