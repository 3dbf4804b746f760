"""Alibaba's Model Studio (DashScope, Qwen): https://www.alibabacloud.com/help/en/model-studio (2026-11).

Its own API, and OpenAI's and Anthropic's below a prefix; at a host for all, or for one workspace. The hosts
of the token plan and the coding plan are a subscription's, and no list price holds there.
https://www.alibabacloud.com/help/en/model-studio/base-url (2026-11)
"""

from __future__ import annotations

from spantally.apis import (
    anthropic_messages,
    any_chat,
    dashscope,
    openai_embeddings,
    openai_responses,
    rerank,
)
from spantally.providers import Endpoint, Provider

_SERVICES = "/api/v1/services"

provider = Provider(
    name="alibaba",
    hosts=(
        r"(?:cn-hongkong\.)?dashscope(?:-[a-z]+)?\.aliyuncs\.com",
        r"(?!token-plan|coding)(?:[a-z0-9-]+\.)?[a-z0-9-]+\.maas\.(?:aliyuncs|qwencloudapi)\.com",
    ),
    endpoints=(
        Endpoint("/compatible-mode/v1/chat/completions", any_chat.api),
        Endpoint("/compatible-mode/v1/responses", openai_responses.api),
        Endpoint("/compatible-mode/v1/embeddings", openai_embeddings.api),
        Endpoint("/compatible-api/v1/reranks", rerank.api),
        Endpoint("/api/v2/apps/protocols/compatible-mode/v1/responses", openai_responses.api),
        Endpoint("/apps/anthropic/v1/messages", anthropic_messages.api),
        Endpoint(f"{_SERVICES}/aigc/text-generation/generation", dashscope.generation),
        Endpoint(f"{_SERVICES}/aigc/multimodal-generation/generation", dashscope.generation),
        Endpoint(f"{_SERVICES}/embeddings/text-embedding/text-embedding", dashscope.embeddings),
        Endpoint(
            f"{_SERVICES}/embeddings/multimodal-embedding/multimodal-embedding",
            dashscope.embeddings,
        ),
        Endpoint(f"{_SERVICES}/rerank/text-rerank/text-rerank", dashscope.rerank),
    ),
)
