"""OpenRouter: https://openrouter.ai/docs (2026-11).

It sells on its own account and states what it took off the credits, so it is the provider; who served the call
is kept beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import child, text
from spantally.apis import (
    _openai,
    anthropic_messages,
    openai_batches,
    openai_completions,
    openai_decisions,
    openai_images,
    openai_speech,
    openrouter_generation,
    rerank,
)
from spantally.apis._counts import counts_of
from spantally.apis.openai_chat import ChatCompletions
from spantally.apis.openai_embeddings import Embeddings
from spantally.apis.openai_responses import Responses
from spantally.apis.openai_transcriptions import Transcriptions
from spantally.apis.openai_videos import Videos
from spantally.providers import Endpoint, Provider

if TYPE_CHECKING:
    from spantally._json import JsonObject
    from spantally.apis import Attributes, Head, Report

_TOOLS = {
    "web_search_requests": _wire.WEB_SEARCHES,
    "web_fetch_requests": _wire.WEB_FETCHES,
}


def _read_tools(usage: JsonObject) -> Attributes:
    used = child(usage, "server_tool_use_details") or child(usage, "server_tool_use")
    return counts_of(used, _TOOLS)


def _upstream(body: JsonObject) -> Attributes:
    upstream = text(body, "provider")
    return {_wire.UPSTREAM_PROVIDER: upstream} if upstream else {}


class _Chat(ChatCompletions):
    def read_usage(self, usage: JsonObject) -> Attributes:
        return super().read_usage(usage) | _read_tools(usage)

    def read_identity(self, body: JsonObject) -> Attributes:
        return super().read_identity(body) | _upstream(body)


class _Completions(openai_completions.Completions, _Chat):
    pass


class _Responses(Responses):
    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = super().read_response(response, head)
        report.attributes.update(_read_tools(child(response, "usage")))
        return report


class _Embeddings(Embeddings):
    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = super().read_response(response, head)
        report.attributes.update(_upstream(response))
        return report


class _Rerank(rerank.Rerank):
    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = super().read_response(response, head)
        report.attributes.update(_upstream(response))
        return report


class _Decisions(openai_decisions.Decisions):
    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = super().read_response(response, head)
        report.attributes.update(_upstream(response))
        return report


class _Transcriptions(Transcriptions):
    """The body is the text and the usage; the id is a header."""

    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = super().read_response(response, head)
        if generation := head.headers.get("x-generation-id"):
            report.attributes.setdefault(_wire.RESPONSE_ID, generation)
        return report


class _Images(openai_images.Images):
    sides = _openai.PROMPT_COMPLETION


class _Messages(anthropic_messages.Messages):
    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = super().read_response(response, head)
        report.attributes.update(_upstream(response))
        return report


class _Videos(Videos):
    """What is said of a finished video is its charge, and nothing else."""

    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = super().read_response(response, head)
        report.has_usage = report.has_usage or _wire.STATED_COST in report.attributes
        return report


_chat, _responses, _videos, _decisions = _Chat(), _Responses(), _Videos(), _Decisions()
_messages = _Messages()
_batches = openai_batches.BatchesWithResults(
    openai_batches.Results(
        {
            "response": _responses,
            "chat.completion": _chat,
            "list": _Embeddings(),
            "content": _messages,
        }
    ),
    "results",
)

provider = Provider(
    name="openrouter",
    hosts=(r"(?:[a-z]{2}\.)?openrouter\.ai",),
    endpoints=(
        Endpoint("/api/v1/chat/completions", _chat),
        Endpoint("/api/v1/responses", _responses),
        Endpoint("/api/v1/messages", _messages),
        Endpoint("/api/v1/completions", _Completions()),
        Endpoint("/api/v1/embeddings", _Embeddings()),
        Endpoint("/api/v1/rerank", _Rerank()),
        Endpoint("/api/v1/images", _Images()),
        Endpoint("/api/v1/audio/transcriptions", _Transcriptions()),
        Endpoint("/api/v1/audio/speech", openai_speech.api),
        Endpoint("/api/v1/presets/{preset}/chat/completions", _chat),
        Endpoint("/api/v1/presets/{preset}/responses", _responses),
        Endpoint("/api/v1/presets/{preset}/messages", _messages),
        Endpoint("/api/alpha/decisions", _decisions),
        Endpoint("/api/v1/systemone", _decisions),
        Endpoint("/api/v1/videos", _videos, retrieval=True),
        Endpoint("/api/v1/videos/{id}", _videos, "GET", retrieval=True),
        Endpoint("/api/v1/batches", _batches, retrieval=True),
        Endpoint("/api/v1/batches/{id}", _batches, "GET", retrieval=True),
        Endpoint("/api/v1/generation", openrouter_generation.api, "GET", retrieval=True),
    ),
)
