"""Vertex AI: Google's own models and those of others, each in the shape of its vendor.

The location, in the path or else in front of the host, decides the price of newer models. Claude's bodies
name no model: the path does, with its version behind an `@`. Counting tokens is free, which for Claude is a
model of that name. The ranking API has a host of its own.
https://cloud.google.com/vertex-ai/docs/reference/rest, paths of google-genai 3.4 and anthropic 2.12 (2026-11)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spantally import _wire
from spantally.apis import (
    anthropic_messages,
    any_chat,
    gemini_cache,
    gemini_embed,
    gemini_generate,
    gemini_interactions,
    gemini_live,
    mistral_ocr,
    openai_completions,
    openai_embeddings,
    openai_responses,
    vertex_predict,
    vertex_rank,
    vertex_video,
)
from spantally.providers import Endpoint, Provider, _google

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally.apis import Api, Attributes

_HOSTS = (
    r"(?:(?P<region>[a-z][a-z0-9-]*)-)?aiplatform(?:\.mtls)?\.googleapis\.com",
    r"aiplatform\.(?P<region>[a-z][a-z0-9-]*)\.rep\.googleapis\.com",
    r"(?:(?P<region>[a-z]+)-)?discoveryengine\.googleapis\.com",
)
_PROJECT = "/{version}/projects/{project}/locations/{location}"
_LIVE = "/ws/google.cloud.aiplatform.{version}.LlmBidiService/BidiGenerateContent"
_FREE_COUNT = _PROJECT + "/publishers/anthropic/models/count-tokens:rawPredict"
_CLAUDE = _PROJECT + "/publishers/anthropic/models/{model}:"
_MISTRAL_OCR = _PROJECT + "/publishers/mistralai/models/mistral-ocr-{release}:rawPredict"
_OPENAI = _PROJECT + "/endpoints/{endpoint}/"
_OTHERS = _PROJECT + "/publishers/{publisher}/models/{model}:"


def _read_host(host: str) -> Attributes:
    matches = (re.fullmatch(pattern, host) for pattern in _HOSTS)
    region = next((match["region"] for match in matches if match), None)
    return {_wire.DATA_RESIDENCY: region, _wire.REGION: region} if region else {}


def _read_path(variables: Mapping[str, str]) -> Attributes:
    location = variables.get("location")
    return {_wire.DATA_RESIDENCY: location, _wire.REGION: location} if location else {}


def _of_google(action: str, api: Api) -> tuple[Endpoint, ...]:
    """A model of a project, one that an API key reaches without a project, and a tuned model."""
    return (
        Endpoint(f"{_PROJECT}/publishers/google/models/{{model}}:{action}", api),
        Endpoint(f"/{{version}}/publishers/google/models/{{model}}:{action}", api),
        Endpoint(f"{_PROJECT}/endpoints/{{model}}:{action}", api),
    )


provider = Provider(
    name="gcp.vertex_ai",
    hosts=_HOSTS,
    read_host=_read_host,
    read_path=_read_path,
    endpoints=(
        *_of_google("generateContent", gemini_generate.api),
        *_of_google("streamGenerateContent", gemini_generate.streaming),
        *_of_google("embedContent", gemini_embed.api),
        Endpoint(_PROJECT + "/interactions", gemini_interactions.api),
        Endpoint(_PROJECT + "/interactions/{id}", gemini_interactions.api, "GET", retrieval=True),
        Endpoint(_PROJECT + "/interactions/{id}/cancel", gemini_interactions.api, retrieval=True),
        *_of_google("predict", vertex_predict.api),
        *_of_google("predictLongRunning", vertex_video.api),
        Endpoint(_LIVE, gemini_live.api, "WEBSOCKET"),
        Endpoint(_FREE_COUNT, anthropic_messages.api, anywhere=True, free=True),
        Endpoint(_CLAUDE + "rawPredict", anthropic_messages.api, anywhere=True),
        Endpoint(_CLAUDE + "streamRawPredict", anthropic_messages.api, anywhere=True),
        Endpoint(
            _OPENAI + "chat/completions", _google.chat
        ),  # first: also of such a path that is new
        Endpoint(_MISTRAL_OCR, mistral_ocr.api),
        Endpoint(_OTHERS + "rawPredict", any_chat.anywhere),
        Endpoint(_OTHERS + "streamRawPredict", any_chat.anywhere),
        Endpoint(_OPENAI + "responses", openai_responses.api),
        Endpoint(_OPENAI + "completions", openai_completions.api),
        Endpoint(_OPENAI + "embeddings", openai_embeddings.api),
        Endpoint(_PROJECT + "/rankingConfigs/{config}:rank", vertex_rank.api),
        Endpoint(_PROJECT + "/cachedContents", gemini_cache.api),
        Endpoint(_PROJECT + "/cachedContents/{id}", gemini_cache.api, "PATCH"),
    ),
)
