"""Chat completions of whoever is behind a gateway: OpenAI's shape, with what the vendors do otherwise.

A gateway hands on what the vendor answered: Groq's tools, cached tokens beside the details (Together, Moonshot,
DeepSeek, Mistral), cache writes by Anthropic's names within them (Alibaba, Venice, LiteLLM before 1.109).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import child
from spantally.apis._counts import fill_in
from spantally.apis.groq_chat import GroqChat

if TYPE_CHECKING:
    from spantally._json import JsonObject
    from spantally.apis import Attributes


class AnyChat(GroqChat):
    """The shape."""

    def read_usage(self, usage: JsonObject) -> Attributes:
        counts = super().read_usage(usage)
        names = ("cached_tokens", "prompt_cache_hit_tokens", "num_cached_tokens")
        fill_in(counts, _wire.CACHE_READ, usage, *names)
        inside = child(usage, "prompt_tokens_details")
        created = ("cache_creation_input_tokens", "cache_creation_tokens")
        fill_in(counts, _wire.CACHE_WRITE, inside, *created)
        by_retention = child(inside, "cache_creation")
        fill_in(counts, _wire.CACHE_WRITE_5M, by_retention, "ephemeral_5m_input_tokens")
        fill_in(counts, _wire.CACHE_WRITE_1H, by_retention, "ephemeral_1h_input_tokens")
        return counts


api = AnyChat()
