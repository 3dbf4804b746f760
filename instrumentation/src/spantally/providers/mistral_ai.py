"""Mistral: https://docs.mistral.ai/api (2026-11).

Tokens of audio are in neither side of the usage, only in the total (8 of 8 recordings): audio is paid by
its seconds. Older responses have `num_cached_tokens` in place of the details, and the tier is in the usage.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import child
from spantally.apis import (
    mistral_classify,
    mistral_conversations,
    mistral_ocr,
    openai_batches,
    openai_embeddings,
    openai_responses,
    openai_speech,
)
from spantally.apis._counts import fill_in, whole_seconds
from spantally.apis.openai_chat import ChatCompletions
from spantally.apis.openai_transcriptions import Transcriptions
from spantally.providers import Endpoint, Provider

if TYPE_CHECKING:
    from spantally._json import JsonObject
    from spantally.apis import Attributes

_HOST = r"api(?:\.(?P<geo>[a-z]{2}))?\.mistral\.ai"


class _Chat(ChatCompletions):
    def read_usage(self, usage: JsonObject) -> Attributes:
        counts = super().read_usage(usage)
        counts.pop(_wire.AUDIO_INPUT, None)
        fill_in(counts, _wire.CACHE_READ, usage, "num_cached_tokens")
        seconds = whole_seconds(usage.get("prompt_audio_seconds"))
        return counts if seconds is None else {**counts, _wire.AUDIO_SECONDS: seconds}


_chat = _Chat()


class _Transcriptions(Transcriptions):
    last_event = b"transcription.done"

    def read_usage(self, response: JsonObject) -> Attributes:
        return _chat.read_usage(child(response, "usage"))


_transcriptions = _Transcriptions()
_results = openai_batches.Results(
    {
        **openai_batches.BY_OBJECT,
        "chat.completion": _chat,
        "conversation.response": mistral_conversations.api,
        "usage_info": mistral_ocr.api,
        "segments": _transcriptions,
        "text": _transcriptions,
        "results": mistral_classify.moderations,
    }
)


def _read_host(host: str) -> Attributes:
    found = re.fullmatch(_HOST, host)
    return {_wire.DATA_RESIDENCY: found["geo"]} if found and found["geo"] else {}


_jobs = openai_batches.BatchesWithResults(_results, "outputs")

provider = Provider(
    name="mistral_ai",
    hosts=(_HOST, r"codestral\.mistral\.ai"),
    read_host=_read_host,
    endpoints=(
        Endpoint("/v1/chat/completions", _chat),
        Endpoint("/v1/fim/completions", _chat),
        Endpoint("/v1/agents/completions", _chat),
        Endpoint("/v1/conversations", mistral_conversations.api),
        Endpoint("/v1/conversations/{conversation}", mistral_conversations.api),
        Endpoint("/v1/conversations/{conversation}/restart", mistral_conversations.api),
        Endpoint("/v1/responses", openai_responses.api),
        Endpoint("/v1/embeddings", openai_embeddings.api),
        Endpoint("/v1/moderations", mistral_classify.moderations),
        Endpoint("/v1/chat/moderations", mistral_classify.moderations),
        Endpoint("/v1/classifications", mistral_classify.classifications),
        Endpoint("/v1/chat/classifications", mistral_classify.classifications),
        Endpoint("/v1/ocr", mistral_ocr.api),
        Endpoint("/v1/audio/transcriptions", _transcriptions),
        Endpoint("/v1/audio/speech", openai_speech.api),
        Endpoint("/v1/batch/jobs", _jobs, retrieval=True),
        Endpoint("/v1/batch/jobs/{id}", _jobs, "GET", retrieval=True),
        Endpoint("/v1/files/{id}/content", _results, "GET", retrieval=True),
    ),
)
