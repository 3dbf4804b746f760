"""Google: the Gemini API and Vertex AI, Claude at Vertex AI included."""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from support.expected import anthropic
from support.expected.outcome import Expected, NoCall

if TYPE_CHECKING:
    from support.recordings import Recording

MODALITIES = {
    "TEXT": "gen_ai.usage.text",
    "IMAGE": "gen_ai.usage.image",
    "AUDIO": "gen_ai.usage.audio",
    "VIDEO": "spantally.usage",
}
NUMBERED = ["", "TEXT", "IMAGE", "VIDEO", "AUDIO", "DOCUMENT"]
PROVIDERS = {"gemini": "gcp.gemini", "vertex": "gcp.vertex_ai", "vertex-anthropic": "gcp.vertex_ai"}


def generate(recording: Recording) -> Expected:
    api = "gemini.generate_content"
    if recording.status >= 300:
        return refused(recording, api)
    chunks = recording.events
    usage = next((c["usageMetadata"] for c in reversed(chunks) if "usageMetadata" in c), {})
    model = last(chunks, "modelVersion")
    candidates = [one for chunk in chunks for one in chunk.get("candidates", [])]
    traffic = {1: "ON_DEMAND"}.get(usage.get("trafficType"), usage.get("trafficType"))
    tier = usage.get("serviceTier") or recording.response_headers.get("x-gemini-service-tier")
    counts = tokens(usage) | grounding(candidates, model or asked_model(recording))
    return called(
        recording,
        api,
        counts,
        model=model,
        response_id=last(chunks, "responseId"),
        tier=traffic or tier,
        finish_reasons=ends(chunks, candidates),
    )


def tokens(usage: dict[str, Any]) -> dict[str, int]:
    """The four disjoint counts made two, and what they are made of."""
    prompt, tools = usage.get("promptTokenCount"), usage.get("toolUsePromptTokenCount")
    candidates, thoughts = usage.get("candidatesTokenCount"), usage.get("thoughtsTokenCount")
    counts = {
        "gen_ai.usage.input_tokens": together(prompt, tools),
        "gen_ai.usage.cache_read.input_tokens": usage.get("cachedContentTokenCount"),
        "gen_ai.usage.output_tokens": together(candidates, thoughts),
        "gen_ai.usage.reasoning.output_tokens": thoughts,
    }
    inside = usage.get("promptTokensDetails") or usage.get("promptTokenDetails") or []
    for detail in [*inside, *(usage.get("toolUsePromptTokensDetails") or [])]:
        add(counts, detail, "input")
    for detail in usage.get("candidatesTokensDetails") or []:
        add(counts, detail, "output")
    for detail in usage.get("cacheTokensDetails") or []:
        if detail["modality"] in {"IMAGE", "AUDIO", "VIDEO"}:
            name = f"spantally.usage.cache_read_{detail['modality'].lower()}_tokens"
            counts[name] = detail["tokenCount"]
    return counts


def add(counts: dict[str, Any], detail: dict[str, Any], side: str) -> None:
    modality = detail["modality"]
    modality = (NUMBERED[modality] if isinstance(modality, int) else modality).upper()
    number = detail.get("tokenCount", detail.get("tokens"))
    if modality not in MODALITIES or number is None:
        return
    prefix = MODALITIES[modality]
    name = f"{prefix}.{side}_{'video_' if modality == 'VIDEO' else ''}tokens"
    counts[name] = counts.get(name, 0) + number


def grounding(candidates: list[dict[str, Any]], model: str) -> dict[str, int]:
    metadata = [one["groundingMetadata"] for one in candidates if one.get("groundingMetadata")]
    if not metadata:
        return {}
    queries = [query for query in metadata[-1].get("webSearchQueries", []) if query]
    chunks = metadata[-1].get("groundingChunks", [])
    if any("maps" in chunk for chunk in chunks):
        return {"spantally.usage.maps_searches": len(queries) if is_new(model) else 1}
    if queries or any("web" in chunk for chunk in chunks):
        searches = len(queries) if is_new(model) else 1
        return {"spantally.usage.web_search.requests": searches}
    return {}


