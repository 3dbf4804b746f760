"""OpenAI chat completions: POST /v1/chat/completions.

Shapes follow what the API sent in 2026: usage is inclusive, and a stream carries it in one last
chunk without choices, only when `stream_options.include_usage` asks for it.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from standin.answer import answer
from standin.openai_models import charges_cache_writes, served_tier
from standin.prompt import BadRequest, Prompt, Segment, Tool
from standin.reply import SNAPSHOTS, Event, Reply, deltas, new_id
from standin.tokens import cached_by_prefix

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from standin.answer import Answer
    from standin.tokens import InputTokens

API = "openai.chat_completions"


def read(body: Mapping[str, Any]) -> Prompt:
    """The prompt in a chat completions request."""
    if not isinstance(body.get("messages"), list):
        message = "messages: expected a list"
        raise BadRequest(message)
    tools = [tool["function"] for tool in body.get("tools") or ()]
    segments = [Segment("tools", json.dumps(tools))] if tools else []
    called = set[str]()
    for message in body["messages"]:
        calls = [call["function"] for call in message.get("tool_calls") or ()]
        called.update(call["name"] for call in calls)
        said = _text(message.get("content")) + (json.dumps(calls) if calls else "")
        segments.append(Segment(message["role"], said))
    schema = (body.get("response_format") or {}).get("json_schema") or {}
    return Prompt(
        model=body["model"],
        segments=tuple(segments),
        tools=tuple(Tool(tool["name"], tool.get("parameters") or {}) for tool in tools),
        called=frozenset(called),
        schema=schema.get("schema"),
        max_tokens=body.get("max_completion_tokens") or body.get("max_tokens"),
        effort=body.get("reasoning_effort") or "",
        stream=bool(body.get("stream")),
        stream_usage=bool((body.get("stream_options") or {}).get("include_usage")),
        service_tier=body.get("service_tier") or "",
    )


def respond(body: Mapping[str, Any]) -> Reply:
    """The completion, and the chunks that stream it."""
    prompt = read(body)
    said = answer(prompt)
    tokens = cached_by_prefix(prompt, charges_writes=charges_cache_writes(prompt.model))
    usage = _usage(tokens, said)
    head = {
        "id": new_id("chatcmpl-"),
        "created": int(time.time()),
        "model": SNAPSHOTS.get(prompt.model, prompt.model),
        "service_tier": served_tier(prompt),
        "system_fingerprint": None,
    }
    calls = [
        {
            "id": new_id("call_"),
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for call in said.calls
    ]
    message = {
        "role": "assistant",
        "content": said.text or None,
        "refusal": None,
        "annotations": [],
        **({"tool_calls": calls} if calls else {}),
    }
    finish = "tool_calls" if calls else "length" if said.cut else "stop"
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
    return Reply(
        stream=prompt.stream,
        id=head["id"],
        model=head["model"],
        usage=usage,
        body={**head, "object": "chat.completion", "choices": [choice], "usage": usage},
        events=tuple(_chunks(head, message, finish, usage if prompt.stream_usage else None)),
    )


def _chunks(
    head: Mapping[str, object],
    message: Mapping[str, Any],
    finish: str,
    usage: dict[str, object] | None,
) -> Iterator[Event]:
    chunk = {**head, "object": "chat.completion.chunk"}
    rest = {} if usage is None else {"usage": None}

    def choice(delta: object, reason: str | None = None) -> Event:
        choices = [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}]
        return Event({**chunk, "choices": choices, **rest})

    yield choice({"role": "assistant", "content": message["content"] and "", "refusal": None})
    for portion in deltas(message["content"] or ""):
        yield choice({"content": portion})
    for index, call in enumerate(message.get("tool_calls") or ()):
        arguments = call["function"]["arguments"]
        opening = {**call, "index": index, "function": {**call["function"], "arguments": ""}}
        yield choice({"tool_calls": [opening]})
        for portion in deltas(arguments):
            yield choice({"tool_calls": [{"index": index, "function": {"arguments": portion}}]})
    yield choice({}, finish)
    if usage is not None:
        yield Event({**chunk, "choices": [], "usage": usage}, usage=usage)
    yield Event("[DONE]")


def _usage(tokens: InputTokens, said: Answer) -> dict[str, object]:
    return {
        "prompt_tokens": tokens.total,
        "completion_tokens": said.output_tokens,
        "total_tokens": tokens.total + said.output_tokens,
        "prompt_tokens_details": {
            "audio_tokens": 0,
            "cache_write_tokens": tokens.written,
            "cached_tokens": tokens.read,
        },
        "completion_tokens_details": {
            "accepted_prediction_tokens": 0,
            "audio_tokens": 0,
            "reasoning_tokens": said.reasoning_tokens,
            "rejected_prediction_tokens": 0,
        },
    }


def _text(content: object) -> str:
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content)
    return content if isinstance(content, str) else ""
