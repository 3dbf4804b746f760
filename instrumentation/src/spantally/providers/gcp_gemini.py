"""The Gemini API: https://ai.google.dev/api, paths of google-genai 3.4 (2026-11).

Counting tokens is free, and so is ordering a batch: its results are paid, when they are fetched.
"""

from __future__ import annotations

from spantally.apis import (
    gemini_batches,
    gemini_cache,
    gemini_embed,
    gemini_generate,
    gemini_interactions,
    gemini_live,
    openai_embeddings,
    openai_images,
    openai_videos,
    vertex_predict,
    vertex_video,
)
from spantally.providers import Endpoint, Provider, _google

_MODEL = "/{version}/models/{model}:"
_TUNED = "/{version}/tunedModels/{model}:"
_LIVE = "/ws/google.ai.generativelanguage.{version}.GenerativeService.BidiGenerateContent"
_FILE = "/download/{version}/files/{id}:download"

provider = Provider(
    name="gcp.gemini",
    hosts=(r"generativelanguage(?:\.mtls)?\.googleapis\.com",),
    endpoints=(
        Endpoint(_MODEL + "generateContent", gemini_generate.api, anywhere=True),
        Endpoint(_MODEL + "streamGenerateContent", gemini_generate.streaming, anywhere=True),
        Endpoint(_TUNED + "generateContent", gemini_generate.api),
        Endpoint(_TUNED + "streamGenerateContent", gemini_generate.streaming),
        Endpoint(_MODEL + "embedContent", gemini_embed.api, anywhere=True),
        Endpoint(_MODEL + "batchEmbedContents", gemini_embed.api, anywhere=True),
        Endpoint(_MODEL + "predict", vertex_predict.api),
        Endpoint(_MODEL + "predictLongRunning", vertex_video.api),
        Endpoint("/{version}/openai/chat/completions", _google.chat),
        Endpoint("/{version}/openai/embeddings", openai_embeddings.api),
        Endpoint("/{version}/openai/images/generations", openai_images.api),
        Endpoint("/{version}/openai/videos", openai_videos.api),
        Endpoint("/{version}/openai/videos/{id}", openai_videos.api, "GET", retrieval=True),
        Endpoint("/{version}/interactions", gemini_interactions.api),
        Endpoint("/{version}/interactions/{id}", gemini_interactions.api, "GET", retrieval=True),
        Endpoint("/{version}/interactions/{id}/cancel", gemini_interactions.api, retrieval=True),
        Endpoint("/{version}/decisions", gemini_interactions.decisions),
        Endpoint("/{version}/cachedContents", gemini_cache.api),
        Endpoint("/{version}/cachedContents/{id}", gemini_cache.api, "PATCH"),
        Endpoint(_MODEL + "batchGenerateContent", gemini_batches.api, retrieval=True),
        Endpoint(_MODEL + "asyncBatchEmbedContent", gemini_batches.api, retrieval=True),
        Endpoint("/{version}/batches/{id}", gemini_batches.api, "GET", retrieval=True),
        Endpoint(_LIVE, gemini_live.api, "WEBSOCKET"),
        Endpoint(_LIVE + "Constrained", gemini_live.api, "WEBSOCKET"),
        Endpoint(_FILE, gemini_batches.file, "GET", retrieval=True),
    ),
)
