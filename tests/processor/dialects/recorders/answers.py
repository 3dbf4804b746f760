"""What the stand-in for the providers answers: made-up words, counts that can be told apart.

Of 1000 input tokens 300 are read from a cache and, at Anthropic, 200 written to one. The cached 500
are as many as Anthropic's raw `input_tokens`, so no comparison of counts shows whether an emitter has
added them up: that has to be known.
"""

from __future__ import annotations

import json
from typing import Any

Json = dict[str, Any]

OPENAI_MODEL = "gpt-5-2025-08-07"
ANTHROPIC_MODEL = "claude-sonnet-4-5-20250929"
GEMINI_MODEL = "gemini-2.5-flash"

_CHAT_USAGE = {
    "prompt_tokens": 1000,
    "completion_tokens": 100,
    "total_tokens": 1100,
    "prompt_tokens_details": {"cached_tokens": 300, "audio_tokens": 0},
    "completion_tokens_details": {
        "reasoning_tokens": 40,
        "audio_tokens": 0,
        "accepted_prediction_tokens": 0,
        "rejected_prediction_tokens": 0,
    },
}
_CHAT = {"created": 1795000000, "model": OPENAI_MODEL, "service_tier": "default"}


def chat(response_id: str, *, tool: str | None = None) -> Json:
    """OpenAI's chat completion; with `tool`, it asks for that function with no arguments."""
    message: Json = {"role": "assistant", "content": "Four.", "refusal": None}
    if tool:
        called = {"id": "call_1", "type": "function", "function": {"name": tool, "arguments": "{}"}}
        message |= {"content": None, "tool_calls": [called]}
    reason = "tool_calls" if tool else "stop"
    choice = {"index": 0, "message": message, "finish_reason": reason, "logprobs": None}
    return {
        "id": response_id,
        "object": "chat.completion",
        **_CHAT,
        "choices": [choice],
        "usage": _CHAT_USAGE,
    }


def chat_stream(response_id: str, *, tool: str | None = None) -> list[Json]:
    """The same as chunks, with the usage in the last."""
    delta: Json = {"role": "assistant", "content": "Four."}
    if tool:
        called = {"id": "call_1", "type": "function", "function": {"name": tool, "arguments": "{}"}}
        delta = {"role": "assistant", "content": None, "tool_calls": [{"index": 0, **called}]}
    head = {"id": response_id, "object": "chat.completion.chunk", **_CHAT}
    reason = "tool_calls" if tool else "stop"
    return [
        {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
        {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]},
        {**head, "choices": [], "usage": _CHAT_USAGE},
    ]


def responses(response_id: str) -> Json:
    """OpenAI's answer of the Responses API."""
    text = {"type": "output_text", "text": "Four.", "annotations": [], "logprobs": []}
    message = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed"}
    return {
        "id": response_id,
        "object": "response",
        "created_at": 1795000000,
        "status": "completed",
        "model": OPENAI_MODEL,
        "output": [{**message, "content": [text]}],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "temperature": 1.0,
        "top_p": 1.0,
        "service_tier": "default",
        "usage": {
            "input_tokens": 1000,
            "input_tokens_details": {"cached_tokens": 300},
            "output_tokens": 100,
            "output_tokens_details": {"reasoning_tokens": 40},
            "total_tokens": 1100,
        },
    }


def embeddings() -> Json:
    """OpenAI's answer to an embedding; it has no id."""
    vector = {"object": "embedding", "index": 0, "embedding": [0.25, 0.5]}
    return {
        "object": "list",
        "data": [vector],
        "model": "text-embedding-3-small",
        "usage": {"prompt_tokens": 8, "total_tokens": 8},
    }


_MESSAGES_USAGE = {
    "input_tokens": 500,
    "cache_creation_input_tokens": 200,
    "cache_read_input_tokens": 300,
    "cache_creation": {"ephemeral_5m_input_tokens": 150, "ephemeral_1h_input_tokens": 50},
    "output_tokens": 100,
    "service_tier": "standard",
}


def messages(response_id: str, *, tool: str | None = None) -> Json:
    """Anthropic's answer; with `tool`, it asks for that function with no arguments."""
    content: Json = {"type": "text", "text": "Four."}
    if tool:
        content = {"type": "tool_use", "id": "toolu_1", "name": tool, "input": {}}
    return {
        "id": response_id,
        "type": "message",
        "role": "assistant",
        "model": ANTHROPIC_MODEL,
        "content": [content],
        "stop_reason": "tool_use" if tool else "end_turn",
        "stop_sequence": None,
        "usage": _MESSAGES_USAGE,
    }


def messages_stream(response_id: str) -> list[Json]:
    """The same as events."""
    whole = messages(response_id)
    start = {**whole, "content": [], "stop_reason": None}
    start["usage"] = {**_MESSAGES_USAGE, "output_tokens": 1}
    stop = {"stop_reason": "end_turn", "stop_sequence": None}
    return [
        {"type": "message_start", "message": start},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "text_delta", "text": "Four."},
        },
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": stop, "usage": {"output_tokens": 100}},
        {"type": "message_stop"},
    ]


def gemini(response_id: str, *, tool: str | None = None) -> Json:
    """Gemini's answer: `candidatesTokenCount` leaves out the thoughts."""
    part: Json = {"functionCall": {"name": tool, "args": {}}} if tool else {"text": "Four."}
    candidate = {"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}
    return {
        "candidates": [candidate],
        "usageMetadata": {
            "promptTokenCount": 1000,
            "cachedContentTokenCount": 300,
            "candidatesTokenCount": 60,
            "thoughtsTokenCount": 40,
            "totalTokenCount": 1100,
        },
        "modelVersion": GEMINI_MODEL,
        "responseId": response_id,
    }


def mistral(response_id: str) -> Json:
    """Mistral's answer."""
    message = {"role": "assistant", "content": "Four.", "tool_calls": None}
    return {
        "id": response_id,
        "object": "chat.completion",
        "created": 1795000000,
        "model": "mistral-small-latest",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": 1000,
            "completion_tokens": 100,
            "total_tokens": 1100,
            "prompt_tokens_details": {"cached_tokens": 300},
        },
    }


def events(chunks: list[Json], *, named: bool = False) -> bytes:
    """A stream of server-sent events: named, as Anthropic's are, or ended by [DONE]."""
    lines = [
        (f"event: {chunk['type']}\n" if named else "") + f"data: {json.dumps(chunk)}\n\n"
        for chunk in chunks
    ]
    return "".join([*lines, *([] if named else ["data: [DONE]\n\n"])]).encode()
