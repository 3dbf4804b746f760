"""Chat completions of whoever is behind a gateway: OpenAI's shape, with what the vendors do otherwise.

A gateway hands on what the vendor answered: Groq's tools, cached tokens beside the details (Together, Moonshot,
DeepSeek, Mistral).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
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
        return counts


api = AnyChat()
