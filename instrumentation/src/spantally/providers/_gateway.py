"""What gateways serve: OpenAI's shape, whoever is behind, and a vendor's own API below a path of theirs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from spantally.apis import (
    any_chat,
    openai_completions,
    openai_embeddings,
    openai_images,
    openai_responses,
    openai_speech,
    openai_transcriptions,
    rerank,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spantally.apis import Api
    from spantally.providers import Endpoint, Provider

OPENAIS: Mapping[str, Api] = {
    "/chat/completions": any_chat.api,
    "/responses": openai_responses.api,
    "/responses/compact": openai_responses.api,
    "/completions": openai_completions.api,
    "/embeddings": openai_embeddings.api,
    "/rerank": rerank.api,
    "/images/generations": openai_images.api,
    "/images/edits": openai_images.api,
    "/audio/transcriptions": openai_transcriptions.api,
    "/audio/translations": openai_transcriptions.api,
    "/audio/speech": openai_speech.api,
}
"""By what follows `/v1`."""


def passed_on(vendor: Provider, base: str) -> Iterator[Endpoint]:
    """All that a vendor has, below a path of a gateway that passes it on at the vendor's price."""
    for endpoint in vendor.endpoints:
        path = base + endpoint.path
        yield replace(endpoint, path=path, provider=vendor.name, anywhere=False)
