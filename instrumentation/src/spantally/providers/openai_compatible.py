"""Any server that speaks OpenAI's APIs, wherever it stands: known by path and body, never by price.

vLLM, llama.cpp, LM Studio, TGI, SGLang, gateways: the path may have anything before it.
"""

from __future__ import annotations

from spantally.apis import openai_chat, openai_embeddings, openai_responses
from spantally.providers import Endpoint, Provider

provider = Provider(
    name="openai_compatible",
    hosts=(),
    endpoints=(
        Endpoint("/chat/completions", openai_chat.api, anywhere=True),
        Endpoint("/responses", openai_responses.api, anywhere=True),
        Endpoint("/responses/compact", openai_responses.api, anywhere=True),
        Endpoint("/embeddings", openai_embeddings.api, anywhere=True),
    ),
)
