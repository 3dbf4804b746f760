"""Gateways: who is behind them, and what they state that they charged."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

from support.expected.anthropic import expected as anthropic_expected
from support.expected.independents import INPUT, OUTPUT, REASONING, as_openai, present

if TYPE_CHECKING:
    from support.expected.outcome import Expected
    from support.recordings import Recording


def openrouter(found: Expected, body: dict[str, Any], usage: dict[str, Any]) -> None:
    found.counts |= present({INPUT: usage.get("input_tokens"), OUTPUT: usage.get("output_tokens")})
    tools = usage.get("server_tool_use_details") or {}
    searches = {"spantally.usage.web_search.requests": tools.get("web_search_requests")}
    found.counts |= present(searches)
    if "provider" in body:
        found.also["spantally.upstream.provider"] = body["provider"]
    if "cost" in usage:
        byok = usage.get("is_byok") is True
        found.stated_cost = repr(usage["cost"])
        found.also["spantally.stated_cost.source"] = "usage.cost;byok" if byok else "usage.cost"


def openrouter_audio(recording: Recording) -> Expected:
    found = as_openai("openrouter", "openai.transcriptions", openrouter)(recording)
    seconds = (recording.events[0].get("usage") or {}).get("seconds")
    if not found.counts and seconds is not None:
        found.counts, found.source = {"spantally.usage.audio_seconds": ceil(seconds)}, "provider"
    found.response_id = recording.response_headers.get("x-generation-id")
    return found


def vercel(found: Expected, body: dict[str, Any], usage: dict[str, Any]) -> None:
    if found.counts.get(REASONING):
        found.counts[OUTPUT] += found.counts[REASONING]
    written = {"gen_ai.usage.cache_write.input_tokens": usage.get("cache_creation_input_tokens")}
    found.counts |= present(written)
    if "cost" in usage:
        found.stated_cost = repr(usage["cost"])


def venice(found: Expected, body: dict[str, Any], usage: dict[str, Any]) -> None:
    if "cost" in body:
        found.stated_cost = repr(body["cost"]["usd"])
    inside = usage.get("prompt_tokens_details") or {}
    written = {"gen_ai.usage.cache_write.input_tokens": inside.get("cache_creation_input_tokens")}
    found.counts |= present(written)


def pydantic(recording: Recording) -> Expected:
    """Of the gateway on a host of one's own nothing is known but the host."""
    hosted = "pydantic.dev/" in recording.url
    host = recording.url.split("//")[1].split("/")[0].split(":")[0]
    if recording.kind[1] == "anthropic-messages":
        found = anthropic_expected(recording, provider="anthropic" if hosted else host)
    else:
        api = "openai.responses" if recording.kind[1] == "responses" else "openai.chat_completions"
        found = as_openai("openai" if hosted else host, api)(recording)
    if recording.status < 300:
        usage = recording.events[-1].get("usage") or {}
        estimate = usage.get("pydantic_ai_gateway", {}).get("cost_estimate")
        found.stated_cost = repr(estimate) if estimate is not None else None
    return found


def huggingface(recording: Recording) -> Expected:
    model = recording.request_body["model"]
    upstream = model.rpartition(":")[2] if ":" in model else None
    path = recording.target.removeprefix("/").partition("/")[0]
    upstream = path if path not in {"v1", "models"} else upstream
    upstream = recording.response_headers.get("x-inference-provider") or upstream
    known = {"groq": "groq", "together": "together", "cerebras": "cerebras"}
    found = as_openai(known.get(upstream or "", "huggingface"))(recording)
    found.also["spantally.upstream.provider"] = upstream
    return found


KINDS = {
    ("openrouter", "chat"): as_openai("openrouter", adjust=openrouter),
    ("openrouter", "responses"): as_openai("openrouter", "openai.responses", openrouter),
    ("openrouter", "embeddings"): as_openai("openrouter", "openai.embeddings", openrouter),
    ("openrouter", "audio-transcription"): openrouter_audio,
    ("vercel-gateway", "chat"): as_openai("vercel", adjust=vercel),
    ("venice", "chat"): as_openai("venice", adjust=venice),
    ("snowflake", "chat"): as_openai("snowflake"),
    ("huggingface", "chat"): huggingface,
    ("pydantic-gateway", "chat"): pydantic,
    ("pydantic-gateway", "responses"): pydantic,
    ("pydantic-gateway", "anthropic-messages"): pydantic,
}
