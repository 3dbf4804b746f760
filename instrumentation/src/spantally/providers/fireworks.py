"""Fireworks: https://docs.fireworks.ai/api-reference (2026-11). The region is in the host.

What a cache served is in a header of whole responses, where the body does not say it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spantally import _wire
from spantally.apis import (
    anthropic_messages,
    openai_completions,
    openai_embeddings,
    openai_responses,
    openai_transcriptions,
    rerank,
)
from spantally.apis.openai_chat import ChatCompletions
from spantally.providers import Endpoint, Provider

if TYPE_CHECKING:
    from spantally._json import JsonObject
    from spantally.apis import Attributes, Head, Report

_HOST = r"(?:(?P<geo>[a-z]{2})\.)?api\.fireworks\.ai"


class _Chat(ChatCompletions):
    def add_usage(self, report: Report, usage: JsonObject, head: Head) -> None:
        super().add_usage(report, usage, head)
        cached = head.headers.get("fireworks-cached-prompt-tokens") or ""
        if cached.isdecimal() and report.has_usage:
            report.attributes.setdefault(_wire.CACHE_READ, int(cached))


def _read_host(host: str) -> Attributes:
    found = re.fullmatch(_HOST, host)
    return {_wire.DATA_RESIDENCY: found["geo"]} if found and found["geo"] else {}


provider = Provider(
    name="fireworks",
    hosts=(_HOST, r"audio-[a-z]+(?:\.[a-z0-9-]+)*\.fireworks\.ai"),
    read_host=_read_host,
    endpoints=(
        Endpoint("/inference/v1/chat/completions", _Chat()),
        Endpoint("/inference/v1/completions", openai_completions.api),
        Endpoint("/inference/v1/responses", openai_responses.api),
        Endpoint("/inference/v1/messages", anthropic_messages.api),
        Endpoint("/inference/v1/embeddings", openai_embeddings.api),
        Endpoint("/inference/v1/rerank", rerank.api),
        Endpoint("/inference/v1/audio/transcriptions", openai_transcriptions.api),
        Endpoint("/v1/audio/transcriptions", openai_transcriptions.api),
        Endpoint("/v1/audio/translations", openai_transcriptions.api),
    ),
)
