"""Hugging Face's router: https://huggingface.co/docs/inference-providers (2026-11).

It passes calls through at the price of the provider that serves them, without a mark-up. Who that is, is in
the path (`/groq/openai/v1/…`), in the model (`…:groq`), or in the response's header `x-inference-provider`.
Where none says it (`:fastest`, `:cheapest`, or nothing), the call is Hugging Face's and has no list price.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally._json import text
from spantally.apis import any_chat, openai_embeddings, openai_responses
from spantally.apis._routed import Routed
from spantally.providers import Endpoint, Provider

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally.apis import Api, Request

_NAMES = {
    "cerebras": "cerebras",
    "cohere": "cohere",
    "fireworks-ai": "fireworks",
    "groq": "groq",
    "replicate": "replicate",
    "together": "together",
    "zai-org": "z_ai",
}
_POLICIES = frozenset(("fastest", "cheapest", "preferred", "auto"))


def _upstream(request: Request, headers: Mapping[str, str]) -> str | None:
    if named := request.path.get("upstream") or headers.get("x-inference-provider"):
        return named
    _, colon, suffix = (text(request.body, "model") or "").rpartition(":")
    return suffix if colon and suffix not in _POLICIES else None


def _routed(api: Api) -> Routed:
    return Routed(api, _upstream, _NAMES.get)


_chat = _routed(any_chat.api)

provider = Provider(
    name="huggingface",
    hosts=(r"router\.huggingface\.co", r"api-inference\.huggingface\.co"),
    passes_on=True,
    endpoints=(
        Endpoint("/v1/chat/completions", _chat),
        Endpoint("/v1/responses", _routed(openai_responses.api)),
        Endpoint("/v1/embeddings", _routed(openai_embeddings.api)),
        Endpoint("/groq/openai/v1/chat/completions", _chat, provider="groq"),
        Endpoint("/fireworks-ai/inference/v1/chat/completions", _chat, provider="fireworks"),
        Endpoint("/{upstream}/v1/chat/completions", _chat),
        Endpoint("/{upstream}/v3/openai/chat/completions", _chat),
        Endpoint("/{upstream}/v1/embeddings", _routed(openai_embeddings.api)),
        Endpoint("/hf-inference/models/{owner}/{name}/v1/chat/completions", _chat),
        Endpoint("/models/{owner}/{name}/v1/chat/completions", _chat),  # before there was a router
        Endpoint("/{upstream}/{below:path}/chat/completions", _chat),
    ),
)
