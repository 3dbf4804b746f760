"""Vendors with an API of their own: Cohere, Ollama, watsonx, Replicate, Mistral's OCR."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.expected.independents import CACHE_READ, INPUT, OUTPUT, REASONING, present
from support.expected.outcome import Expected, NoCall, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.recordings import Recording


def mistral_ocr(recording: Recording) -> Expected:
    body = recording.events[0]
    if recording.status >= 300:
        return refused(recording, "mistral.ocr", "mistral_ai")
    counts = {
        "spantally.usage.pages": body["usage_info"].get("pages_processed"),
        "spantally.usage.annotated_pages": body["usage_info"].get("pages_processed_annotation"),
    }
    return Expected("mistral.ocr", "mistral_ai", present(counts), "provider", body["model"])


def cohere(api: str) -> Callable[[Recording], Expected]:
    def read(recording: Recording) -> Expected:
        if recording.status >= 300:
            return refused(recording, api, "cohere")
        body: dict[str, Any] = {}
        for event in recording.events:
            kind = event.get("type") or event.get("event_type")
            if kind == "message-start":
                body["id"] = event["id"]
            elif kind == "message-end":
                body |= event["delta"]
            elif kind == "stream-end":
                body |= event["response"]
            elif kind is None:
                body = event
        usage = body.get("usage") or body.get("meta") or {}
        billed = usage.get("billed_units") or {}
        images = billed.get("image_tokens")
        text = billed.get("input_tokens")
        counts = {
            INPUT: text if images is None else (text or 0) + images,
            OUTPUT: billed.get("output_tokens"),
            "gen_ai.usage.image.input_tokens": images,
            "spantally.usage.rerank_searches": billed.get("search_units"),
            "spantally.usage.input_images": billed.get("images"),
            REASONING: usage.get("tokens", {}).get("reasoning_tokens"),
        }
        response_id = body.get("id") or body.get("response_id")
        source = "provider" if billed else "missing"
        reason = body.get("finish_reason")
        return Expected(
            api, "cohere", present(counts), source, response_id=response_id,
            finish_reasons=[reason] if reason else None,
        )  # fmt: skip

    return read


def ollama(api: str) -> Callable[[Recording], Expected]:
    def read(recording: Recording) -> Expected:
        host = recording.url.split("//")[1].split("/")[0].split(":")[0]
        if recording.status >= 300:
            return refused(recording, api, host)
        last = recording.events[-1]
        counts = {
            INPUT: last.get("prompt_eval_count"),
            CACHE_READ: last.get("prompt_eval_cached_count"),
            OUTPUT: last.get("eval_count"),
        }
        source = "provider" if present(counts) else "missing"
        reason = last.get("done_reason")
        return Expected(
            api, host, present(counts), source, last.get("model"),
            finish_reasons=[reason] if reason else None,
        )  # fmt: skip

    return read


def watsonx_text(recording: Recording) -> Expected | NoCall:
    if recording.method == "GET":
        return NoCall("listing models is free")
    if recording.status >= 300:
        return refused(recording, "watsonx.generation", "ibm.watsonx.ai")
    body = recording.events[-1]
    streamed = [event["results"][0] for event in recording.events]
    names = ("input_token_count", "generated_token_count")
    if len(streamed) > 1:  # cumulative, the input in one event only
        results = [streamed[-1] | {name: max(one[name] for one in streamed) for name in names}]
    else:
        results = body["results"]
    counts = {side: sum(r[name] for r in results) for side, name in zip((INPUT, OUTPUT), names)}
    return Expected(
        "watsonx.generation", "ibm.watsonx.ai", counts, "provider", body["model_id"],
        finish_reasons=[result["stop_reason"] for result in results],
        also={"cloud.region": recording.url.split("//")[1].split(".")[0]},
    )  # fmt: skip


def replicate(recording: Recording) -> Expected | NoCall:
    if recording.status >= 300:
        return refused(recording, "replicate.predictions", "replicate")
    body = recording.events[0]
    metrics = body.get("metrics") or {}
    counts = {INPUT: metrics.get("input_token_count"), OUTPUT: metrics.get("output_token_count")}
    source = "provider" if present(counts) else "missing"
    if recording.method == "GET" and not present(counts):
        return NoCall("nothing new was said")
    return Expected(
        "replicate.predictions", "replicate", present(counts), source, body["model"], body["id"]
    )


KINDS = {
    ("mistral", "ocr"): mistral_ocr,
    ("cohere", "v1-chat"): cohere("cohere.chat"),
    ("cohere", "v2-chat"): cohere("cohere.chat"),
    ("cohere", "v1-generate"): cohere("cohere.generate"),
    ("cohere", "v1-embed"): cohere("cohere.embed"),
    ("cohere", "v2-embed"): cohere("cohere.embed"),
    ("cohere", "v1-rerank"): cohere("cohere.rerank"),
    ("cohere", "v2-rerank"): cohere("cohere.rerank"),
    ("ollama", "api-chat"): ollama("ollama.chat"),
    ("ollama", "api-generate"): ollama("ollama.generate"),
    ("ollama", "api-embed"): ollama("ollama.embed"),
    ("ollama", "api-embeddings"): ollama("ollama.embeddings"),
    ("replicate", "predictions"): replicate,
    ("watsonx", "text"): watsonx_text,
}
