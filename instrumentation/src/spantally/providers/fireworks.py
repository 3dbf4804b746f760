"""Fireworks: https://docs.fireworks.ai/api-reference (2026-11). The region is in the host."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spantally import _wire
from spantally.apis import (
    anthropic_messages,
    openai_chat,
    openai_completions,
    openai_embeddings,
    openai_responses,
    openai_transcriptions,
    rerank,
)
from spantally.providers import Endpoint, Provider

if TYPE_CHECKING:
    from spantally.apis import Attributes

_HOST = r"(?:(?P<geo>[a-z]{2})\.)?api\.fireworks\.ai"


def _read_host(host: str) -> Attributes:
    found = re.fullmatch(_HOST, host)
    return {_wire.DATA_RESIDENCY: found["geo"]} if found and found["geo"] else {}


provider = Provider(
    name="fireworks",
    hosts=(_HOST,),
    read_host=_read_host,
    endpoints=(
        Endpoint("/inference/v1/chat/completions", openai_chat.api),
        Endpoint("/inference/v1/completions", openai_completions.api),
        Endpoint("/inference/v1/responses", openai_responses.api),
        Endpoint("/inference/v1/messages", anthropic_messages.api),
        Endpoint("/inference/v1/embeddings", openai_embeddings.api),
        Endpoint("/inference/v1/rerank", rerank.api),
        Endpoint("/inference/v1/audio/transcriptions", openai_transcriptions.api),
    ),
)
