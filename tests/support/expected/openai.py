"""OpenAI's own APIs, and the usage block that most others imitate."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

from support.expected.outcome import Expected, NoCall, refused

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
    "spantally.usage.input_video_tokens": ("in", "video_tokens"),
    "gen_ai.usage.reasoning.output_tokens": ("out", "reasoning_tokens"),
    "gen_ai.usage.text.output_tokens": ("out", "text_tokens"),
    "gen_ai.usage.image.output_tokens": ("out", "image_tokens"),
    "gen_ai.usage.audio.output_tokens": ("out", "audio_tokens"),
    "spantally.usage.accepted_prediction.output_tokens": ("out", "accepted_prediction_tokens"),
    "spantally.usage.rejected_prediction.output_tokens": ("out", "rejected_prediction_tokens"),
}


def retrieved(recording: Recording, api: str) -> Expected | NoCall:
    """A call; what asks for a response once more is one only if it brings usage."""
    if (
        recording.document["request"]["url"]
        .partition("?")[0]
        .endswith(("_tokens", "_items", "/conversations"))
    ):
        return NoCall("counting and listing are free")
    found = expected(recording, api)
    is_call = recording.method == "POST" or found.source == "provider"
    return found if is_call else NoCall("nothing new was said")


def expected(recording: Recording, api: str, provider: str = "openai") -> Expected:
    """What the usage block of a chat, responses or embeddings exchange says."""
    if recording.status >= 300:
        return refused(recording, api, provider)
    body = openai_body(recording)
    counts = openai_counts(body, body.get("usage") or {})
    reasons = [c["finish_reason"] for c in body.get("choices") or [] if c.get("finish_reason")]
    return Expected(
        api=api,
        provider=provider,
        counts=counts,
        source="provider" if counts else "missing",
        model=body.get("model"),
        response_id=body.get("id"),
        tier=body.get("service_tier"),
        finish_reasons=None if recording.is_stream else reasons or None,
    )


def images(recording: Recording) -> Expected:
    """Tokens where the model has them, else the images that came."""
    found = expected(recording, "openai.images")
    if recording.status >= 300:
        return found
    body, asked = openai_body(recording), recording.request_body
    if "usage" not in body:
        found.counts = {"spantally.usage.images": len(body["data"])}
        found.source = "provider"
    size = body.get("size") or asked.get("size") or "auto"
    if size == "auto" and (asked.get("model") or "").startswith("dall-e"):
        size = "1024x1024"
    quality = body.get("quality") or asked.get("quality") or "auto"
    found.also = {
        "spantally.image_size": None if size == "auto" else size,
        "spantally.image_quality": None if quality == "auto" else quality,
    }
    return found


def transcription(recording: Recording) -> Expected:
    """Tokens or seconds, whichever the usage is of; or the duration of the verbose form."""
    api = "openai.transcriptions"
    if recording.status >= 300:
        return refused(recording, api, "openai")
    body: dict[str, Any] = {}
    for event in recording.events:
        body.update(event)
    usage = body.get("usage") or {}
    if usage.get("type") == "duration":
        counts = {"spantally.usage.audio_seconds": ceil(usage["seconds"])}
    elif usage:
        split = usage.get("input_token_details") or {}
        counts = {
            f"gen_ai.usage.{side}_tokens": usage[f"{side}_tokens"] for side in ("input", "output")
        }
        counts |= {
            f"gen_ai.usage.{k.removesuffix('_tokens')}.input_tokens": n for k, n in split.items()
        }
    else:
        seconds = body.get("duration")
        counts = {"spantally.usage.audio_seconds": ceil(seconds)} if seconds is not None else {}
    return Expected(api, "openai", counts, "provider" if counts else "missing")


def speech(recording: Recording) -> Expected:
    """The characters that were asked for."""
    if recording.status >= 300:
        return refused(recording, "openai.speech", "openai")
    counts = {"spantally.usage.input_characters": len(recording.request_body["input"])}
    return Expected("openai.speech", "openai", counts, "provider")


def assistants(recording: Recording) -> Expected | NoCall:
    """A run's usage, once the run is over."""
    _, _, run = recording.target.partition("?")[0].partition("/runs")
    is_listed = recording.method == "GET" and not run
    if "/runs" not in recording.target or "/steps" in run or is_listed:
        return NoCall("threads, messages, assistants and lists are free")
    if recording.status >= 300:
        return refused(recording, "openai.assistants", "openai")
    runs = [event for event in recording.events if event.get("object") == "thread.run"]
    usage = runs[-1]["usage"] or {}
    if run and not usage:
        return NoCall("a run that is not over yet is looked at")
    counts = openai_counts({}, usage)
    if cached := usage.get("prompt_token_details"):
        counts["gen_ai.usage.cache_read.input_tokens"] = cached["cached_tokens"]
    return Expected(
        api="openai.assistants",
        provider="openai",
        counts=counts,
        source="provider" if counts else "missing",
        model=runs[-1]["model"],
        response_id=runs[-1]["id"],
        finish_reasons=[runs[-1]["status"]],
    )


def batch_results(recording: Recording) -> Expected | NoCall:
    """The last line of a file of results; a file of anything else costs nothing."""
    lines = [line for line in recording.events if "custom_id" in line and line.get("response")]
    bodies = [line["response"]["body"] for line in lines if line["response"]["status_code"] < 300]
    if not bodies:
        return NoCall("no results of a batch")
    body = bodies[-1]
    return Expected(
        api="openai.batch_results",
        provider="openai",
        counts=openai_counts(body, body["usage"]),
        source="provider",
        model=body["model"],
        response_id=body.get("id"),
        tier=body.get("service_tier"),
        also={"spantally.processing": "batch"},
        spans=len(bodies),
    )


KINDS = {
    ("openai", "chat"): lambda r: expected(r, "openai.chat_completions"),
    ("openai", "responses"): lambda r: retrieved(r, "openai.responses"),
    ("openai", "completions"): lambda r: expected(r, "openai.completions"),
    ("openai", "embeddings"): lambda r: expected(r, "openai.embeddings"),
    ("openai", "images"): images,
    ("openai", "audio-transcription"): transcription,
    ("openai", "audio-translation"): transcription,
    ("openai", "audio-speech"): speech,
    ("openai", "assistants"): assistants,
    ("openai", "decisions"): lambda r: expected(r, "openai.decisions"),
    ("openai", "files"): batch_results,
    ("openai", "batches"): lambda _: NoCall("the results are paid, where they are fetched"),
    ("openai", "moderations"): lambda _: NoCall("moderations are free"),
    ("openai", "realtime"): lambda _: NoCall("a secret for a session costs nothing"),
}


def openai_body(recording: Recording) -> dict[str, Any]:
    """The response; of a stream, its last word on every field."""
    events = recording.events
    if recording.kind[1] == "responses" and recording.is_stream:
        final = ("response.completed", "response.incomplete", "response.failed")
        ends = (e["response"] for e in reversed(events) if e.get("type") in final)
        return next(ends, {})
    merged: dict[str, Any] = {}
    for event in events:
        merged.update({key: value for key, value in event.items() if value not in (None, "")})
    return merged


def openai_counts(body: dict[str, Any], usage: dict[str, Any]) -> dict[str, Any]:
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
