"""OpenAI responses: POST /v1/responses.

Shapes follow what the API sent in 2026: a stream is typed events, of which only the last carries
usage and the tier that was served; the earlier ones say `auto`. Billable searches are in
`tool_usage`, beside `usage`.
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

API = "openai.responses"
SEARCH = "web_search"


def read(body: Mapping[str, Any]) -> Prompt:
    """The prompt in a responses request."""
    items = body.get("input")
    if isinstance(items, str):
        items = [{"role": "user", "content": items}]
    if not isinstance(items, list):
        message = "input: expected a text or a list"
        raise BadRequest(message)
    tools = [tool for tool in body.get("tools") or () if tool["type"] == "function"]
    segments = [Segment("tools", json.dumps(tools))] if tools else []
    if body.get("instructions"):
        segments.append(Segment("system", body["instructions"]))
    segments += [_segment(item) for item in items]
    form = (body.get("text") or {}).get("format") or {}
    return Prompt(
        model=body["model"],
        segments=tuple(segments),
        tools=tuple(Tool(tool["name"], tool.get("parameters") or {}) for tool in tools),
        called=frozenset(item["name"] for item in items if item.get("type") == "function_call"),
        schema=form.get("schema"),
        max_tokens=body.get("max_output_tokens"),
        effort=(body.get("reasoning") or {}).get("effort") or "",
        stream=bool(body.get("stream")),
        service_tier=body.get("service_tier") or "",
        searches=sum(tool["type"] == SEARCH for tool in body.get("tools") or ()),
    )


def respond(body: Mapping[str, Any]) -> Reply:
    """The response, and the events that stream it."""
    prompt = read(body)
    said = answer(prompt)
    tokens = cached_by_prefix(prompt, charges_writes=charges_cache_writes(prompt.model))
    usage = _usage(tokens, said)
    # Searches are billed like usage, so the journal keeps them with it.
    billed = {**usage, "tool_usage": {SEARCH: {"num_requests": prompt.searches}}}
    output = list(_output(prompt, said))
    response: dict[str, object] = {
        "id": new_id("resp_"),
        "object": "response",
        "created_at": int(time.time()),
        "status": "incomplete" if said.cut else "completed",
        "background": False,
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if said.cut else None,
        "instructions": None,
        "max_output_tokens": prompt.max_tokens,
        "metadata": {},
        "model": SNAPSHOTS.get(prompt.model, prompt.model),
        "output": output,
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": prompt.effort or None, "summary": None},
        "service_tier": served_tier(prompt),
        "store": True,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}, "verbosity": "medium"},
        "tool_choice": "auto",
        "tool_usage": billed["tool_usage"],
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": usage,
        "user": None,
    }
    return Reply(
        stream=prompt.stream,
        id=str(response["id"]),
        model=str(response["model"]),
        usage=billed,
        body=response,
        events=tuple(_events(response, output, billed)),
    )


def _output(prompt: Prompt, said: Answer) -> Iterator[dict[str, Any]]:
    if said.reasoning_tokens:
        yield {"id": new_id("rs_"), "type": "reasoning", "summary": []}
    for _ in range(prompt.searches):
        action = {"type": "search", "query": "hotel demand", "queries": ["hotel demand"]}
        yield {
            "id": new_id("ws_"),
            "type": "web_search_call",
            "status": "completed",
            "action": action,
        }
    for call in said.calls:
        yield {
            "id": new_id("fc_"),
            "type": "function_call",
            "status": "completed",
            "call_id": new_id("call_"),
            "name": call.name,
            "arguments": call.arguments,
        }
    if not said.calls:
        text = {"type": "output_text", "text": said.text, "annotations": [], "logprobs": []}
        yield {
            "id": new_id("msg_"),
            "type": "message",
            "status": "incomplete" if said.cut else "completed",
            "role": "assistant",
            "content": [text],
        }


def _events(
    body: Mapping[str, object], output: list[dict[str, Any]], billed: dict[str, object]
) -> Iterator[Event]:
    started = {
        **body,
        "status": "in_progress",
        "output": [],
        "service_tier": "auto",
        "usage": None,
        "incomplete_details": None,
    }
    plain: list[tuple[str, dict[str, object]]] = [
        ("response.created", {"response": started}),
        ("response.in_progress", {"response": started}),
    ]
    for index, item in enumerate(output):
        plain += [(kind, {"output_index": index, **fields}) for kind, fields in _item_events(item)]
    for number, (kind, fields) in enumerate(plain):
        yield Event({"type": kind, "sequence_number": number, **fields}, name=kind)
    last = f"response.{body['status']}"
    data = {"type": last, "sequence_number": len(plain), "response": body}
    yield Event(data, name=last, usage=billed)


def _item_events(item: dict[str, Any]) -> Iterator[tuple[str, dict[str, object]]]:
    at = {"item_id": item["id"]}
    opening = {**item, "status": "in_progress"} if "status" in item else item
    match item["type"]:
        case "message":
            content = item["content"][0]
            part = {**at, "content_index": 0}
            yield "response.output_item.added", {"item": {**opening, "content": []}}
            yield "response.content_part.added", {**part, "part": {**content, "text": ""}}
            for portion in deltas(content["text"]):
                yield "response.output_text.delta", {**part, "delta": portion, "logprobs": []}
            text = {"text": content["text"], "logprobs": []}
            yield "response.output_text.done", {**part, **text}
            yield "response.content_part.done", {**part, "part": content}
        case "function_call":
            yield "response.output_item.added", {"item": {**opening, "arguments": ""}}
            for portion in deltas(item["arguments"]):
                yield "response.function_call_arguments.delta", {**at, "delta": portion}
            named = {"name": item["name"], "arguments": item["arguments"]}
            yield "response.function_call_arguments.done", {**at, **named}
        case _:
            yield "response.output_item.added", {"item": opening}
    yield "response.output_item.done", {"item": item}


def _usage(tokens: InputTokens, said: Answer) -> dict[str, object]:
    return {
        "input_tokens": tokens.total,
        "input_tokens_details": {
            "cache_write_tokens": tokens.written,
            "cached_tokens": tokens.read,
        },
        "output_tokens": said.output_tokens,
        "output_tokens_details": {"reasoning_tokens": said.reasoning_tokens},
        "total_tokens": tokens.total + said.output_tokens,
    }


def _segment(item: Mapping[str, Any]) -> Segment:
    match item.get("type", "message"):
        case "function_call":
            return Segment("assistant", item["name"] + item["arguments"])
        case "function_call_output":
            return Segment("tool", str(item["output"]))
        case "message":
            content = item["content"]
            if isinstance(content, list):
                content = "".join(part.get("text", "") for part in content)
            return Segment(item["role"], content)
        case _:
            return Segment("assistant", "")
