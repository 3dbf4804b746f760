"""Chat completions of whoever is behind a gateway: OpenAI's shape, with what the vendors do otherwise.

A gateway hands on what the vendor answered: Groq's tools, cached tokens beside the details (Together, Moonshot,
DeepSeek, Mistral), cache writes by Anthropic's names within them (Alibaba, Venice, LiteLLM), reasoning beside
them (SGLang), searches of a plugin (Alibaba). LiteLLM (types of 1.109) hands on what Claude and Gemini
searched, Claude's speed and geography.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, children, count
from spantally.apis._counts import fill_in, number_of
from spantally.apis.anthropic_messages import read_context
from spantally.apis.groq_chat import GroqChat
from spantally.apis.openai_chat import ChatCompletions

if TYPE_CHECKING:
    from spantally.apis import Attributes, Head, Report


class AnyUsage(ChatCompletions):
    """The shape, with usage wherever a vendor has it."""

    def find_usage(self, body: JsonObject) -> JsonObject:
        if usage := child(body, "usage") or child(child(body, "x_groq"), "usage"):
            return usage
        inside = (child(choice, "usage") for choice in children(body, "choices"))  # Moonshot's
        return next(filter(None, inside), JsonObject())

    def read_usage(self, usage: JsonObject) -> Attributes:
        counts = super().read_usage(usage)
        names = ("cached_tokens", "prompt_cache_hit_tokens", "num_cached_tokens")
        fill_in(counts, _wire.CACHE_READ, usage, *names)
        inside = child(usage, "prompt_tokens_details")
        created = ("cache_creation_input_tokens", "cache_creation_tokens")
        fill_in(counts, _wire.CACHE_WRITE, inside, *created)
        _fill_in_beside(counts, usage)
        by_retention = child(inside, "cache_creation") or child(
            inside, "cache_creation_token_details"
        )
        fill_in(counts, _wire.CACHE_WRITE_5M, by_retention, "ephemeral_5m_input_tokens")
        fill_in(counts, _wire.CACHE_WRITE_1H, by_retention, "ephemeral_1h_input_tokens")
        fill_in(counts, _wire.WEB_SEARCHES, child(usage, "server_tool_use"), "web_search_requests")
        fill_in(counts, _wire.WEB_SEARCHES, inside, "web_search_requests")
        fill_in(counts, _wire.MAPS_SEARCHES, inside, "google_maps_grounding_requests")
        fill_in(counts, _wire.WEB_SEARCHES, child(child(usage, "plugins"), "search"), "count")
        return counts

    def add_usage(self, report: Report, usage: JsonObject, head: Head) -> None:
        super().add_usage(report, usage, head)
        for name, value in read_context(usage).items():
            report.attributes.setdefault(name, value)


def _fill_in_beside(counts: Attributes, usage: JsonObject) -> None:
    """SGLang's and LiteLLM's oldest spelling, beside the sides; what does not fit into one is no part of it."""
    if (count(usage, "reasoning_tokens") or 0) <= number_of(counts, _wire.OUTPUT_TOKENS):
        fill_in(counts, _wire.REASONING, usage, "reasoning_tokens")
    cached: Attributes = {}
    fill_in(cached, _wire.CACHE_READ, usage, "cache_read_input_tokens")
    fill_in(cached, _wire.CACHE_WRITE, usage, "cache_creation_input_tokens")
    parts = number_of(cached, _wire.CACHE_READ) + number_of(cached, _wire.CACHE_WRITE)
    if parts <= number_of(counts, _wire.INPUT_TOKENS):
        counts.update({name: number for name, number in cached.items() if name not in counts})


class AnyChat(AnyUsage, GroqChat):
    """The same, with the tools that Groq runs."""


api = AnyChat()
anywhere = AnyUsage()
