"""Azure OpenAI: https://learn.microsoft.com/azure/ai-foundry/openai/reference (2026-11).

The older paths name a deployment and no model; a deployment may be called anything, so the model that
is priced is the one that answered. Resources of Foundry and of Cognitive Services serve the same paths.
"""

from __future__ import annotations

from spantally.apis import (
    openai_assistants,
    openai_batches,
    openai_chat,
    openai_completions,
    openai_embeddings,
    openai_images,
    openai_live,
    openai_realtime,
    openai_responses,
    openai_speech,
    openai_transcriptions,
    openai_videos,
)
from spantally.providers import Endpoint, Provider
from spantally.providers._azure import OnAzure, read_host

_RESULTS = openai_batches.Results(
    {kind: OnAzure(api) for kind, api in openai_batches.BY_OBJECT.items()}
)
_RESPONSES = OnAzure(openai_responses.api)
_RUNS = OnAzure(openai_assistants.api)
_VIDEOS = OnAzure(openai_videos.api)

_APIS = {
    "chat/completions": OnAzure(openai_chat.api),
    "extensions/chat/completions": OnAzure(openai_chat.api),  # "on your data", until 2024
    "completions": OnAzure(openai_completions.api),
    "embeddings": OnAzure(openai_embeddings.api),
    "images/generations": OnAzure(openai_images.api),
    "images/edits": OnAzure(openai_images.api),
    "audio/transcriptions": OnAzure(openai_transcriptions.api),
    "audio/translations": OnAzure(openai_transcriptions.api),
    "audio/speech": OnAzure(openai_speech.api),
}
_DEPLOYMENT = "/openai/deployments/{model}/"
_PROJECT = "/api/projects/{project}"
_ROOTS = ("/openai/v1", "/openai", f"{_PROJECT}/openai/v1", f"{_PROJECT}/openai")
"""With `v1`, or the older ones with `api-version` in the query; of a resource, or of a project in Foundry."""

provider = Provider(
    name="azure.ai.openai",
    hosts=(
        r"[a-z0-9-]+\.openai\.azure\.(?:com|us|cn)",
        r"[a-z0-9-]+\.cognitiveservices\.azure\.(?:com|us|cn)",
        r"[a-z0-9-]+\.services\.ai\.azure\.(?:com|us|cn)",
        r"[a-z0-9-]+\.api\.cognitive\.microsoft\.(?:com|us|cn)",  # of a region
    ),
    read_host=read_host,
    endpoints=(
        *(Endpoint(_DEPLOYMENT + path, api) for path, api in _APIS.items()),
        *(
            Endpoint(f"{root}/openai/v1/{path}", api)
            for root in ("", _PROJECT)
            for path, api in _APIS.items()
        ),
        *(
            endpoint
            for root in _ROOTS
            for endpoint in (
                Endpoint(f"{root}/responses", _RESPONSES),
                Endpoint(f"{root}/responses/compact", _RESPONSES),
                Endpoint(f"{root}/responses/{{id}}", _RESPONSES, "GET", retrieval=True),
                Endpoint(f"{root}/responses/{{id}}/cancel", _RESPONSES, retrieval=True),
                Endpoint(f"{root}/responses", openai_realtime.api, "WEBSOCKET"),
                Endpoint(f"{root}/realtime", openai_realtime.api, "WEBSOCKET"),
                Endpoint(f"{root}/realtime/translations", openai_live.api, "WEBSOCKET"),
                Endpoint(f"{root}/videos", _VIDEOS),
                Endpoint(f"{root}/videos/{{id}}", _VIDEOS, "GET", retrieval=True),
                Endpoint(f"{root}/batches", openai_batches.api, retrieval=True),
                Endpoint(f"{root}/batches/{{id}}", openai_batches.api, "GET", retrieval=True),
                Endpoint(f"{root}/files/{{id}}/content", _RESULTS, "GET", retrieval=True),
                Endpoint(f"{root}/threads/runs", _RUNS),
                Endpoint(f"{root}/threads/{{thread}}/runs", _RUNS),
                Endpoint(f"{root}/threads/{{thread}}/runs/{{id}}", _RUNS, "GET", retrieval=True),
                Endpoint(
                    f"{root}/threads/{{thread}}/runs/{{id}}/submit_tool_outputs",
                    _RUNS,
                    retrieval=True,
                ),
            )
        ),
    ),
)
