"""Anthropic messages: POST /v1/messages.

Shapes follow what the API sent in 2026: input, cache reads and cache writes are three counts that
do not overlap. A stream states them, the split by retention, the tier and the place in
`message_start`; the cumulative output comes in `message_delta`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from standin.answer import answer
from standin.prompt import BadRequest, Prompt, Segment, Tool
from standin.reply import Event, Reply, deltas, new_id
from standin.tokens import cached_by_breakpoint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from standin.answer import Answer
    from standin.tokens import InputTokens

API = "anthropic.messages"


def read(body: Mapping[str, Any]) -> Prompt:
    """The prompt in a messages request."""
    if not isinstance(body.get("messages"), list) or not isinstance(body.get("max_tokens"), int):
        message = "messages and max_tokens: field required"
        raise BadRequest(message)
    tools = [tool for tool in body.get("tools") or () if "input_schema" in tool]
    segments = [Segment("tools", json.dumps(tools))] if tools else []
    segments += _segments("system", body.get("system") or [])
    called = set[str]()
    for message in body["messages"]:
        segments += _segments(message["role"], message["content"])
        if isinstance(message["content"], list):
            called.update(block["name"] for block in message["content"] if "name" in block)
    thinks = (body.get("thinking") or {}).get("type") in {"enabled", "adaptive"}
    effort = (body.get("output_config") or {}).get("effort") or "medium"
    return Prompt(
        model=body["model"],
        segments=tuple(segments),
        tools=tuple(Tool(tool["name"], tool["input_schema"]) for tool in tools),
        called=frozenset(called),
        max_tokens=body["max_tokens"],
        effort=effort if thinks else "",
        stream=bool(body.get("stream")),
    )


def respond(body: Mapping[str, Any]) -> Reply:
    """The message, and the events that stream it."""
    prompt = read(body)
    said = answer(prompt)
    usage = _usage(cached_by_breakpoint(prompt), said)
    message: dict[str, object] = {
        "id": new_id("msg_"),
        "type": "message",
        "role": "assistant",
        "model": prompt.model,
        "content": list(_content(said)),
        "stop_reason": "tool_use" if said.calls else "max_tokens" if said.cut else "end_turn",
        "stop_sequence": None,
        "stop_details": None,
        "usage": usage,
    }
    return Reply(
        stream=prompt.stream,
        id=str(message["id"]),
        model=prompt.model,
        usage=usage,
        body=message,
        events=tuple(_events(message, usage)),
    )


def _content(said: Answer) -> Iterator[dict[str, Any]]:
    if said.reasoning_tokens:
        yield {
            "type": "thinking",
            "thinking": "Weighing what is known.",
            "signature": "c3RhbmRpbg==",
        }
    for call in said.calls:
        yield {
            "type": "tool_use",
            "id": new_id("toolu_"),
            "name": call.name,
            "input": json.loads(call.arguments),
        }
    if not said.calls:
        yield {"type": "text", "text": said.text}


def _events(body: dict[str, Any], usage: dict[str, object]) -> Iterator[Event]:
    first = {key: usage[key] for key in usage if key != "output_tokens_details"}
    first["output_tokens"] = 1
    last = {key: usage[key] for key in usage if key.endswith(("_tokens", "_details"))}
    started = {**body, "content": [], "stop_reason": None, "usage": first}
    yield _event({"type": "message_start", "message": started}, first)
    for index, block in enumerate(body["content"]):
        opening, portions = _block(block)
        yield _event({"type": "content_block_start", "index": index, "content_block": opening})
        if index == 0:
            yield _event({"type": "ping"})
        for portion in portions:
            yield _event({"type": "content_block_delta", "index": index, "delta": portion})
        yield _event({"type": "content_block_stop", "index": index})
    end = {key: body[key] for key in ("stop_reason", "stop_sequence", "stop_details")}
    yield _event({"type": "message_delta", "delta": end, "usage": last}, last)
    yield _event({"type": "message_stop"})


def _block(block: dict[str, Any]) -> tuple[dict[str, object], list[dict[str, object]]]:
    """How a content block begins, and what follows it."""
    match block["type"]:
        case "thinking":
            thought = {"type": "thinking_delta", "thinking": block["thinking"]}
            signature = {"type": "signature_delta", "signature": block["signature"]}
            return {**block, "thinking": "", "signature": ""}, [thought, signature]
        case "tool_use":
            parts = ["", *deltas(json.dumps(block["input"]))]
            return {**block, "input": {}}, [
                {"type": "input_json_delta", "partial_json": part} for part in parts
            ]
        case _:
            return {**block, "text": ""}, [
                {"type": "text_delta", "text": part} for part in deltas(block["text"])
            ]


def _event(data: dict[str, object], usage: dict[str, object] | None = None) -> Event:
    return Event(data, name=str(data["type"]), usage=usage or {})


def _usage(tokens: InputTokens, said: Answer) -> dict[str, object]:
    thinking = {"output_tokens_details": {"thinking_tokens": said.reasoning_tokens}}
    return {
        "input_tokens": tokens.total - tokens.read - tokens.written,
        "cache_creation_input_tokens": tokens.written,
        "cache_read_input_tokens": tokens.read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": tokens.written_5m,
            "ephemeral_1h_input_tokens": tokens.written_1h,
        },
        "output_tokens": said.output_tokens,
        **(thinking if said.reasoning_tokens else {}),
        "service_tier": "standard",
        "inference_geo": "global",
    }


def _segments(role: str, content: object) -> list[Segment]:
    """One segment for each block, as any block may carry a cache breakpoint."""
    if isinstance(content, str):
        return [Segment(role, content)]
    if not isinstance(content, list):
        return []
    return [
        Segment(role, _text(block), _ttl(block.get("cache_control")))
        for block in content
        if block["type"] != "thinking"
    ]


def _text(block: Mapping[str, Any]) -> str:
    match block["type"]:
        case "text":
            return block["text"]
        case "tool_use":
            return block["name"] + json.dumps(block["input"])
        case "tool_result":
            return json.dumps(block.get("content"))
        case _:
            return ""


def _ttl(mark: Mapping[str, Any] | None) -> str:
    return mark.get("ttl", "5m") if mark else ""
