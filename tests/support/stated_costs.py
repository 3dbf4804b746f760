"""Recordings that state what they cost, with their usage in the meters of the price table.

What each provider's counts include is written out here apart from the code under test:
xAI chat and the Gemini models behind the Vercel gateway report reasoning beside the completion.
"""

from __future__ import annotations

import email.utils
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from support.recordings import Recording

TICK = Decimal("1e-10")
UPSTREAM = {"openai": "openai", "anthropic": "anthropic", "google": "gcp.gemini"}


@dataclass(frozen=True)
class Stated:
    """A call as the price table wants it, and the charge that came with it."""

    provider: str
    model: str
    at: datetime
    usage: dict[str, int]
    cost: Decimal
    context: dict[str, str] = field(default_factory=dict)
    step: Decimal = Decimal(0)
    """What the provider rounds each part to; 0 when it states every digit."""
    is_gateways_own_arithmetic: bool = False
    """Whether a gateway worked it out, rather than the provider."""


def stated(recording: Recording) -> Stated | None:
    """What the recording states, or None when it states nothing."""
    reader = _READERS.get(recording.kind[0])
    if reader is None or "response" not in recording.document:
        return None
    body = _last_word(recording)
    usage = body.get("usage") or {}
    return reader(recording, body, usage) if usage else None


def _last_word(recording: Recording) -> dict[str, Any]:
    """The response; of a stream, every field's last value."""
    merged: dict[str, Any] = {}
    for event in recording.events:
        merged.update({k: v for k, v in event.items() if v not in (None, "", [])})
        merged.update(event.get("response") or {})
    return merged


def _when(recording: Recording, body: dict[str, Any]) -> datetime:
    created = body.get("created") or body.get("created_at")
    if created:
        return datetime.fromtimestamp(int(created), UTC)
    date = recording.response_headers.get("date")
    assert date, "no time in the recording"
    return email.utils.parsedate_to_datetime(date)


def _dated(recording: Recording, body: dict[str, Any]) -> bool:
    return bool(
        body.get("created") or body.get("created_at") or "date" in recording.response_headers
    )


def _openai_style(usage: dict[str, Any]) -> dict[str, int]:
    inside = usage.get("prompt_tokens_details") or usage.get("input_tokens_details") or {}
    outside = usage.get("completion_tokens_details") or usage.get("output_tokens_details") or {}
    counts = {
        "input_tokens": usage.get("prompt_tokens", usage.get("input_tokens")),
        "cache_read_tokens": inside.get("cached_tokens"),
        "cache_write_tokens": inside.get("cache_write_tokens"),
        "output_tokens": usage.get("completion_tokens", usage.get("output_tokens")),
        "reasoning_tokens": outside.get("reasoning_tokens"),
    }
    return {meter: count for meter, count in counts.items() if count}


def _with_reasoning_inside(usage: dict[str, int]) -> dict[str, int]:
    return {**usage, "output_tokens": usage["output_tokens"] + usage.get("reasoning_tokens", 0)}


def _decimal(number: float) -> Decimal:
    return Decimal(repr(number))


def _xai(recording: Recording, body: dict[str, Any], usage: dict[str, Any]) -> Stated | None:
    counts = _openai_style(usage)
    if "cost_in_usd_ticks" not in usage or not counts:
        return None
    if recording.kind[1] == "chat":
        counts = _with_reasoning_inside(counts)
    searches = usage.get("server_side_tool_usage_details", {}).get("web_search_calls", 0)
    if searches:
        counts["web_searches"] = searches
    cost = usage["cost_in_usd_ticks"] * TICK
    return Stated("x_ai", body["model"], _when(recording, body), counts, cost)


def _openrouter(recording: Recording, body: dict[str, Any], usage: dict[str, Any]) -> Stated | None:
    if "cost" not in usage or "model" not in body:
        return None
    # The upstream's part has no plugin fee, and is what an own key is charged.
    upstream = usage["cost_details"].get("upstream_inference_cost")
    cost = _decimal(usage["cost"] if upstream is None else upstream)
    context = {"service_tier": body["service_tier"]} if body.get("service_tier") else {}
    at = _when(recording, body)
    return Stated("openrouter", body["model"], at, _openai_style(usage), cost, context)


def _perplexity(recording: Recording, body: dict[str, Any], usage: dict[str, Any]) -> Stated | None:
    if not isinstance(usage.get("cost"), dict):
        return None
    total = _decimal(usage["cost"]["total_cost"])
    size = usage.get("search_context_size")
    context = {"search_context_size": size} if size else {}
    step = Decimal("0.00001") if size else Decimal(0)
    counts = _openai_style(usage) | ({"requests": 1} if size else {})
    return Stated("perplexity", body["model"], _when(recording, body), counts, total, context, step)


def _litellm(recording: Recording, body: dict[str, Any], usage: dict[str, Any]) -> Stated | None:
    header = recording.response_headers.get("x-litellm-response-cost")
    if not header:
        return None
    # A sum of floats: 15 digits of it mean something.
    cost = Decimal(f"{Decimal(header):.15g}")
    return Stated("openai", body["model"], _when(recording, body), _openai_style(usage), cost)


def _pydantic(recording: Recording, body: dict[str, Any], usage: dict[str, Any]) -> Stated | None:
    estimate = usage.get("pydantic_ai_gateway", {}).get("cost_estimate")
    if estimate is None:
        return None
    model = body["model"]
    provider = next(
        name
        for pattern, name in (("claude", "anthropic"), ("gpt", "openai"), ("llama", "groq"))
        if pattern in model
    )
    at = _when(recording, body) if _dated(recording, body) else datetime(2026, 1, 1, tzinfo=UTC)
    return Stated(provider, model, at, _openai_style(usage), Decimal(f"{estimate:.15g}"))


def _vercel(recording: Recording, body: dict[str, Any], usage: dict[str, Any]) -> Stated | None:
    if "market_cost" not in usage:
        return None
    vendor, _, model = body["model"].partition("/")
    counts = _openai_style(usage)
    if vendor == "google":
        counts = _with_reasoning_inside(counts)
    if vendor == "anthropic":
        model = re.sub(r"(\d)\.(\d)", r"\1-\2", model) + ("-0" if model.count("-") == 2 else "")
    provider = UPSTREAM.get(vendor, vendor)
    return Stated(
        provider, model, _when(recording, body), counts, _decimal(usage["market_cost"]),
        is_gateways_own_arithmetic=True,
    )  # fmt: skip


_READERS = {
    "xai": _xai,
    "openrouter": _openrouter,
    "perplexity": _perplexity,
    "litellm-proxy": _litellm,
    "pydantic-gateway": _pydantic,
    "vercel-gateway": _vercel,
}
