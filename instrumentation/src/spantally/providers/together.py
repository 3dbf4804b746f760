"""Together: https://docs.together.ai/reference (2026-11). Cached tokens stand in the usage block itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally.apis import (
    openai_batches,
    openai_completions,
    openai_embeddings,
    openai_images,
    openai_speech,
    openai_transcriptions,
    openai_videos,
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


_chat = _Chat()
_results = openai_batches.Results({**openai_batches.BY_OBJECT, "chat.completion": _chat})

provider = Provider(
    name="together",
    hosts=(r"api\.together\.(?:xyz|ai)",),
    endpoints=(
        Endpoint("/v1/chat/completions", _chat),
        Endpoint("/v1/completions", _Completions()),
        Endpoint("/v1/embeddings", openai_embeddings.api),
        Endpoint("/v1/rerank", rerank.api),
        Endpoint("/v1/images/generations", openai_images.api),
        Endpoint("/v1/audio/transcriptions", openai_transcriptions.api),
        Endpoint("/v1/audio/translations", openai_transcriptions.api),
        Endpoint("/v1/audio/speech", openai_speech.api),
        Endpoint("/v2/videos", openai_videos.api),
        Endpoint("/v2/videos/{id}", openai_videos.api, "GET", retrieval=True),
        Endpoint("/v1/batches", openai_batches.api, retrieval=True),
        Endpoint("/v1/batches/{id}", openai_batches.api, "GET", retrieval=True),
        Endpoint("/v1/files/{id}/content", _results, "GET", retrieval=True),
    ),
)