def is_new(model: str) -> bool:
    """Whether Gemini 3 or later."""
    generation = re.search(r"gemini-(\d+)", model)
    return generation is None or int(generation[1]) >= 3


def ends(chunks: list[dict[str, Any]], candidates: list[dict[str, Any]]) -> list[str] | None:
    names = {1: "STOP", 2: "MAX_TOKENS"}
    by_index = {c.get("index", 0): c["finishReason"] for c in candidates if "finishReason" in c}
    reasons = [names.get(reason, reason) for reason in by_index.values()]
    blocked = [c["promptFeedback"]["blockReason"] for c in chunks if "promptFeedback" in c]
    return reasons or blocked or None


def embed(recording: Recording) -> Expected:
    api = "gemini.embed_content"
    if recording.status >= 300:
        return refused(recording, api)
    return called(recording, api, tokens(recording.events[0].get("usageMetadata") or {}))


def interact(recording: Recording) -> Expected | NoCall:
    api = "gemini.interactions"
    if recording.status >= 300:
        return refused(recording, api)
    bodies = [event.get("interaction", event) for event in recording.events]
    body = next((body for body in reversed(bodies) if "usage" in body), bodies[-1])
    if recording.method == "GET" and "usage" not in body:
        return NoCall("a poll that brings nothing")
    usage = body.get("usage") or {}
    thoughts = usage.get("total_thought_tokens")
    counts = {
        "gen_ai.usage.input_tokens": together(
            usage.get("total_input_tokens"), usage.get("total_tool_use_tokens")
        ),
        "gen_ai.usage.cache_read.input_tokens": usage.get("total_cached_tokens"),
        "gen_ai.usage.output_tokens": together(usage.get("total_output_tokens"), thoughts),
        "gen_ai.usage.reasoning.output_tokens": thoughts,
    }
    for key, side in (
        ("input_tokens_by_modality", "input"),
        ("tool_use_tokens_by_modality", "input"),
        ("output_tokens_by_modality", "output"),
    ):
        for detail in usage.get(key) or []:
            add(counts, detail, side)
    counts |= searches(body, usage)
    return called(
        recording,
        api,
        counts,
        model=body.get("model"),
        response_id=body["id"],
        tier=body.get("service_tier"),
        finish_reasons=[body["status"]],
    )


def searches(body: dict[str, Any], usage: dict[str, Any]) -> dict[str, int]:
    name = "spantally.usage.web_search.requests"
    counted = usage.get("grounding_tool_count")
    if counted:
        return {name: sum(c["count"] for c in counted if c["type"] == "google_search")}
    calls = [s for s in body.get("steps", []) if s["type"] == "google_search_call"]
    if not calls:
        return {}
    queries = [
        query for call in calls for query in call.get("arguments", {}).get("queries", []) if query
    ]
    return {name: (len(queries) or len(calls)) if is_new(body["model"]) else 1}


def batch(recording: Recording) -> Expected | NoCall:
    """The last of the results; a batch without any is no call yet."""
    body = recording.events[0]
    inlined = (body.get("response") or {}).get("inlinedResponses") or {}
    results = [one["response"] for one in inlined.get("inlinedResponses", []) if "response" in one]
    if not results:
        return NoCall("ordering a batch and looking at it are free")
    final = results[-1]
    usage = final["usageMetadata"]
    return Expected(
        "gemini.batches",
        "gcp.gemini",
        {name: n for name, n in tokens(usage).items() if n is not None},
        "provider",
        model=final["modelVersion"],
        response_id=final["responseId"],
        tier=usage.get("serviceTier"),
        also={"spantally.processing": "batch"},
        spans=len(results),
    )


