"""Writer: https://dev.writer.com/api-reference (2026-11). Details: `prompt_token_details`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import child
from spantally.apis import openai_completions
from spantally.apis._counts import fill_in
from spantally.apis.openai_chat import ChatCompletions
from spantally.providers import Endpoint, Provider

if TYPE_CHECKING:
    from spantally._json import JsonObject
    from spantally.apis import Attributes


class _Chat(ChatCompletions):
    def read_usage(self, usage: JsonObject) -> Attributes:
        counts = super().read_usage(usage)
        fill_in(counts, _wire.CACHE_READ, child(usage, "prompt_token_details"), "cached_tokens")
        fill_in(
            counts, _wire.REASONING, child(usage, "completion_token_details"), "reasoning_tokens"
        )
        return counts


provider = Provider(
    name="writer",
    hosts=(r"api\.writer\.com",),
    endpoints=(
        Endpoint("/v1/chat", _Chat()),
        Endpoint("/v1/completions", openai_completions.api),
    ),
)
