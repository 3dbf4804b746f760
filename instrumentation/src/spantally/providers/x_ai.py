"""xAI: https://docs.x.ai (2026-11).

Chat leaves reasoning out of `completion_tokens` (total = prompt + completion + reasoning in 32 of 32
recordings), Responses has it inside (137 of 137). Tools that the server ran are in the usage block, by kind.
The charge is stated exactly, in ticks, and contains all of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import child, count, text
from spantally.apis import (
    anthropic_messages,
    openai_embeddings,
    openai_transcriptions,
    xai_images,
    xai_videos,
)
from spantally.apis._counts import counts_of, number_of, whole_seconds
from spantally.apis.openai_chat import ChatCompletions
from spantally.apis.openai_realtime import Realtime
from spantally.apis.openai_responses import Responses
from spantally.apis.openai_speech import Speech
from spantally.apis.xai_batches import BatchOrders, BatchResults
from spantally.providers import Endpoint, Provider

if TYPE_CHECKING:
    from spantally._json import JsonObject
    from spantally.apis import Attributes, Head, Report

_HOST = r"(?:(?P<geo>[a-z]{2})(?:-[a-z]+-\d+)?\.)?api\.x\.ai"

_TOOLS = {
    "web_search_calls": _wire.WEB_SEARCHES,
    "x_search_calls": _wire.X_SEARCHES,
    "code_interpreter_calls": _wire.CODE_INTERPRETERS,
    "file_search_calls": _wire.FILE_SEARCHES,
    "document_search_calls": _wire.ATTACHMENT_SEARCHES,
}


def _read_tools(usage: JsonObject) -> Attributes:
    counts = counts_of(child(usage, "server_side_tool_usage_details"), _TOOLS)
    return counts | counts_of(usage, {"num_sources_used": _wire.SEARCH_SOURCES})


class _Chat(ChatCompletions):
    def read_usage(self, usage: JsonObject) -> Attributes:
        counts = super().read_usage(usage) | _read_tools(usage)
        completion = count(usage, "completion_tokens")
        if completion is not None:
            counts[_wire.OUTPUT_TOKENS] = completion + number_of(counts, _wire.REASONING)
        return counts

    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = super().read_response(response, head)
        if deferred := text(response, "request_id"):
            report.attributes[_wire.RESPONSE_ID] = deferred
        return report


class _Deferred(_Chat):
    """A chat that is fetched later: its id is the one that the order was answered with."""

    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = super().read_response(response, head)
        report.attributes[_wire.RESPONSE_ID] = head.request.path["id"]
        return report


class _Responses(Responses):
    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = super().read_response(response, head)
        # What was billed wins over what is listed in the output.
        report.attributes.update(_read_tools(child(response, "usage")))
        return report


class _Voice(Realtime):
    """Paid by the second that is billed and by the text message, whatever the tokens."""

    def read_usage(self, usage: JsonObject, messages: int = 0) -> Attributes:
        counts = super().read_usage(usage, messages)
        if messages and counts:
            counts[_wire.TEXT_MESSAGES] = messages
        billed = whole_seconds(usage.get("billable_audio_seconds"))
        if billed is not None:
            counts[_wire.AUDIO_SECONDS] = billed
        return counts


class _Tts(Speech):
    """One model, which no request names; paid by the character."""

    said_in = "text"


_chat, _responses, _orders = _Chat(), _Responses(), BatchOrders()


def _read_host(host: str) -> Attributes:
    found = re.fullmatch(_HOST, host)
    return {_wire.DATA_RESIDENCY: found["geo"]} if found and found["geo"] else {}


provider = Provider(
    name="x_ai",
    hosts=(_HOST,),
    read_host=_read_host,
    endpoints=(
        Endpoint("/v1/chat/completions", _chat),
        Endpoint("/v1/chat/deferred-completion/{id}", _Deferred(), "GET", retrieval=True),
        Endpoint("/v1/responses", _responses),
        Endpoint("/v1/responses/{id}", _responses, "GET", retrieval=True),
        Endpoint("/v1/messages", anthropic_messages.api),
        Endpoint("/v1/tts", _Tts()),
        Endpoint("/v1/stt", openai_transcriptions.api),
        Endpoint("/v1/embeddings", openai_embeddings.api),
        Endpoint("/v1/images/generations", xai_images.api),
        Endpoint("/v1/images/edits", xai_images.api),
        Endpoint("/v1/videos/generations", xai_videos.api),
        Endpoint("/v1/videos/edits", xai_videos.api),
        Endpoint("/v1/videos/extensions", xai_videos.api),
        Endpoint("/v1/videos/{id}", xai_videos.api, "GET", retrieval=True),
        Endpoint("/v1/realtime", _Voice(), "WEBSOCKET"),
        Endpoint("/v1/batches", _orders, retrieval=True),
        Endpoint("/v1/batches/{id}/requests", _orders, retrieval=True),
        Endpoint(
            "/v1/batches/{id}/results",
            BatchResults({"chat_get_completion": _chat, "responses": _responses}),
            "GET",
            retrieval=True,
        ),
    ),
)
