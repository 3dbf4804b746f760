"""Groq: https://console.groq.com/docs/api-reference (2026-11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally.apis import (
    groq_chat,
    openai_batches,
    openai_embeddings,
    openai_responses,
    openai_speech,
)
from spantally.apis._counts import number_of
from spantally.apis.openai_transcriptions import Transcriptions
from spantally.providers import Endpoint, Provider

if TYPE_CHECKING:
    from spantally._json import JsonObject
    from spantally.apis import Attributes

_LEAST_SECONDS = 10
"""Billed for every request: https://console.groq.com/docs/speech-to-text (2026-11)."""


class _Transcriptions(Transcriptions):
    def read_usage(self, response: JsonObject) -> Attributes:
        counts = super().read_usage(response)
        if _wire.AUDIO_SECONDS in counts:
            counts[_wire.AUDIO_SECONDS] = max(
                _LEAST_SECONDS, number_of(counts, _wire.AUDIO_SECONDS)
            )
        return counts


_transcriptions = _Transcriptions()
_results = openai_batches.Results({**openai_batches.BY_OBJECT, "chat.completion": groq_chat.api})

provider = Provider(
    name="groq",
    hosts=(r"api\.groq\.com",),
    endpoints=(
        Endpoint("/openai/v1/chat/completions", groq_chat.api),
        Endpoint("/openai/v1/responses", openai_responses.api),
        Endpoint("/openai/v1/embeddings", openai_embeddings.api),
        Endpoint("/openai/v1/audio/transcriptions", _transcriptions),
        Endpoint("/openai/v1/audio/translations", _transcriptions),
        Endpoint("/openai/v1/audio/speech", openai_speech.api),
        Endpoint("/openai/v1/batches", openai_batches.api, retrieval=True),
        Endpoint("/openai/v1/batches/{id}", openai_batches.api, "GET", retrieval=True),
        Endpoint("/openai/v1/files/{id}/content", _results, "GET", retrieval=True),
    ),
)
