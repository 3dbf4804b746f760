"""What a recording's own usage block says, worked out apart from the code under test."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from support.recordings import Recording

OPENAI_METERS = {
    "gen_ai.usage.input_tokens": ["prompt_tokens", "input_tokens"],
    "gen_ai.usage.output_tokens": ["completion_tokens", "output_tokens"],
}
OPENAI_DETAILS = {
    "gen_ai.usage.cache_read.input_tokens": ("in", "cached_tokens"),
    "gen_ai.usage.cache_write.input_tokens": ("in", "cache_write_tokens"),
    "gen_ai.usage.text.input_tokens": ("in", "text_tokens"),
    "gen_ai.usage.image.input_tokens": ("in", "image_tokens"),
    "gen_ai.usage.audio.input_tokens": ("in", "audio_tokens"),
    "gen_ai.usage.reasoning.output_tokens": ("out", "reasoning_tokens"),
    "gen_ai.usage.text.output_tokens": ("out", "text_tokens"),
    "gen_ai.usage.image.output_tokens": ("out", "image_tokens"),
    "gen_ai.usage.audio.output_tokens": ("out", "audio_tokens"),
    "spantally.usage.accepted_prediction.output_tokens": ("out", "accepted_prediction_tokens"),
    "spantally.usage.rejected_prediction.output_tokens": ("out", "rejected_prediction_tokens"),
}


@dataclass
class Expected:
    """What the span has to say."""

    counts: dict[str, Any]
    source: str
    model: str | None
    response_id: str | None
    tier: str | None
    error: str | None = None


def expected_usage(recording: Recording) -> Expected:
    """The counts and the identity that a recording states."""
    if recording.status >= 300:
        error = recording.events[0]["error"]
        code = error.get("code") or error.get("type")
        return Expected({}, "not_billed", None, None, None, code)
    anthropic = recording.kind[0] == "anthropic"
    body = _anthropic_body(recording) if anthropic else _openai_body(recording)
    usage = body.get("usage") or {}
    counts = _anthropic_counts(body, usage) if anthropic else _openai_counts(body, usage)
    tier = usage.get("service_tier") if anthropic else body.get("service_tier")
    source = "provider" if usage else "missing"
    return Expected(counts, source, body.get("model"), body.get("id"), tier)


def _openai_body(recording: Recording) -> dict[str, Any]:
    """The response; of a stream, its last word on every field."""
    events = recording.events
    if recording.kind[1] == "responses" and recording.is_stream:
        final = ("response.completed", "response.incomplete", "response.failed")
        return next(e["response"] for e in reversed(events) if e["type"] in final)
    merged: dict[str, Any] = {}
    for event in events:
        merged.update({key: value for key, value in event.items() if value not in (None, "")})
    return merged


def _openai_counts(body: dict[str, Any], usage: dict[str, Any]) -> dict[str, Any]:
    details = {
        "in": usage.get("prompt_tokens_details") or usage.get("input_tokens_details") or {},
        "out": usage.get("completion_tokens_details") or usage.get("output_tokens_details") or {},
    }
    counts: dict[str, Any] = {
        name: usage[key] for name, keys in OPENAI_METERS.items() for key in keys if key in usage
    }
    for name, (side, key) in OPENAI_DETAILS.items():
        if key in details[side]:
            counts[name] = details[side][key]
    counts.update(_openai_tools(body))
    return counts


def _openai_tools(body: dict[str, Any]) -> dict[str, Any]:
    output = body.get("output") or []
    tool_usage = body.get("tool_usage") or {}
    counts: dict[str, Any] = {}
    searches = [item for item in output if item["type"] == "web_search_call"]
    if "web_search" in tool_usage:
        counts["spantally.usage.web_search.requests"] = tool_usage["web_search"]["num_requests"]
    elif searches:
        billed = [s for s in searches if (s.get("action") or {}).get("type", "search") == "search"]
        counts["spantally.usage.web_search.requests"] = len(billed)
    file_searches = [item for item in output if item["type"] == "file_search_call"]
    if file_searches:
        counts["spantally.usage.file_search.requests"] = len(file_searches)
    sessions = {
        i.get("container_id") or i["id"] for i in output if i["type"] == "code_interpreter_call"
    }
    if sessions:
        counts["spantally.usage.code_interpreter.requests"] = len(sessions)
    images = [item for item in output if item["type"] == "image_generation_call"]
    image_tokens = tool_usage.get("image_gen") or {}
    if image_tokens.get("total_tokens"):
        usage = {
            "input_tokens": image_tokens["input_tokens"],
            "input_image_tokens": image_tokens["input_tokens_details"]["image_tokens"],
            "output_tokens": image_tokens["output_tokens"],
            "output_image_tokens": image_tokens["output_tokens_details"]["image_tokens"],
        }
        counts["spantally.usage.parts"] = [
            {
                "kind": "image_generation",
                "model": None,
                "usage": {meter: n for meter, n in usage.items() if n},
            }
        ]
    elif images:
        counts["spantally.usage.parts"] = [{"kind": "image_generation", "model": None, "usage": {}}]
    return counts


def _anthropic_body(recording: Recording) -> dict[str, Any]:
    if not recording.is_stream:
        return recording.events[0]
    start = next(event for event in recording.events if event["type"] == "message_start")
    body = dict(start["message"])
    body["usage"] = {k: v for k, v in body["usage"].items() if k != "output_tokens"}
    for event in recording.events:
        if event["type"] == "message_delta":
            body["usage"].update({k: v for k, v in event["usage"].items() if v is not None})
    return body


def _anthropic_counts(body: dict[str, Any], usage: dict[str, Any]) -> dict[str, Any]:
    split = usage.get("cache_creation") or {}
    tools = usage.get("server_tool_use") or {}
    found = {
        "gen_ai.usage.input_tokens": usage["input_tokens"]
        + (usage.get("cache_creation_input_tokens") or 0)
        + (usage.get("cache_read_input_tokens") or 0),
        "gen_ai.usage.cache_read.input_tokens": usage.get("cache_read_input_tokens"),
        "gen_ai.usage.cache_write.input_tokens": usage.get("cache_creation_input_tokens"),
        "spantally.usage.cache_write_5m.input_tokens": split.get("ephemeral_5m_input_tokens"),
        "spantally.usage.cache_write_1h.input_tokens": split.get("ephemeral_1h_input_tokens"),
        "gen_ai.usage.output_tokens": usage.get("output_tokens"),
        "gen_ai.usage.reasoning.output_tokens": (usage.get("output_tokens_details") or {}).get(
            "thinking_tokens"
        ),
        "spantally.usage.web_search.requests": tools.get("web_search_requests"),
        "spantally.usage.web_fetch.requests": tools.get("web_fetch_requests"),
    }
    counts: dict[str, Any] = {name: n for name, n in found.items() if n is not None}
    beside = [
        {"kind": i["type"], "model": i.get("model") or body["model"], "usage": _iteration(i)}
        for i in usage.get("iterations") or []
        if i["type"] in {"compaction", "advisor_message"}
        or i.get("model", body["model"]) != body["model"]
    ]
    if beside:
        counts["spantally.usage.parts"] = beside
    return counts


def _iteration(iteration: dict[str, Any]) -> dict[str, int]:
    read, written = iteration["cache_read_input_tokens"], iteration["cache_creation_input_tokens"]
    usage = {
        "input_tokens": iteration["input_tokens"] + read + written,
        "cache_read_tokens": read,
        "cache_write_tokens": written,
        "output_tokens": iteration["output_tokens"],
    }
    if "cache_creation" in iteration:
        usage["cache_write_1h_tokens"] = iteration["cache_creation"]["ephemeral_1h_input_tokens"]
    return usage


def decoded_parts(counts: dict[str, Any]) -> dict[str, Any]:
    """The counts of a span with its JSON attribute read, so that key order does not matter."""
    name = "spantally.usage.parts"
    return {**counts, name: json.loads(counts[name])} if name in counts else counts
