"""Emitted spans keep to a pinned snapshot of the GenAI conventions.

The snapshot is the part of open-telemetry/semantic-conventions-genai (main, 2026-09) that our calls
touch: names, types, values and requirement levels, typed off by hand.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from support.replay import Answer

if TYPE_CHECKING:
    from support.replay import Replay

TYPES: dict[str, type] = {
    "gen_ai.operation.name": str,
    "gen_ai.provider.name": str,
    "gen_ai.conversation.id": str,
    "gen_ai.request.model": str,
    "gen_ai.request.stream": bool,
    "gen_ai.request.choice.count": int,
    "gen_ai.request.max_tokens": int,
    "gen_ai.request.reasoning.level": str,
    "gen_ai.request.previous_response.id": str,
    "gen_ai.response.model": str,
    "gen_ai.response.id": str,
    "gen_ai.response.finish_reasons": tuple,
    "gen_ai.response.time_to_first_chunk": float,
    "gen_ai.usage.input_tokens": int,
    "gen_ai.usage.output_tokens": int,
    "gen_ai.usage.cache_read.input_tokens": int,
    "gen_ai.usage.cache_write.input_tokens": int,
    "gen_ai.usage.reasoning.output_tokens": int,
    "gen_ai.usage.text.input_tokens": int,
    "gen_ai.usage.image.input_tokens": int,
    "gen_ai.usage.audio.input_tokens": int,
    "gen_ai.usage.image.cache_read.input_tokens": int,
    "gen_ai.usage.audio.cache_read.input_tokens": int,
    "gen_ai.usage.text.output_tokens": int,
    "gen_ai.usage.image.output_tokens": int,
    "gen_ai.usage.audio.output_tokens": int,
    "openai.api.type": str,
    "openai.request.service_tier": str,
    "openai.response.service_tier": str,
    "openai.response.system_fingerprint": str,
    "server.address": str,
    "thread.name": str,
    "server.port": int,
    "error.type": str,
    "http.response.status_code": int,
    "http.request.resend_count": int,
}
OPERATIONS = {"chat", "embeddings"}
PROVIDERS = {"openai", "anthropic"}
STANDARD = ("gen_ai.", "openai.", "server.", "error.", "http.", "thread.")
REQUIRED = {
    "gen_ai.operation.name",
    "gen_ai.provider.name",
    "gen_ai.request.model",
    "gen_ai.response.model",
    "gen_ai.response.id",
    "gen_ai.usage.input_tokens",
    "server.address",
}

CHAT_USAGE = {
    "prompt_tokens": 9, "completion_tokens": 2,
    "prompt_tokens_details": {"cached_tokens": 4, "audio_tokens": 1, "text_tokens": 8, "image_tokens": 0,
                              "cache_write_tokens": 2},
    "completion_tokens_details": {"reasoning_tokens": 1, "audio_tokens": 0, "text_tokens": 2},
}  # fmt: skip
CALLS = {
    "chat": (
        "/v1/chat/completions",
        {"model": "m", "messages": [], "n": 2, "max_tokens": 3, "reasoning_effort": "low",
         "service_tier": "flex"},
        {"id": "r", "model": "m-1", "service_tier": "flex", "system_fingerprint": "f",
         "choices": [{"index": 0, "finish_reason": "stop"}], "usage": CHAT_USAGE},
    ),
    "responses": (
        "/v1/responses",
        {"model": "m", "input": "hi", "max_output_tokens": 3, "conversation": {"id": "conv_1"},
         "previous_response_id": "r0", "reasoning": {"effort": "low"}},
        {"id": "r", "model": "m-1", "status": "completed", "conversation": {"id": "conv_1"},
         "usage": {"input_tokens": 9, "output_tokens": 2,
                   "input_tokens_details": {"cached_tokens": 4}}},
    ),
    "embeddings": (
        "/v1/embeddings",
        {"model": "m", "input": "hi"},
        {"id": "r", "model": "m-1", "data": [], "usage": {"prompt_tokens": 3, "total_tokens": 3}},
    ),
    "messages": (
        "/v1/messages",
        {"model": "m", "messages": [], "max_tokens": 3},
        {"id": "r", "model": "m-1", "stop_reason": "end_turn",
         "usage": {"input_tokens": 3, "cache_read_input_tokens": 4, "output_tokens": 2}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_a_span_has_only_names_and_types_of_the_conventions_or_our_own(
    name: str, spans: Any, provider: Replay
) -> None:
    path, request, response = CALLS[name]
    provider.answer = Answer(json.dumps(response).encode())
    httpx.post(provider.url + path, json=request)
    (span,) = spans.llm()
    attributes = dict(span.attributes)
    standard = {key: value for key, value in attributes.items() if key.startswith(STANDARD)}
    assert {k for k, v in standard.items() if type(v) is not TYPES.get(k)} == set()
    assert {k for k in attributes if not k.startswith((*STANDARD, "spantally."))} == set()
    assert attributes.keys() >= REQUIRED
    assert attributes["gen_ai.operation.name"] in OPERATIONS
    assert attributes["gen_ai.provider.name"] in PROVIDERS
    assert span.kind.name == "CLIENT"
    assert span.name == f"{attributes['gen_ai.operation.name']} m"


def test_the_conversation_is_the_providers_and_cached_tokens_are_part_of_the_input(
    spans: Any, provider: Replay
) -> None:
    path, request, response = CALLS["responses"]
    provider.answer = Answer(json.dumps(response).encode())
    httpx.post(provider.url + path, json=request)
    span = spans.only()
    assert span["gen_ai.conversation.id"] == "conv_1"
    assert span["gen_ai.usage.cache_read.input_tokens"] <= span["gen_ai.usage.input_tokens"]
