"""The SDKs of the providers, each called in every way that it has, and what a provider answers.

A call gets the address of a stand-in and returns what the app would see, as plain data. The answers are
made up: 11 tokens in, 5 out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.sdks.amazon import bedrock
from support.sdks.openai_shape import (
    huggingface_sdk,
    litellm_sdk,
    mistral_sdk,
    openai_like,
    openrouter_sdk,
    voyage_sdk,
)
from support.sdks.own_shape import anthropic_sdk, cohere_sdk, google_sdk, ollama_sdk

if TYPE_CHECKING:
    from support.sdks.call import SdkCall

SDK_CALLS: dict[str, SdkCall] = {
    **openai_like("openai", ("OpenAI", "AsyncOpenAI"), "openai", "/v1"),
    **anthropic_sdk(),
    **google_sdk(),
    **mistral_sdk(),
    **cohere_sdk(),
    **openai_like("groq", ("Groq", "AsyncGroq"), "groq"),
    **openai_like("together", ("Together", "AsyncTogether"), "together", "/v1"),
    **ollama_sdk(),
    **litellm_sdk(),
    **bedrock(),
    **voyage_sdk(),
    **huggingface_sdk(),
    **openrouter_sdk(),
    **openai_like("perplexity", ("Perplexity", "AsyncPerplexity"), "perplexity"),
}
