"""Hosts and paths of OpenAI, Azure, ChatGPT, Copilot and of servers that imitate them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from spantally import env
from spantally._recognise import Outgoing, place_of, recognise
from spantally.apis import Head, Request

CHAT, RESPONSES, EMBEDDINGS = "openai.chat_completions", "openai.responses", "openai.embeddings"
COMPLETIONS, IMAGES, SPEECH = "openai.completions", "openai.images", "openai.speech"
TRANSCRIPTIONS, VIDEOS, RUNS = "openai.transcriptions", "openai.videos", "openai.assistants"
BATCHES, RESULTS, REALTIME = "openai.batches", "openai.batch_results", "openai.realtime"
MESSAGES = "anthropic.messages"
OPENAI, AZURE, FOUNDRY = "api.openai.com", "acme.openai.azure.com", "acme.services.ai.azure.com"

PLACES = [
    # method, host, path, provider, api
    ("POST", OPENAI, "/v1/completions", "openai", COMPLETIONS),
    ("POST", OPENAI, "/v1/images/generations", "openai", IMAGES),
    ("POST", OPENAI, "/v1/images/edits", "openai", IMAGES),
    ("POST", OPENAI, "/v1/images/variations", "openai", IMAGES),
    ("POST", OPENAI, "/v1/audio/transcriptions", "openai", TRANSCRIPTIONS),
    ("POST", OPENAI, "/v1/audio/translations", "openai", TRANSCRIPTIONS),
    ("POST", "jp.api.openai.com", "/v1/audio/speech", "openai", SPEECH),
    ("POST", OPENAI, "/v1/decisions", "openai", "openai.decisions"),
    ("POST", OPENAI, "/v1/videos", "openai", VIDEOS),
    ("GET", OPENAI, "/v1/videos/video_1", "openai", VIDEOS),
    ("POST", OPENAI, "/v1/videos/video_1/remix", "openai", VIDEOS),
    ("GET", OPENAI, "/v1/responses/resp_1", "openai", RESPONSES),
    ("POST", OPENAI, "/v1/responses/resp_1/cancel", "openai", RESPONSES),
    ("POST", OPENAI, "/v1/batches", "openai", BATCHES),
    ("GET", OPENAI, "/v1/files/file-1/content", "openai", RESULTS),
    ("POST", OPENAI, "/v1/threads/runs", "openai", RUNS),
    ("POST", OPENAI, "/v1/threads/thread_1/runs", "openai", RUNS),
    ("GET", OPENAI, "/v1/threads/thread_1/runs/run_1", "openai", RUNS),
    ("WEBSOCKET", OPENAI, "/v1/realtime", "openai", REALTIME),
    ("WEBSOCKET", OPENAI, "/v1/live/sessions/live_1/attach", "openai", "openai.live"),
    ("POST", AZURE, "/openai/deployments/my-gpt/chat/completions", "azure.ai.openai", CHAT),
    ("POST", AZURE, "//openai/deployments/my-gpt/completions", "azure.ai.openai", COMPLETIONS),
    ("POST", AZURE, "/openai/deployments/my-gpt/extensions/chat/completions", "azure.ai.openai",
     CHAT),
    ("POST", AZURE, "/openai/deployments/my%20gpt/embeddings", "azure.ai.openai", EMBEDDINGS),
    ("POST", AZURE, "/openai/deployments/tts/audio/speech", "azure.ai.openai", SPEECH),
    ("POST", AZURE, "/openai/v1/responses", "azure.ai.openai", RESPONSES),
    ("POST", AZURE, "/openai/responses", "azure.ai.openai", RESPONSES),
    ("GET", AZURE, "/openai/v1/responses/resp_1", "azure.ai.openai", RESPONSES),
    ("GET", AZURE, "/openai/files/file-1/content", "azure.ai.openai", RESULTS),
    ("WEBSOCKET", AZURE, "/openai/v1/realtime", "azure.ai.openai", REALTIME),
    ("POST", "acme.openai.azure.us", "/openai/v1/chat/completions", "azure.ai.openai", CHAT),
    ("POST", "acme.cognitiveservices.azure.com", "/openai/v1/embeddings", "azure.ai.openai",
     EMBEDDINGS),
    ("POST", FOUNDRY, "/openai/v1/responses", "azure.ai.openai", RESPONSES),
    ("WEBSOCKET", AZURE, "/openai/v1/realtime/translations", "azure.ai.openai", "openai.live"),
    ("POST", "eastus.api.cognitive.microsoft.com", "/openai/deployments/d/chat/completions",
     "azure.ai.openai", CHAT),
    ("WEBSOCKET", "eastus.api.cognitive.microsoft.com", "/voice-live/realtime", "azure.ai.inference",
     REALTIME),
    ("WEBSOCKET", FOUNDRY, "/voice-live/realtime", "azure.ai.inference", REALTIME),
    ("WEBSOCKET", "acme.cognitiveservices.azure.com", "/voice-live/realtime", "azure.ai.inference",
     REALTIME),
    ("POST", FOUNDRY, "/api/projects/p1/openai/v1/responses", "azure.ai.openai", RESPONSES),
    ("POST", FOUNDRY, "/api/projects/p1/openai/v1/chat/completions", "azure.ai.openai", CHAT),
    ("GET", FOUNDRY, "/api/projects/p1/openai/responses/resp_1", "azure.ai.openai", RESPONSES),
    ("POST", AZURE, "/openai/threads/t1/runs/r1/submit_tool_outputs", "azure.ai.openai", RUNS),
    ("POST", FOUNDRY, "/models/chat/completions", "azure.ai.inference", CHAT),
    ("POST", FOUNDRY, "/anthropic/v1/messages", "azure.ai.inference", MESSAGES),
    ("POST", "acme.eastus2.inference.ai.azure.com", "/chat/completions", "azure.ai.inference",
     CHAT),
    ("POST", "chatgpt.com", "/backend-api/codex/responses", "chatgpt", RESPONSES),
    ("POST", "api.githubcopilot.com", "/chat/completions", "github_copilot", CHAT),
    ("POST", "api.business.githubcopilot.com", "/v1/messages", "github_copilot", MESSAGES),
    ("POST", "localhost", "/v1/completions", "localhost", COMPLETIONS),
    ("POST", "gpu.example", "/llm/v1/rerank", "gpu.example", "rerank"),
    ("POST", "token-plan.cn-beijing.maas.aliyuncs.com", "/compatible-mode/v1/chat/completions",
     "token-plan.cn-beijing.maas.aliyuncs.com", CHAT),  # a subscription's
    ("POST", "gpu.example", "/v1/audio/transcriptions", "gpu.example", TRANSCRIPTIONS),
]  # fmt: skip


@pytest.mark.parametrize(("method", "host", "path", "provider", "api"), PLACES)
def test_a_path_is_its_providers_call(
    method: str, host: str, path: str, provider: str, api: str
) -> None:
    place = place_of(method, host, None, path)
    assert place is not None
    assert (place.provider, place.endpoint.api.name) == (provider, api)


@pytest.mark.parametrize(
    ("host", "path", "cloud"),
    [
        (AZURE, "/openai/v1/responses", None),
        ("acme.openai.azure.us", "/openai/v1/responses", "us-gov"),
        ("acme.services.ai.azure.cn", "/anthropic/v1/messages", "cn"),
    ],
)
def test_azures_hosts_tell_a_cloud_that_has_its_own_price_list(
    host: str, path: str, cloud: str | None
) -> None:
    place = place_of("POST", host, None, path)
    assert place is not None
    assert place.host_attributes.get("spantally.data_residency") == cloud


@pytest.mark.parametrize(
    ("method", "host", "path"),
    [
        ("POST", OPENAI, "/v1/moderations"),
        ("POST", OPENAI, "/v1/responses/input_tokens"),
        ("POST", OPENAI, "/v1/realtime/client_secrets"),
        ("POST", OPENAI, "/v1/realtime/sessions"),
        ("GET", OPENAI, "/v1/responses/resp_1/input_items"),
        ("GET", OPENAI, "/v1/models"),
        ("DELETE", OPENAI, "/v1/responses/resp_1"),
        ("GET", OPENAI, "/v1/files/file-1"),
        ("POST", OPENAI, "/v1/threads/thread_1/messages"),
        ("POST", AZURE, "/openai/v1/realtime/client_secrets"),
        ("GET", AZURE, "/openai/deployments"),
        ("POST", "chatgpt.com", "/backend-api/conversation"),
        ("POST", "login.openai.azure.com.evil.example", "/openai/deployments/d/models"),
    ],
)
def test_what_costs_nothing_is_no_call(method: str, host: str, path: str) -> None:
    assert place_of(method, host, None, path) is None


SHAPES = [
    ("/v1/chat/completions", {"messages": []}, CHAT),
    ("/v1/chat/completions", {"model": "m", "messages": "hello"}, None),
    ("/v1/completions", {"model": "m", "prompt": "x"}, COMPLETIONS),
    ("/v1/completions", {"prompt": "x", "max_tokens": 9}, COMPLETIONS),
    ("/v1/completions", {"form": "m", "prompt": "x"}, None),
    ("/v1/rerank", {"model": "m", "query": "x", "documents": ["a"]}, "rerank"),
    ("/rerank", {"query": "x", "texts": ["a"]}, "rerank"),
    ("/rerank", {"query": "x"}, None),
    ("/v1/images/generations", {"model": "m", "prompt": "x"}, IMAGES),
    ("/v1/audio/speech", {"model": "m", "input": "x", "voice": "v"}, SPEECH),
    ("/v1/audio/speech", {"text": "x"}, None),
]


@pytest.mark.parametrize(("path", "body", "api"), SHAPES)
def test_on_an_unknown_host_the_body_must_have_the_shape(
    path: str, body: dict[str, Any], api: str | None
) -> None:
    content = json.dumps(body).encode()
    found = recognise(Outgoing("POST", "gpu.example", None, path, {}, lambda: content))
    assert (found and found.place.endpoint.api.name) == api


def test_a_deployment_is_the_model_that_was_asked_for_and_not_the_one_that_answered() -> None:
    place = place_of("POST", AZURE, None, "/openai/deployments/my%20gpt/chat/completions")
    assert place is not None
    request = Request({"messages": []}, place.variables)
    assert place.endpoint.api.read_request(request)["gen_ai.request.model"] == "my gpt"
    head = Head(request, 200, {"x-ms-served-model": "gpt-5-2025-08-07"})
    assert place.endpoint.api.read_response({"usage": {}}, head).attributes == {
        "gen_ai.response.model": "gpt-5-2025-08-07"
    }


@pytest.mark.parametrize(
    ("headers", "tier"),
    [
        ({}, "default"),
        ({"azureai-processed-tier": "Priority"}, "default"),
        ({"azureai-processed-tier": "Priority", "body": ""}, "priority"),
        ({"x-ms-is-spilled-over": "true", "azureai-processed-tier": "default"}, "spillover"),
        ({"x-ms-is-spilled-over": "False"}, "default"),
    ],
)
def test_azures_tier_is_the_bodys_then_the_headers_and_a_spill_over_wins(
    headers: dict[str, str], tier: str
) -> None:
    place = place_of("POST", AZURE, None, "/openai/v1/chat/completions")
    assert place is not None
    body = {} if "body" in headers else {"service_tier": "default"}
    report = place.endpoint.api.read_response(body, Head(Request(), 200, headers))
    assert report.attributes["spantally.service_tier"] == tier


@pytest.mark.parametrize(
    "path",
    [
        "/chat/completions",
        "/v1/images/generations",
        "/v1/audio/speech",
        "/v2/rerank",
        "/v1/messages",
        "/v1beta/models/ours:generateContent",
        "/openai/v1/responses",
    ],
)
@pytest.mark.parametrize(
    ("base", "provider"),
    [
        ("https://api.openai.com/v1", "openai"),
        ("https://generativelanguage.googleapis.com/v1beta/models/gemini-3", "gcp.gemini"),
        ("https://bedrock-runtime.us-east-1.amazonaws.com/model/m/converse", "aws.bedrock"),
        ("https://acme.openai.azure.com/", "azure.ai.openai"),
        ("https://acme.services.ai.azure.com/", None),  # of OpenAI's or of another vendor
        ("http://vllm.corp:8000/v1", None),
    ],
)
def test_behind_litellm_the_vendor_that_answered_is_the_provider(
    base: str, provider: str | None, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(env.SPANTALLY_HOSTS, "llm.corp:4000=litellm")
    env.forget()
    place = place_of("POST", "llm.corp", 4000, path)
    assert place is not None
    assert (place.provider, place.source) == ("litellm", "configured")
    headers = {"x-litellm-model-api-base": base, "x-litellm-response-cost": "7.1e-05"}
    said = place.endpoint.api.read_response({}, Head(Request(), 200, headers)).attributes
    assert said.get("gen_ai.provider.name") == provider
    assert said["spantally.upstream.provider"] == base.split("/")[2].partition(":")[0]
    assert said["spantally.stated_cost.usd"] == "0.000071"


_VERTEX = "/vertex_ai/v1/projects/p/locations/us-east5/publishers"


@pytest.mark.parametrize(
    ("path", "provider", "model"),
    [
        ("/anthropic/v1/messages", "anthropic", None),
        ("/bedrock/model/us.anthropic.claude-sonnet-5/invoke", "aws.bedrock", "us.anthropic.claude-sonnet-5"),
        ("/cohere/v2/chat", "cohere", None),
        ("/gemini/v1beta/models/gemini-3-flash:generateContent", "gcp.gemini", "gemini-3-flash"),
        ("/mistral/v1/ocr", "mistral_ai", None),
        ("/openai_passthrough/v1/responses", "openai", None),
        (f"{_VERTEX}/google/models/gemini-3-flash:streamGenerateContent", "gcp.vertex_ai", "gemini-3-flash"),
        (f"{_VERTEX}/anthropic/models/claude-sonnet-5:rawPredict", "gcp.vertex_ai", "claude-sonnet-5"),
    ],
)  # fmt: skip
def test_what_litellm_passes_through_is_the_vendors_own(
    path: str, provider: str, model: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(env.SPANTALLY_HOSTS, "llm.internal:4000=litellm")
    env.forget()
    place = place_of("POST", "llm.internal", 4000, path)
    assert place is not None
    assert (place.provider, place.source, place.own_gateway) == (provider, "configured", True)
    assert place.variables.get("model") == model
    region = "us-east5" if provider == "gcp.vertex_ai" else None
    assert place.host_attributes.get("cloud.region") == region
    count = f"{_VERTEX}/anthropic/models/count-tokens:rawPredict"
    assert place_of("POST", "llm.internal", 4000, count) is None
