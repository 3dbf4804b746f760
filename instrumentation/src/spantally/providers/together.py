"""Together: https://docs.together.ai/reference (2026-11). Cached tokens stand in the usage block itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally.apis import (
    openai_completions,
    openai_embeddings,
    openai_images,
    openai_speech,
    openai_transcriptions,
    rerank,
)
from spantally.apis._counts import fill_in
from spantally.apis.openai_chat import ChatCompletions
from spantally.providers import Endpoint, Provider

if TYPE_CHECKING:
    from spantally._json import JsonObject
    from spantally.apis import Attributes


class _Chat(ChatCompletions):
    def read_usage(self, usage: JsonObject) -> Attributes:
        counts = super().read_usage(usage)
        fill_in(counts, _wire.CACHE_READ, usage, "cached_tokens")
        return counts


class _Completions(openai_completions.Completions, _Chat):
    pass


provider = Provider(
    name="together",
    hosts=(r"api\.together\.(?:xyz|ai)",),
    endpoints=(
        Endpoint("/v1/chat/completions", _Chat()),
        Endpoint("/v1/completions", _Completions()),
        Endpoint("/v1/embeddings", openai_embeddings.api),
        Endpoint("/v1/rerank", rerank.api),
        Endpoint("/v1/images/generations", openai_images.api),
        Endpoint("/v1/audio/transcriptions", openai_transcriptions.api),
        Endpoint("/v1/audio/translations", openai_transcriptions.api),
        Endpoint("/v1/audio/speech", openai_speech.api),
    ),
)
