"""Together: https://docs.together.ai/reference (2026-11). Cached tokens stand in the usage block itself.

A finished video states its charge, in USD: https://docs.together.ai/docs/videos-overview (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child
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
from spantally.apis._stated_cost import amount, stated
from spantally.apis.openai_chat import ChatCompletions
from spantally.providers import Endpoint, Provider

if TYPE_CHECKING:
    from spantally.apis import Attributes, Head, Report


class _Chat(ChatCompletions):
    def read_usage(self, usage: JsonObject) -> Attributes:
        counts = super().read_usage(usage)
        fill_in(counts, _wire.CACHE_READ, usage, "cached_tokens")
        return counts


class _Completions(openai_completions.Completions, _Chat):
    pass


class _Videos(openai_videos.Videos):
    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = super().read_response(response, head)
        cost = amount(child(response, "outputs"), "cost")
        if cost is not None:
            report.attributes.update(stated(cost, "outputs.cost"))
            report.has_usage = True
        return report


_chat, _videos = _Chat(), _Videos()
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
        Endpoint("/v2/videos", _videos),
        Endpoint("/v2/videos/{id}", _videos, "GET", retrieval=True),
        Endpoint("/v1/batches", openai_batches.api, retrieval=True),
        Endpoint("/v1/batches/{id}", openai_batches.api, "GET", retrieval=True),
        Endpoint("/v1/files/{id}/content", _results, "GET", retrieval=True),
    ),
)
