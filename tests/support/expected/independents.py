"""Vendors that imitate OpenAI and count in their own way, or have an API of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.expected.openai import expected as openai_expected
from support.expected.openai import openai_body, openai_counts
from support.expected.outcome import Expected, NoCall, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.recordings import Recording

INPUT, OUTPUT = "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"
CACHE_READ = "gen_ai.usage.cache_read.input_tokens"
REASONING = "gen_ai.usage.reasoning.output_tokens"

Adjust = "Callable[[Expected, dict[str, Any], dict[str, Any]], None]"
"""Changes what an OpenAI body would mean; given the body and its usage block."""


def as_openai(
    provider: str, api: str = "openai.chat_completions", adjust: Adjust | None = None
) -> Callable[[Recording], Expected]:
    """OpenAI's reading, and what this vendor does otherwise."""

    def read(recording: Recording) -> Expected:
        found = openai_expected(recording, api, provider)
        if recording.status < 300 and recording.events:
            body = openai_body(recording)
            if adjust:
                adjust(found, body, body.get("usage") or {})
            found.source = "provider" if found.counts else "missing"
            if broke := [e for e in recording.events if isinstance(e.get("error"), dict)]:
                code = broke[0]["error"].get("code") or broke[0]["error"].get("type")
                found.error = str(code)
        found.model, found.response_id = found.model or None, found.response_id or None
        found.tier = found.tier or None
        return found

    return read


