"""OpenAI: https://platform.openai.com/docs/api-reference and the types of openai 3.54 (2026-11)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spantally import _wire
from spantally.apis import openai_chat, openai_embeddings, openai_responses
from spantally.providers import Endpoint, Provider

if TYPE_CHECKING:
    from spantally.apis import Attributes

_HOST = r"(?:(?:mtls(?:-(?P<mtls>[a-z]{2}))?|(?P<region>[a-z]{2}))\.)?api\.openai\.com"


def _read_host(host: str) -> Attributes:
    """Data residency, which the host name carries."""
    match = re.fullmatch(_HOST, host)
    region = match and (match["region"] or match["mtls"])
    return {_wire.DATA_RESIDENCY: region} if region else {}


provider = Provider(
    name="openai",
    hosts=(_HOST,),
    read_host=_read_host,
    endpoints=(
        Endpoint("/v1/chat/completions", openai_chat.api),
        Endpoint("/v1/responses", openai_responses.api),
        Endpoint("/v1/responses/compact", openai_responses.api),
        Endpoint("/v1/embeddings", openai_embeddings.api),
    ),
)
