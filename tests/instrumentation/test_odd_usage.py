"""Usage that is told in odd places, in pieces, as text or by other names: over a socket, through the hooks."""

from __future__ import annotations

import json
from itertools import cycle
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from spantally._retrievals import retrievals
from support import replay
from support.replay import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.replay import Replay

INPUT, OUTPUT = "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"
CACHE_READ, CACHE_WRITE = (
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_write.input_tokens",
)
WRITE_5M, WRITE_1H = (f"spantally.usage.cache_write_{kept}.input_tokens" for kept in ("5m", "1h"))
REASONING = "gen_ai.usage.reasoning.output_tokens"
WEB, PARTS = "spantally.usage.web_search.requests", "spantally.usage.parts"

CHAT, GROQ = "api.openai.com/v1/chat/completions", "api.groq.com/openai/v1/chat/completions"
MESSAGES, RESPONSES = "api.anthropic.com/v1/messages", "api.openai.com/v1/responses"
QWEN = "dashscope-intl.aliyuncs.com"
KIMI = "api.moonshot.ai/v1/chat/completions"
PROXY, VERCEL = "llm.example/chat/completions", "ai-gateway.vercel.sh/v1/chat/completions"

FRAMINGS = cycle(
    [
        {"chunk": 1},
        {"chunk": 5, "compress": "gzip"},
        {"chunk": 3, "compress": "br"},
        {"chunk": 900, "compress": "zstd"},
        {"sized": True},
    ]
)
"""They take turns."""


@pytest.fixture(scope="module")
def proxy() -> Iterator[Replay]:
    with replay.serve() as server:
        yield server


