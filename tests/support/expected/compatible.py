"""Servers that speak OpenAI's APIs on hosts that nobody configured, and subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from support.expected.openai import expected, openai_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.expected.outcome import Expected
    from support.recordings import Recording


def on_its_host(api: str) -> Callable[[Recording], Expected]:
    """The provider is the host itself."""

    def read(recording: Recording) -> Expected:
        host = urlsplit(recording.url).hostname or ""
        found = expected(recording, api, host)
        # Empty details are `null` in some servers.
        found.counts = {name: n for name, n in found.counts.items() if n is not None}
        found.also["spantally.provider.source"] = "unknown"
        cost = recording.response_headers.get("x-litellm-response-cost")
        found.stated_cost = cost if recording.status < 300 else None
        return found

    return read


def copilot(recording: Recording) -> Expected:
    """Reasoning stands beside the two sides."""
    found = expected(recording, "openai.chat_completions", "github_copilot")
    if recording.status < 300:
        usage = openai_body(recording).get("usage") or {}
        if "reasoning_tokens" in usage:
            found.counts["gen_ai.usage.reasoning.output_tokens"] = usage["reasoning_tokens"]
    return found


_SHAPES = {
    "chat": "openai.chat_completions",
    "completions": "openai.completions",
    "responses": "openai.responses",
    "embeddings": "openai.embeddings",
    "rerank": "rerank",
}
_SERVERS = ("vllm-like", "llamacpp", "lmstudio", "ollama", "litellm-proxy")

KINDS = {
    **{(server, shape): on_its_host(api) for server in _SERVERS for shape, api in _SHAPES.items()},
    ("chatgpt", "responses"): lambda r: expected(r, "openai.responses", "chatgpt"),
    ("copilot", "chat"): copilot,
    ("copilot", "responses"): lambda r: expected(r, "openai.responses", "github_copilot"),
}
