"""OpenAI: https://platform.openai.com/docs/api-reference and the types of openai 3.54 (2026-11).

Free, and so not here: moderations, models, files, `/v1/responses/input_tokens`, sessions and secrets of
Realtime over HTTP (the session itself is a WebSocket or WebRTC). `docs/reference/endpoints.md` lists the rest.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spantally import _wire
from spantally.apis import (
    openai_agents,
    openai_assistants,
    openai_batches,
    openai_completions,
    openai_decisions,
    openai_embeddings,
    openai_evals,
    openai_images,
    openai_live,
    openai_realtime,
    openai_responses,
    openai_speech,
    openai_transcriptions,
    openai_videos,
)
from spantally.apis.openai_chat import ChatCompletions
from spantally.providers import Endpoint, Provider

if TYPE_CHECKING:
    from spantally._json import JsonObject
    from spantally.apis import Attributes, Head, Report

_HOST = r"(?:(?:mtls(?:-(?P<mtls>[a-z]{2}))?|(?P<region>[a-z]{2}))\.)?api\.openai\.com"


def _read_host(host: str) -> Attributes:
    """Data residency, which the host name carries."""
    match = re.fullmatch(_HOST, host)
    region = match and (match["region"] or match["mtls"])
    return {_wire.DATA_RESIDENCY: region} if region else {}


_RUN = "/v1/threads/{thread}/runs"
_SESSIONS = "/v1/agents/sessions"


class _Chat(ChatCompletions):
    """Search models look things up before every answer; the fee is by the call, and no field tells it.

    https://developers.openai.com/api/docs/guides/tools-web-search (2026-11)
    """

    def add_usage(self, report: Report, usage: JsonObject, head: Head) -> None:
        super().add_usage(report, usage, head)
        model = str(report.attributes.get(_wire.RESPONSE_MODEL))
        if report.has_usage and ("-search-preview" in model or "-search-api" in model):
            report.attributes[_wire.WEB_SEARCHES] = 1


provider = Provider(
    name="openai",
    hosts=(_HOST,),
    read_host=_read_host,
    endpoints=(
        Endpoint("/v1/chat/completions", _Chat()),
        Endpoint("/v1/responses", openai_responses.api),
        Endpoint("/v1/responses/compact", openai_responses.api),
        Endpoint("/v1/responses/{id}", openai_responses.api, "GET", retrieval=True),
        Endpoint("/v1/responses/{id}/cancel", openai_responses.api, retrieval=True),
        Endpoint("/v1/completions", openai_completions.api),
        Endpoint("/v1/embeddings", openai_embeddings.api),
        Endpoint("/v1/images/generations", openai_images.api),
        Endpoint("/v1/images/edits", openai_images.api),
        Endpoint("/v1/images/variations", openai_images.api),
        Endpoint("/v1/audio/transcriptions", openai_transcriptions.api),
        Endpoint("/v1/audio/translations", openai_transcriptions.api),
        Endpoint("/v1/audio/speech", openai_speech.api),
        Endpoint("/v1/decisions", openai_decisions.api),
        Endpoint("/v1/videos", openai_videos.api),
        Endpoint("/v1/videos/edits", openai_videos.api),
        Endpoint("/v1/videos/extensions", openai_videos.api),
        Endpoint("/v1/videos/{id}/remix", openai_videos.api),
        Endpoint("/v1/videos/{id}", openai_videos.api, "GET", retrieval=True),
        Endpoint("/v1/batches", openai_batches.api, retrieval=True),
        Endpoint("/v1/batches/{id}", openai_batches.api, "GET", retrieval=True),
        Endpoint("/v1/files/{id}/content", openai_batches.results, "GET", retrieval=True),
        Endpoint("/v1/threads/runs", openai_assistants.api),
        Endpoint(_RUN, openai_assistants.api),
        Endpoint(f"{_RUN}/{{id}}", openai_assistants.api, "GET", retrieval=True),
        Endpoint(f"{_RUN}/{{id}}/submit_tool_outputs", openai_assistants.api, retrieval=True),
        Endpoint("/v1/evals/{eval}/runs", openai_evals.api, retrieval=True),
        Endpoint("/v1/evals/{eval}/runs/{id}", openai_evals.api, "GET", retrieval=True),
        Endpoint("/v1/agents", openai_agents.api, retrieval=True),
        Endpoint("/v1/agents/{id}", openai_agents.api, "GET", retrieval=True),
        Endpoint(_SESSIONS, openai_agents.api, retrieval=True),
        Endpoint(f"{_SESSIONS}/{{session}}", openai_agents.api, "GET", retrieval=True),
        Endpoint(f"{_SESSIONS}/{{session}}/events", openai_agents.api, "GET", retrieval=True),
        Endpoint(f"{_SESSIONS}/{{session}}/turns", openai_agents.api, "GET", retrieval=True),
        Endpoint(f"{_SESSIONS}/{{session}}/turns/{{id}}", openai_agents.api, "GET", retrieval=True),
        Endpoint("/v1/realtime", openai_realtime.api, "WEBSOCKET"),
        Endpoint("/v1/responses", openai_realtime.api, "WEBSOCKET"),
        Endpoint("/v1/realtime/translations", openai_live.api, "WEBSOCKET"),
        Endpoint("/v1/live/sessions", openai_live.api, "WEBSOCKET"),
        Endpoint("/v1/live/sessions/{id}/fork", openai_live.api, "WEBSOCKET"),
        Endpoint("/v1/live/sessions/{id}/attach", openai_live.api, "WEBSOCKET"),
    ),
)
