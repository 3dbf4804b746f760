"""What a stand-in answers the app of tests/instrumentation/others, in the order in which it asks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from support.replay import Answer

_OPENAI_MODEL = "gpt-5-2025-08-07"
_CHAT_USAGE = {
    "prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100,
    "prompt_tokens_details": {"cached_tokens": 300, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 40, "audio_tokens": 0},
}  # fmt: skip
_MESSAGES_USAGE = {
    "input_tokens": 500, "cache_creation_input_tokens": 200, "cache_read_input_tokens": 300,
    "cache_creation": {"ephemeral_5m_input_tokens": 150, "ephemeral_1h_input_tokens": 50},
    "output_tokens": 100, "service_tier": "standard",
}  # fmt: skip


@dataclass(frozen=True)
class Script:
    """The answers, and the ids in them; empty where a response has none."""

    answers: tuple[Answer, ...]
    response_ids: tuple[str, ...]
    billed: tuple[str, ...]
    """The same without refusals."""


def answers_of_the_app() -> Script:
    """Six calls of OpenAI, two of them streams, three of Anthropic, one of Mistral, and a refusal."""
    billed = (
        "chatcmpl-1", "chatcmpl-2", "resp_1", "", "chatcmpl-3", "chatcmpl-4", "msg_1", "msg_2", "msg_3",
        "mistral-1",
    )  # fmt: skip
    refusal = {"error": {"message": "slow down", "type": "requests", "code": "rate_limit_exceeded"}}
    answers = (
        _chat("chatcmpl-1"), _chat_stream("chatcmpl-2"), _response("resp_1"), _embedding(),
        _chat("chatcmpl-3"), _chat_stream("chatcmpl-4"),
        _message("msg_1"), _message_stream("msg_2"), _message("msg_3"),
        _chat("mistral-1", model="mistral-small-latest"),
        Answer(json.dumps(refusal).encode(), status=429),
    )  # fmt: skip
    return Script(answers, (*billed, ""), billed)


def answers_of_the_frameworks() -> Script:
    """Three calls through LangChain, one a stream, and an agent's two: a tool is asked for, and told."""
    billed = ("chatcmpl-1", "chatcmpl-2", "msg_1", "chatcmpl-3", "chatcmpl-4")
    answers = (
        _chat("chatcmpl-1"), _chat_stream("chatcmpl-2"), _message("msg_1"),
        _tool_call("chatcmpl-3"), _chat("chatcmpl-4"),
    )  # fmt: skip
    return Script(answers, billed, billed)


def answers_behind_the_gateway() -> Script:
    """Two chats, one of them a stream, and an embedding."""
    billed = ("chatcmpl-1", "chatcmpl-2", "")
    return Script((_chat("chatcmpl-1"), _chat_stream("chatcmpl-2"), _embedding()), billed, billed)


def _tool_call(response_id: str) -> Answer:
    call = {
        "id": "call_1",
        "type": "function",
        "function": {"name": "add", "arguments": '{"left": 2, "right": 2}'},
    }
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    head = {"id": response_id, "object": "chat.completion", "created": 1795000000}
    return _json({**head, "model": _OPENAI_MODEL, "choices": [choice], "usage": _CHAT_USAGE})


def _json(body: dict[str, Any]) -> Answer:
    return Answer(json.dumps(body).encode())


def _events(events: list[dict[str, Any]], *, named: bool = False, end: bytes = b"") -> Answer:
    body = b"".join(
        (b"event: %b\n" % event["type"].encode() if named else b"")
        + b"data: %b\n\n" % json.dumps(event).encode()
        for event in events
    )
    return Answer(body + end, content_type="text/event-stream; charset=utf-8", chunk=300)


def _chat(response_id: str, model: str = _OPENAI_MODEL) -> Answer:
    message = {"role": "assistant", "content": "Four."}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    head = {"id": response_id, "object": "chat.completion", "created": 1795000000, "model": model}
    return _json({**head, "choices": [choice], "usage": _CHAT_USAGE})


def _chat_stream(response_id: str) -> Answer:
    head = {
        "id": response_id, "object": "chat.completion.chunk", "created": 1795000000, "model": _OPENAI_MODEL,
    }  # fmt: skip
    delta = {"role": "assistant", "content": "Four."}
    chunks: list[dict[str, Any]] = [
        {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
        {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        {**head, "choices": [], "usage": _CHAT_USAGE},
    ]
    return _events(chunks, end=b"data: [DONE]\n\n")


def _response(response_id: str) -> Answer:
    text = {"type": "output_text", "text": "Four.", "annotations": [], "logprobs": []}
    message = {"type": "message", "id": "m1", "role": "assistant", "status": "completed"}
    usage = {
        "input_tokens": 1000, "input_tokens_details": {"cached_tokens": 300},
        "output_tokens": 100, "output_tokens_details": {"reasoning_tokens": 40}, "total_tokens": 1100,
    }  # fmt: skip
    return _json(
        {
            "id": response_id, "object": "response", "created_at": 1795000000, "status": "completed",
            "model": _OPENAI_MODEL, "output": [{**message, "content": [text]}], "error": None,
            "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "metadata": {},
            "incomplete_details": None, "instructions": None, "temperature": 1.0, "top_p": 1.0,
            "usage": usage,
        }
    )  # fmt: skip


def _embedding() -> Answer:
    vector = {"object": "embedding", "index": 0, "embedding": [0.25, 0.5]}
    usage = {"prompt_tokens": 8, "total_tokens": 8}
    model = "text-embedding-3-small"
    return _json({"object": "list", "data": [vector], "model": model, "usage": usage})


def _whole_message(response_id: str) -> dict[str, Any]:
    return {
        "id": response_id, "type": "message", "role": "assistant", "model": "claude-sonnet-4-5-20250929",
        "content": [{"type": "text", "text": "Four."}], "stop_reason": "end_turn", "stop_sequence": None,
        "usage": _MESSAGES_USAGE,
    }  # fmt: skip


def _message(response_id: str) -> Answer:
    return _json(_whole_message(response_id))


def _message_stream(response_id: str) -> Answer:
    usage = {**_MESSAGES_USAGE, "output_tokens": 1}
    start = {**_whole_message(response_id), "content": [], "stop_reason": None, "usage": usage}
    stop = {"stop_reason": "end_turn", "stop_sequence": None}
    text = {"type": "text", "text": ""}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": start},
        {"type": "content_block_start", "index": 0, "content_block": text},
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "text_delta", "text": "Four."},
        },
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": stop, "usage": {"output_tokens": 100}},
        {"type": "message_stop"},
    ]
    return _events(events, named=True)
