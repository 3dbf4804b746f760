"""Alibaba's Model Studio (DashScope, Qwen): https://www.alibabacloud.com/help/en/model-studio (2026-11).

Its own API, and OpenAI's and Anthropic's below a prefix; at a host for all, or for one workspace. The hosts
of the token plan and the coding plan are a subscription's, and no list price holds there. Searches have a fee
and are counted in the usage: `plugins` of a chat, `x_tools` of a response.
https://www.alibabacloud.com/help/en/model-studio/base-url,
https://docs.qwencloud.com/developer-guides/text-generation/web-search (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child
from spantally.apis import (
    anthropic_messages,
    any_chat,
    dashscope,
    openai_embeddings,
    rerank,
)
from spantally.apis._counts import counts_of
from spantally.apis.openai_responses import Responses
from spantally.providers import Endpoint, Provider

if TYPE_CHECKING:
    from spantally.apis import Head, Report

_SERVICES = "/api/v1/services"


class _Responses(Responses):
    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = super().read_response(response, head)
        searched = child(child(child(response, "usage"), "x_tools"), "web_search")
        report.attributes.update(counts_of(searched, {"count": _wire.WEB_SEARCHES}))
        return report


_responses = _Responses()

provider = Provider(
    name="alibaba",
    hosts=(
        r"(?:cn-hongkong\.)?dashscope(?:-[a-z]+)?\.aliyuncs\.com",
        r"(?!token-plan|coding)(?:[a-z0-9-]+\.)?[a-z0-9-]+\.maas\.(?:aliyuncs|qwencloudapi)\.com",
    ),
    endpoints=(
        Endpoint("/compatible-mode/v1/chat/completions", any_chat.api),
        Endpoint("/compatible-mode/v1/responses", _responses),
        Endpoint("/compatible-mode/v1/embeddings", openai_embeddings.api),
        Endpoint("/compatible-api/v1/reranks", rerank.api),
        Endpoint("/api/v2/apps/protocols/compatible-mode/v1/responses", _responses),
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
