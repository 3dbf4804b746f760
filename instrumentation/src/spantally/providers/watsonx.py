"""IBM watsonx.ai: https://cloud.ibm.com/apidocs/watsonx-ai (2026-11). The region is in the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally.apis import openai_chat, openai_completions, openai_embeddings, watsonx
from spantally.providers import Endpoint, Provider

if TYPE_CHECKING:
    from spantally.apis import Attributes


def _read_host(host: str) -> Attributes:
    return {_wire.REGION: host.partition(".")[0]}


provider = Provider(
    name="ibm.watsonx.ai",
    hosts=(r"[a-z0-9-]+\.ml\.cloud\.ibm\.com", r"[a-z0-9.-]+\.aws\.wxai\.ibm\.com"),
    read_host=_read_host,
    endpoints=(
        Endpoint("/ml/v1/text/generation", watsonx.generation),
        Endpoint("/ml/v1/text/generation_stream", watsonx.generation_stream),
        Endpoint("/ml/v1/text/chat", watsonx.chat),
        Endpoint("/ml/v1/text/chat_stream", watsonx.chat_stream),
        Endpoint("/ml/v1/text/embeddings", watsonx.embeddings),
        Endpoint("/ml/v1/text/rerank", watsonx.rerank),
        Endpoint("/ml/v1/deployments/{deployment}/text/generation", watsonx.generation),
        Endpoint(
            "/ml/v1/deployments/{deployment}/text/generation_stream", watsonx.generation_stream
        ),
        Endpoint("/ml/v1/deployments/{deployment}/text/chat", watsonx.chat),
        Endpoint("/ml/v1/deployments/{deployment}/text/chat_stream", watsonx.chat_stream),
        Endpoint("/ml/v1-beta/generation/text", watsonx.generation),
        Endpoint("/ml/v1-beta/generation/text_stream", watsonx.generation_stream),
        Endpoint("/ml/gateway/v1/chat/completions", openai_chat.api),
        Endpoint("/ml/gateway/v1/completions", openai_completions.api),
        Endpoint("/ml/gateway/v1/embeddings", openai_embeddings.api),
    ),
)