def present(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def mistral(found: Expected, body: dict[str, Any], usage: dict[str, Any]) -> None:
    found.counts.pop("gen_ai.usage.audio.input_tokens", None)
    found.counts |= present(
        {
            CACHE_READ: usage.get("num_cached_tokens", found.counts.get(CACHE_READ)),
            "spantally.usage.audio_seconds": usage.get("prompt_audio_seconds"),
        }
    )
    found.tier = usage.get("service_tier")


def xai_chat(found: Expected, body: dict[str, Any], usage: dict[str, Any]) -> None:
    xai(found, body, usage)
    assert usage["total_tokens"] == found.counts[INPUT] + found.counts[OUTPUT] + (
        found.counts.get(REASONING) or 0
    )
    found.counts[OUTPUT] = usage["total_tokens"] - usage["prompt_tokens"]


def xai(found: Expected, body: dict[str, Any], usage: dict[str, Any]) -> None:
    tools = usage.get("server_side_tool_usage_details") or {}
    names = {
        "web_search_calls": "spantally.usage.web_search.requests",
        "x_search_calls": "spantally.usage.x_searches",
        "code_interpreter_calls": "spantally.usage.code_interpreter.requests",
        "file_search_calls": "spantally.usage.file_search.requests",
        "document_search_calls": "spantally.usage.attachment_searches",
    }
    found.counts |= {name: tools[key] for key, name in names.items() if key in tools}
    found.counts |= present({"spantally.usage.search_sources": usage.get("num_sources_used")})
    if "cost_in_usd_ticks" in usage:
        found.stated_cost = f"{usage['cost_in_usd_ticks']}e-10"
        found.also["spantally.stated_cost.source"] = "usage.cost_in_usd_ticks"


def xai_images(recording: Recording) -> Expected:
    if recording.status >= 300:
        return refused(recording, "xai.images", "x_ai")
    body = recording.events[0]
    found = Expected(
        "xai.images", "x_ai", {"spantally.usage.images": len(body["data"])}, "provider"
    )
    xai(found, body, body["usage"])
    return found


def xai_batches(recording: Recording) -> Expected | NoCall:
    results = [
        one["batch_result"]["response"]
        for one in recording.events[0].get("results", [])
        if "response" in one["batch_result"]
    ]
    if not results:
        return NoCall("ordering a batch and looking at it are free")
    last = results[-1]["chat_get_completion"]
    usage = last["usage"]
    found = Expected(
        "xai.batch_results", "x_ai", {}, "provider", last["model"], last["id"],
        last.get("service_tier"), spans=len(results), also={"spantally.processing": "batch"},
    )  # fmt: skip
    inside = usage["prompt_tokens_details"]
    outside = usage["completion_tokens_details"]
    found.counts = {
        INPUT: usage["prompt_tokens"],
        OUTPUT: usage["total_tokens"] - usage["prompt_tokens"],
        CACHE_READ: inside["cached_tokens"],
        REASONING: outside["reasoning_tokens"],
        **{f"gen_ai.usage.{kind}.input_tokens": inside[f"{kind}_tokens"]
           for kind in ("text", "audio", "image") if f"{kind}_tokens" in inside},
        "gen_ai.usage.audio.output_tokens": outside["audio_tokens"],
        "spantally.usage.accepted_prediction.output_tokens": outside["accepted_prediction_tokens"],
        "spantally.usage.rejected_prediction.output_tokens": outside["rejected_prediction_tokens"],
    }  # fmt: skip
    xai(found, last, usage)
    return found


def groq(found: Expected, body: dict[str, Any], usage: dict[str, Any]) -> None:
    if not usage:  # a stream has it there
        found.counts |= openai_counts({}, (body.get("x_groq") or {}).get("usage") or {})
    models = (body.get("usage_breakdown") or {}).get("models") or []
    if models:
        found.counts = {
            "spantally.usage.parts": [
                {"kind": "compound", "model": one["model"], "usage": _part(one["usage"])}
                for one in models
            ]
        }
    kinds = {
        "search": "spantally.usage.web_search.requests",
        "visit": "spantally.usage.web_fetch.requests",
        "python": "spantally.usage.code_interpreter.requests",
        "browser_automation": "spantally.usage.browser_sessions",
    }
    message = body["choices"][0].get("message") or {} if body.get("choices") else {}
    for tool in message.get("executed_tools") or []:
        name = kinds[tool["type"]]
        found.counts[name] = found.counts.get(name, 0) + 1


def _part(usage: dict[str, Any]) -> dict[str, Any]:
    inside = usage.get("prompt_tokens_details") or {}
    outside = usage.get("completion_tokens_details") or {}
    return present(
        {
            "input_tokens": usage["prompt_tokens"],
            "cache_read_tokens": inside.get("cached_tokens"),
            "output_tokens": usage["completion_tokens"],
            "reasoning_tokens": outside.get("reasoning_tokens"),
        }
    )


def deepseek(found: Expected, body: dict[str, Any], usage: dict[str, Any]) -> None:
    if "prompt_cache_hit_tokens" in usage:
        hit, miss = usage["prompt_cache_hit_tokens"], usage["prompt_cache_miss_tokens"]
        assert hit + miss == usage["prompt_tokens"]
        found.counts[CACHE_READ] = hit


def together(found: Expected, body: dict[str, Any], usage: dict[str, Any]) -> None:
    found.counts |= present({CACHE_READ: usage.get("cached_tokens", found.counts.get(CACHE_READ))})


def perplexity(found: Expected, body: dict[str, Any], usage: dict[str, Any]) -> None:
    outside = usage.get("reasoning_tokens")
    if outside is not None:
        found.counts |= {REASONING: outside, OUTPUT: usage["completion_tokens"] + outside}
    found.counts |= present({"spantally.usage.citation_tokens": usage.get("citation_tokens")})
    if "deep-research" in body["model"]:
        searches = {"spantally.usage.web_search.requests": usage.get("num_search_queries")}
        found.counts |= present(searches)
    found.also["spantally.search_context_size"] = usage.get("search_context_size")
    if "cost" in usage:
        found.stated_cost = repr(usage["cost"]["total_cost"])
        found.also["spantally.stated_cost.source"] = "usage.cost.total_cost"


def total_is_input(provider: str, api: str) -> Callable[[Recording], Expected]:
    def read(recording: Recording) -> Expected:
        found = openai_expected(recording, api, provider)
        if recording.status < 300:
            usage = recording.events[0]["usage"]
            found.counts = {INPUT: usage.get("prompt_tokens", usage["total_tokens"])}
            found.source = "provider"
        return found

    return read


def alibaba(found: Expected, body: dict[str, Any], usage: dict[str, Any]) -> None:
    inside = usage.get("prompt_tokens_details") or {}
    kept = inside.get("cache_creation") or {}
    found.counts |= present(
        {
            "gen_ai.usage.cache_write.input_tokens": inside.get("cache_creation_input_tokens"),
            "spantally.usage.cache_write_5m.input_tokens": kept.get("ephemeral_5m_input_tokens"),
        }
    )


def writer(found: Expected, body: dict[str, Any], usage: dict[str, Any]) -> None:
    inside = usage.get("prompt_token_details") or {}
    outside = usage.get("completion_token_details") or {}
    cached, reasoning = inside.get("cached_tokens"), outside.get("reasoning_tokens")
    found.counts |= present({CACHE_READ: cached, REASONING: reasoning})


def zai(recording: Recording) -> Expected:
    plan = "/api/coding/" in recording.url
    return as_openai("z_ai_coding_plan" if plan else "z_ai")(recording)


KINDS = {
    ("mistral", "chat"): as_openai("mistral_ai", adjust=mistral),
    ("mistral", "embeddings"): as_openai("mistral_ai", "openai.embeddings"),
    ("mistral", "audio-transcription"): as_openai("mistral_ai", "openai.transcriptions", mistral),
    ("deepseek", "chat"): as_openai("deepseek", adjust=deepseek),
    ("deepseek", "responses"): as_openai("deepseek", "openai.responses"),
    ("xai", "chat"): as_openai("x_ai", adjust=xai_chat),
    ("xai", "responses"): as_openai("x_ai", "openai.responses", xai),
    ("xai", "images"): xai_images,
    ("xai", "batches"): xai_batches,
    ("groq", "chat"): as_openai("groq", adjust=groq),
    ("together", "chat"): as_openai("together", adjust=together),
    ("together", "rerank"): total_is_input("together", "rerank"),
    ("perplexity", "chat"): as_openai("perplexity", adjust=perplexity),
    ("perplexity", "embeddings"): as_openai("perplexity", "openai.embeddings", perplexity),
    ("ollama-cloud", "chat"): as_openai("ollama"),
    ("voyage", "embeddings"): total_is_input("voyage", "openai.embeddings"),
    ("voyage", "rerank"): total_is_input("voyage", "rerank"),
    ("cerebras", "chat"): as_openai("cerebras"),
    ("writer", "chat"): as_openai("writer", adjust=writer),
    ("zai", "chat"): zai,
    ("alibaba", "chat"): as_openai("alibaba", adjust=alibaba),
}
