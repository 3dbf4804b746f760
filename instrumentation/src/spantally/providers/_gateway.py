"""What gateways serve in OpenAI's shape, whoever is behind them."""

from __future__ import annotations

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
    from collections.abc import Mapping

    from spantally.apis import Api

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