def ask(proxy: Replay, spans: Any, call: str, answer: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """The only span of a call that is answered with one document, or a list of events, CRLF and all."""
    retrievals.forget()
    spans.clear()
    stream = isinstance(answer, list)
    content = b"".join(map(event, answer)) if stream else json.dumps(answer).encode()
    kind = "text/event-stream" if stream else "application/json"
    proxy.answer = Answer(content, content_type=kind, **next(FRAMINGS))
    body = {"model": "m", "messages": [], "input": "x", "max_tokens": 9, "stream": stream, **asked}
    with httpx.Client(proxy=proxy.url) as client:
        assert client.post(f"http://{call}", json=body).content == content
    return spans.only()


def event(said: dict[str, Any] | str) -> bytes:
    text = said if isinstance(said, str) else json.dumps(said)
    return f": keep-alive\r\n\r\ndata: {text}\r\n\r\n".encode()


def chunk(reason: str | None = None, index: int = 0, **more: Any) -> dict[str, Any]:
    choice = {"index": index, "delta": {"content": "x"}, "finish_reason": reason}
    return {"id": "c1", "model": "m", "choices": [choice], **more}


def usage(prompt: Any, completion: Any, **more: Any) -> dict[str, Any]:
    return {"prompt_tokens": prompt, "completion_tokens": completion, **more}


def begins(**counts: Any) -> dict[str, Any]:
    return {
        "type": "message_start",
        "message": {"id": "m1", "model": "claude-sonnet-5", "usage": counts},
    }


def goes_on(**counts: Any) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": counts}


def found(content: Any) -> dict[str, Any]:
    block = {"type": "web_search_tool_result", "tool_use_id": "t", "content": content}
    return {"type": "content_block_start", "index": 1, "content_block": block}


def writes(tokens: int, **kept: int) -> dict[str, Any]:
    split = {f"ephemeral_{name[1:]}_input_tokens": number for name, number in kept.items()}
    return {"cache_creation_input_tokens": tokens, **({"cache_creation": split} if split else {})}


def item(call: dict[str, Any]) -> dict[str, Any]:
    return {"type": "response.output_item.done", "output_index": 0, "item": call}


DONE = "[DONE]"
REFUSAL = {"stop_reason": "refusal"}
SEARCH, LOOK = (
    {"type": "web_search_call", "action": {"type": action}} for action in ("search", "open_page")
)
FILES, RUNS = (
    {"type": "file_search_call", "queries": ["a", "b"]},
    {"type": "code_interpreter_call", "container_id": "cntr_1"},
)
BOTH = {INPUT: 20, OUTPUT: 9}
ALONE = {"type": "message", "model": "claude-sonnet-5-20260701", "input_tokens": 20,
         "output_tokens": 9}  # fmt: skip
DETAILS = {"cached_tokens": 5, "cache_creation_tokens": 7, "cache_creation_token_details": {
    "ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 4}}  # fmt: skip

CASES: dict[str, tuple[str, Any, dict[str, Any], str]] = {
    "early, and null from then on": (
        CHAT, [chunk(usage=usage(20, 9)), chunk(usage=None), chunk("stop", usage=None), DONE],
        BOTH, "provider"),
    "early, and empty from then on": (
        CHAT, [chunk(), chunk(usage=usage(20, 9)), chunk(usage={}), chunk("stop"), DONE], BOTH, "provider"),
    "the prompt first, the completion last": (
        CHAT, [chunk(usage={"prompt_tokens": 20, "completion_tokens": None}), chunk(),
               chunk("stop", usage={"completion_tokens": 9}), DONE],
        BOTH, "provider"),
    "as text": (CHAT, {"id": "c1", "usage": usage("20", "9")}, BOTH, "provider"),
    "as floats": (CHAT, [chunk("stop", usage=usage(20.0, 9.0)), DONE], BOTH, "provider"),
    "null": (CHAT, {"id": "c1", "usage": None}, {}, "missing"),
    "a refusal, without choices": (CHAT, {"id": "c1", "choices": [], "usage": usage(20, 0)},
                                   {INPUT: 20, OUTPUT: 0}, "provider"),
    "Groq's, beside a null": (
        GROQ, [chunk(), chunk("stop", usage=None),
               {"id": "c1", "choices": [], "usage": None, "x_groq": {"usage": usage(20, 9)}}, DONE],
        BOTH, "provider"),
    "more reasoning than completion, and no total": (
        CHAT, {"usage": usage(20, 9, completion_tokens_details={"reasoning_tokens": 30})},
        {INPUT: 20, OUTPUT: 39, REASONING: 30}, "provider"),
    "reasoning beside the details, within the completion (SGLang)": (
        PROXY, {"usage": usage(20, 9, prompt_tokens_details=None, reasoning_tokens=4)},
        {**BOTH, REASONING: 4}, "provider"),
    "Claude's behind LiteLLM": (
        PROXY, {"usage": usage(20, 9, prompt_tokens_details=DETAILS, cache_read_input_tokens=5,
                               cache_creation_input_tokens=7, server_tool_use={"web_search_requests": 2})},
        {**BOTH, CACHE_READ: 5, CACHE_WRITE: 7, WRITE_5M: 3, WRITE_1H: 4, WEB: 2}, "provider"),
    "Gemini's behind LiteLLM": (
        PROXY, {"usage": usage(20, 9, prompt_tokens_details={
            "web_search_requests": 3, "google_maps_grounding_requests": 1})},
        {**BOTH, WEB: 3, "spantally.usage.maps_searches": 1}, "provider"),
    "searches that Vercel bills": (
        VERCEL, {"usage": usage(20, 9), "choices": [{"message": {"provider_metadata": {
            "gateway": {"billableWebSearchCalls": 2}}}}]},
        {**BOTH, WEB: 2}, "provider"),
    "a search that Vercel does not bill": (
        VERCEL, [chunk("stop"), {"id": "c1", "usage": usage(20, 9), "choices": [{"delta": {
            "provider_metadata": {"gateway": {"billableWebSearchCalls": 0}}}}]}, DONE],
        BOTH, "provider"),
    "a response that failed after its tools had run": (
        RESPONSES, {"id": "r1", "status": "failed", "usage": None, "output": [SEARCH, SEARCH, LOOK]},
        {WEB: 2}, "partial"),
    "a response that failed at once": (
        RESPONSES, {"id": "r1", "status": "failed", "usage": None, "output": [],
                    "tool_usage": {"web_search": {"num_requests": 0}}},
        {WEB: 0}, "missing"),
    "a chat cut after a tool had run (Groq)": (
        GROQ, [{"id": "c1", "model": "groq/compound", "choices": [{"index": 0, "delta": {
            "executed_tools": [{"index": 0, "type": "search"}]}}]}],
        {WEB: 1}, "partial"),
    "a conversation cut while a connector ran (Mistral)": (
        "api.mistral.ai/v1/conversations",
        [{"type": "conversation.response.started", "conversation_id": "c"},
         {"type": "tool.execution.started", "id": "t", "name": "web_search"}],
        {WEB: 1}, "partial"),
    "a stream cut after it was grounded (Gemini)": (
        "generativelanguage.googleapis.com/v1beta/models/gemini-3-flash:streamGenerateContent",
        [{"candidates": [{"groundingMetadata": {"webSearchQueries": ["a", "b"]}}]}],
        {WEB: 2}, "partial"),
    "a response cut after its tools had run": (
        RESPONSES, [{"type": "response.created", "response": {
                        "id": "r1", "tool_usage": {"web_search": {"num_requests": 0}}}},
                    *map(item, (SEARCH, LOOK, FILES, RUNS, RUNS))],
        {WEB: 1, "spantally.usage.file_search.requests": 1,
         "spantally.usage.code_interpreter.requests": 1}, "partial"),
    "a response that ended, beside its tools": (
        RESPONSES, [item(SEARCH), {"type": "response.incomplete", "response": {
            "id": "r1", "status": "incomplete", "output": [SEARCH, SEARCH],
            "tool_usage": {"web_search": {"num_requests": 1}},
            "usage": {"input_tokens": 20, "output_tokens": 9}}}],
        {**BOTH, WEB: 1}, "provider"),
    "of a response that was cancelled": (
        RESPONSES, [{"type": "response.created", "response": {"id": "r1"}},
                    {"type": "response.cancelled", "response": {
                        "id": "r1", "usage": {"input_tokens": 20, "output_tokens": 9}}}],
        BOTH, "provider"),
    "Claude writes less after a compaction, all for an hour": (
        MESSAGES, [begins(input_tokens=1, **writes(500, _5m=0, _1h=500)),
                   goes_on(input_tokens=2, output_tokens=9, **writes(100))],
        {INPUT: 102, OUTPUT: 9, CACHE_WRITE: 100, WRITE_5M: 0, WRITE_1H: 100}, "provider"),
    "Claude writes less after a compaction, some for an hour": (
        MESSAGES, [begins(input_tokens=1, **writes(500, _5m=300, _1h=200)),
                   goes_on(input_tokens=2, output_tokens=9, **writes(100))],
        {INPUT: 102, OUTPUT: 9, CACHE_WRITE: 100}, "provider"),
    "Claude writes more while tools run": (
        MESSAGES, [begins(input_tokens=1, **writes(100, _5m=0, _1h=100)),
                   goes_on(input_tokens=2, output_tokens=9, **writes(500))],
        {INPUT: 502, OUTPUT: 9, CACHE_WRITE: 500, WRITE_5M: 0, WRITE_1H: 100}, "provider"),
    "Claude's imitation tells the input at the start, and 0 for it in the end": (
        MESSAGES, [begins(input_tokens=20, cache_read_input_tokens=30, output_tokens=0),
                   goes_on(input_tokens=0, cache_read_input_tokens=0, output_tokens=9)],
        {INPUT: 50, OUTPUT: 9, CACHE_READ: 30}, "provider"),
    "Claude's imitation begins at nothing, and is cut": (
        MESSAGES, [begins(input_tokens=0, cache_read_input_tokens=0, output_tokens=0)], {}, "missing"),
    "Claude has searched, and is cut": (
        MESSAGES, [begins(input_tokens=20, server_tool_use=None), found([{"type": "web_search_result"}]),
                   found({"type": "web_search_tool_result_error", "error_code": "unavailable"}),
                   found([])],
        {INPUT: 20, WEB: 2}, "partial"),
    "Claude has searched, and counts it": (
        MESSAGES, [begins(input_tokens=20), found([]), found([]),
                   goes_on(output_tokens=9, server_tool_use={"web_search_requests": 1})],
        {**BOTH, WEB: 1}, "provider"),
    "Claude refuses before any output": (
        MESSAGES, {"id": "m1", "content": [], "stop_reason": "refusal",
                   "usage": {"input_tokens": 20, "output_tokens": 9}},
        BOTH, "not_billed"),
    "Claude refuses before any output, in a stream": (
        MESSAGES, [begins(input_tokens=20), {**goes_on(output_tokens=9), "delta": REFUSAL}],
        BOTH, "not_billed"),
    "Claude refuses in the middle": (
        MESSAGES, [begins(input_tokens=20), {"type": "content_block_start", "index": 0},
                   {**goes_on(output_tokens=9), "delta": REFUSAL}],
        BOTH, "provider"),
    "an imitation refuses": (
        "llm.example/v1/messages", {"id": "m1", "content": [], "stop_reason": "refusal",
                                    "usage": {"input_tokens": 20, "output_tokens": 9}},
        BOTH, "provider"),
    "Claude refuses elsewhere": (
        "us-east5-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/anthropic/models/c:rawPredict",
        {"id": "m1", "content": [], "stop_reason": "refusal",
         "usage": {"input_tokens": 20, "output_tokens": 9}},
        BOTH, "provider"),
    "Claude does nothing but compact": (
        MESSAGES, [begins(input_tokens=60000, output_tokens=1),
                   goes_on(input_tokens=0, output_tokens=0, iterations=[
                       {"type": "compaction", "input_tokens": 60000, "output_tokens": 500}])],
        {INPUT: 0, OUTPUT: 0, PARTS: json.dumps(
            [{"kind": "compaction", "model": "claude-sonnet-5",
              "usage": {"input_tokens": 60000, "output_tokens": 500}}], separators=(",", ":"))},
        "provider"),
    "Claude reads all of the prompt from its cache": (
        MESSAGES, [begins(input_tokens=20, cache_read_input_tokens=0, output_tokens=1),
                   goes_on(input_tokens=0, cache_read_input_tokens=40, output_tokens=9)],
        {INPUT: 40, OUTPUT: 9, CACHE_READ: 40}, "provider"),
    "Claude's counts begin at nothing": (
        MESSAGES, [begins(input_tokens=0, output_tokens=0), goes_on(input_tokens=20, output_tokens=9)],
        BOTH, "provider"),
    "an iteration by the model's dated name": (
        MESSAGES, {"model": "claude-sonnet-5", "usage": {
            "input_tokens": 20, "output_tokens": 9, "iterations": [ALONE]}},
        BOTH, "provider"),
    "searches that an answer calls (Kimi)": (
        KIMI, {"choices": [{"index": 0, "finish_reason": "tool_calls", "message": {"tool_calls": [
            {"id": "1", "type": "builtin_function", "function": {"name": "$web_search"}},
            {"id": "2", "type": "function", "function": {"name": "mine"}}]}}], "usage": usage(20, 9)},
        {**BOTH, WEB: 1}, "provider"),
    "searches that a stream calls (Kimi)": (
        KIMI, [chunk(), {"id": "c1", "choices": [{"index": 0, "delta": {"tool_calls": [
            {"index": 0, "id": "1", "function": {"name": "$web_search", "arguments": ""}}]}}]},
            {"id": "c1", "choices": [{"index": 0, "delta": {"tool_calls": [
                {"index": 0, "function": {"arguments": "{}"}}]}}]},
            {"id": "c1", "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls",
                                      "usage": usage(20, 9)}]}, DONE],
        {**BOTH, WEB: 1}, "provider"),
    "searches of a plugin (Qwen's chat)": (
        f"{QWEN}/compatible-mode/v1/chat/completions",
        [chunk(), chunk("stop"), {"id": "c1", "choices": [], "usage": usage(
            20, 9, plugins={"search": {"count": 2, "strategy": "agent"}})}, DONE],
        {**BOTH, WEB: 2}, "provider"),
    "searches of a plugin (DashScope)": (
        f"{QWEN}/api/v1/services/aigc/text-generation/generation",
        {"output": {"finish_reason": "stop"}, "usage": {
            "input_tokens": 20, "output_tokens": 9, "plugins": {"search": {"count": 1}}}},
        {**BOTH, WEB: 1}, "provider"),
    "searches as billed, before those that are listed (Qwen's Responses)": (
        f"{QWEN}/compatible-mode/v1/responses",
        {"id": "r1", "status": "completed", "output": [SEARCH, SEARCH], "usage": {
            "input_tokens": 20, "output_tokens": 9, "x_tools": {"web_search": {"count": 1}}}},
        {**BOTH, WEB: 1}, "provider"),
    "a part of a second (Mistral)": (
        "api.mistral.ai/v1/chat/completions", {"usage": usage(20, 9, prompt_audio_seconds=3.2)},
        {**BOTH, "spantally.usage.audio_seconds": 4}, "provider"),
    "whisper's seconds, as text": (
        "api.openai.com/v1/audio/transcriptions", {"text": "x", "duration": "3.32"},
        {"spantally.usage.audio_seconds": 4}, "provider"),
    "cut before it came": (CHAT, [chunk(), chunk("stop")], {}, "missing"),
    "cut in the middle of a choice": (
        CHAT, [chunk(usage=usage(20, 1)), chunk(usage=usage(20, 9))], BOTH, "partial"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_usage_is_counted_wherever_it_is_told(
    case: tuple[str, Any, dict[str, Any], str], proxy: Replay, spans: Any
) -> None:
    call, answer, expected, source = case
    span = ask(proxy, spans, call, answer, {})
    counted = {
        name: n
        for name, n in span.items()
        if name.startswith(("gen_ai.usage.", "spantally.usage."))
    }
    assert counted == {**expected, "spantally.usage.source": source}


CONTEXT = {
    "Mistral's tier": (
        "api.mistral.ai/v1/embeddings", {"usage": {**usage(20, 0), "service_tier": "priority"}},
        {"spantally.service_tier": "priority"}),
    "Claude's behind LiteLLM": (
        PROXY, {"usage": usage(20, 9, inference_geo="us", speed="fast", service_tier="standard")},
        {"spantally.inference_geo": "us", "spantally.speed": "fast", "spantally.service_tier": "standard"}),
    "the tier of the whole response, before that of the usage": (
        PROXY, {"service_tier": "flex", "usage": usage(20, 9, service_tier="standard")},
        {"spantally.service_tier": "flex"}),
    "reasons in the order of the choices": (
        CHAT, [chunk(), chunk("length", 1), chunk("stop", 0), DONE],
        {"gen_ai.response.finish_reasons": ("stop", "length")}),
}  # fmt: skip


@pytest.mark.parametrize("case", CONTEXT.values(), ids=CONTEXT)
def test_what_else_decides_the_price_is_known(
    case: tuple[str, Any, dict[str, Any]], proxy: Replay, spans: Any
) -> None:
    call, answer, expected = case
    span = ask(proxy, spans, call, answer, {})
    assert {name: span.get(name) for name in expected} == expected


FAILURE = {"code": 502, "message": "a secret"}
FAILED = {
    "a choice (OpenRouter)": (
        "openrouter.ai/api/v1/chat/completions",
        {"choices": [{"finish_reason": "error", "error": FAILURE}], "usage": usage(20, 9)}, "502"),
    "a choice of a stream": (
        CHAT, [chunk(), {"choices": [{"index": 0, "delta": {}, "error": FAILURE}]}], "502"),
    "a sentence in a stream (Groq)": (
        GROQ, [chunk(), {"choices": [], "x_groq": {"id": "r", "error": "a secret"}}, DONE], "stream_error"),
    "a sentence at the end of a stream (Cohere)": (
        "api.cohere.com/v2/chat",
        [{"type": "message-start", "id": "i"}, {"type": "message-end", "delta": {
            "finish_reason": "ERROR", "error": "a secret", "usage": {"billed_units": {"input_tokens": 20}}}}],
        "stream_error"),
    "a code beside an answer that is not there (MiniMax)": (
        "api.minimax.io/v1/chat/completions",
        {"choices": None, "base_resp": {"status_code": 1008, "status_msg": "a secret"}}, "1008"),
    "a code that says all is well (MiniMax)": (
        "api.minimax.io/v1/chat/completions",
        {"usage": usage(20, 9), "base_resp": {"status_code": 0, "status_msg": ""}}, None),
    "a sentence": (CHAT, {"error": "a secret"}, "_OTHER"),
    "a null": (CHAT, {"error": None, "usage": usage(20, 9)}, None),
}  # fmt: skip


@pytest.mark.parametrize("case", FAILED.values(), ids=FAILED)
def test_a_failure_that_is_announced_as_success_is_known_by_its_code_and_never_by_its_words(
    case: tuple[str, Any, str | None], proxy: Replay, spans: Any
) -> None:
    call, answer, code = case
    span = ask(proxy, spans, call, answer, {})
    assert span.get("error.type") == code
    assert "a secret" not in str(span)
