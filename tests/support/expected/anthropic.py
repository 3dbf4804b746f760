"""Anthropic's messages: three disjoint input counts, and iterations beside the total."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.expected.outcome import Expected, NoCall, refused

if TYPE_CHECKING:
    from support.recordings import Recording


def expected(
    recording: Recording, api: str = "anthropic.messages", provider: str = "anthropic"
) -> Expected:
    """What the usage block of a messages exchange says."""
    if recording.status >= 300:
        return refused(recording, api, provider)
    body = anthropic_body(recording)
    usage = body["usage"]
    return Expected(
        api=api,
        provider=provider,
        counts=anthropic_counts(body, usage),
        source="not_billed" if provider == "anthropic" and _is_refusal(recording) else "provider",
        model=body.get("model"),
        response_id=body.get("id"),
        tier=usage.get("service_tier"),
    )


def _is_refusal(recording: Recording) -> bool:
    """Whether it was refused before there was any output."""
    said = [{**event, **event.get("delta", {})} for event in recording.events]
    refused = any(event.get("stop_reason") == "refusal" for event in said)
    wrote = any(
        event.get("content") or event.get("type") == "content_block_start" for event in said
    )
    return refused and not wrote


def complete(recording: Recording) -> Expected:
    """A legacy completion, which counts nothing."""
    api = "anthropic.complete"
    if recording.status >= 300:
        return refused(recording, api, "anthropic")
    final = [event for event in recording.events if event.get("type") == "completion"][-1]
    reasons = [final["stop_reason"]] if final["stop_reason"] else None
    return Expected(
        api, "anthropic", {}, "missing", final["model"], final["id"], finish_reasons=reasons
    )


def batch(recording: Recording) -> Expected | NoCall:
    """The last of a batch's results; looking at a batch is no call."""
    messages = [
        event["result"]["message"]
        for event in recording.events
        if event.get("result", {}).get("type") == "succeeded"
    ]
    if not messages:
        return NoCall("ordering a batch and looking at it are free")
    final = messages[-1]
    return Expected(
        api="anthropic.batch_results",
        provider="anthropic",
        counts=anthropic_counts(final, final["usage"]),
        source="provider",
        model=final["model"],
        response_id=final["id"],
        tier=final["usage"].get("service_tier"),
        also={"spantally.processing": "batch"},
        spans=len(messages),
    )


KINDS = {
    ("anthropic", "messages"): expected,
    ("anthropic", "complete"): complete,
    ("anthropic", "batches"): batch,
    ("anthropic", "count-tokens"): lambda r: NoCall("counting tokens is free"),
}


def anthropic_body(recording: Recording) -> dict[str, Any]:
    if not recording.is_stream:
        return recording.events[0]
    start = next(event for event in recording.events if event["type"] == "message_start")
    body = dict(start["message"])
    body["usage"] = {k: v for k, v in body["usage"].items() if k != "output_tokens"}
    for event in recording.events:
        if event["type"] == "message_delta":
            body["usage"].update({k: v for k, v in event["usage"].items() if v is not None})
    return body


def anthropic_counts(body: dict[str, Any], usage: dict[str, Any]) -> dict[str, Any]:
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