def cache(recording: Recording) -> Expected | NoCall:
    if recording.method not in {"POST", "PATCH"}:
        return NoCall("looking at a cache, and deleting it, are free")
    if recording.status >= 300:
        return refused(recording, "gemini.cached_contents")
    body = recording.events[0]
    start, end = (datetime.fromisoformat(body[key]) for key in ("updateTime", "expireTime"))
    hours = (end - start).total_seconds() / 3600
    stored = math.ceil(body["usageMetadata"]["totalTokenCount"] * hours)
    return called(
        recording,
        "gemini.cached_contents",
        {"spantally.usage.cache_storage_token_hours": stored},
        model=body["model"].rpartition("/")[2],
    )


def predict(recording: Recording) -> Expected:
    api = "vertex.predict"
    if recording.status >= 300:
        return refused(recording, api)
    predictions = recording.events[0]["predictions"]
    found = [
        one["embeddings"]["statistics"]["token_count"] for one in predictions if "embeddings" in one
    ]
    images = [one for one in predictions if "bytesBase64Encoded" in one]
    counts = {
        "gen_ai.usage.input_tokens": sum(found) if found else None,
        "spantally.usage.images": len(images) or None,
    }
    return called(recording, api, counts)


def claude(recording: Recording) -> Expected | NoCall:
    if "/count-tokens:" in recording.url:
        return NoCall("counting tokens is free")
    expected = anthropic.expected(recording, provider="gcp.vertex_ai")
    expected.also = place(recording)
    return expected


KINDS = {
    ("gemini", "generateContent"): generate,
    ("gemini", "streamGenerateContent"): generate,
    ("gemini", "batchEmbedContents"): embed,
    ("gemini", "embedContent"): embed,
    ("gemini", "interactions"): interact,
    ("gemini", "batches"): batch,
    ("gemini", "cachedContents"): cache,
    ("gemini", "countTokens"): lambda r: NoCall("counting tokens is free"),
    ("vertex", "generateContent"): generate,
    ("vertex", "streamGenerateContent"): generate,
    ("vertex", "predict"): predict,
    ("vertex-anthropic", "rawPredict"): claude,
    ("vertex-anthropic", "streamRawPredict"): claude,
}


def called(recording: Recording, api: str, counts: dict[str, Any], **said: Any) -> Expected:
    """A call that succeeded; without counts its usage is missing."""
    found = {name: number for name, number in counts.items() if number is not None}
    provider = PROVIDERS[recording.kind[0]]
    source = "provider" if found else "missing"
    return Expected(api, provider, found, source, also=place(recording), **said)


def refused(recording: Recording, api: str) -> Expected:
    body = recording.events[0] if recording.events else {}
    error = (body.get("error") or {}).get("status") or str(recording.status)
    provider = PROVIDERS[recording.kind[0]]
    tier = recording.response_headers.get("x-gemini-service-tier")
    return Expected(
        api, provider, {}, "not_billed", tier=tier, error=error, also=place(recording)
    )  # fmt: skip


def place(recording: Recording) -> dict[str, Any]:
    """The model of the path, and the location of path or host."""
    said: dict[str, Any] = {}
    if model := asked_model(recording):
        said["gen_ai.request.model"] = model
    location = re.search(r"/locations/([^/]+)/", recording.url)
    location = location or re.match(r"http://(.+)-aiplatform\.", recording.url)
    if location:
        said["spantally.data_residency"] = said["cloud.region"] = location[1]
    return said


def asked_model(recording: Recording) -> str:
    found = re.search(r"/(?:models|endpoints)/([^/:]+):\w+(?:\?|$)", recording.url)
    return found[1] if found else ""


def together(*parts: int | None) -> int | None:
    known = [part for part in parts if part is not None]
    return sum(known) if known else None


def last(chunks: list[dict[str, Any]], key: str) -> Any:
    return next((chunk[key] for chunk in reversed(chunks) if key in chunk), None)
