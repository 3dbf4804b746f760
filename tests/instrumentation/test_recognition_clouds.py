"""Hosts and paths of Amazon, Google and Anthropic's platform."""

from __future__ import annotations

import json
from typing import Any

import pytest
from spantally import env
from spantally._recognise import Outgoing, place_of, recognise
from spantally.apis import Head

AGENT = "/agents/AGENT/agentAliases/ALIAS/sessions/s-1/text"
CLAUDE = "/v1/projects/p/locations/us-east5/publishers/anthropic/models/"
GOOGLE = "/v1beta1/projects/p/locations/global/publishers/google/models/gemini-9:"
US_EAST = {"cloud.region": "us-east-1"}
EUSC = {"cloud.region": "eusc-de-east-1"}
CHINA = {"cloud.region": "cn-north-1", "spantally.data_residency": "cn-north-1"}
"""Of a cloud apart, with a price list of its own."""
GLOBAL = {"spantally.data_residency": "global", "cloud.region": "global"}
EAST5 = {"spantally.data_residency": "us-east5", "cloud.region": "us-east5"}

ASKED: dict[str, Any] = {"messages": [], "max_tokens": 9}
RUNTIME = "bedrock-runtime.us-east-1.amazonaws.com"
MANTLE = "bedrock-mantle.us-east-1.api.aws"
GEMINI = "generativelanguage.googleapis.com"
VERTEX = "aiplatform.googleapis.com"

PLACES: list[tuple[str, str, str, str, dict[str, Any]]] = [
    # host, path, api, model of the path, what host and path say
    (RUNTIME, "/model/us.anthropic.claude-9-v1%3A0/converse",
     "bedrock.converse", "us.anthropic.claude-9-v1:0", US_EAST),
    (RUNTIME, "/model/amazon.nova-9:0/converse-stream", "bedrock.converse", "amazon.nova-9:0", US_EAST),
    (RUNTIME, "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.x/invoke",
     "bedrock.invoke_model", "arn:aws:bedrock:us-east-1:1:inference-profile/us.x", US_EAST),
    (RUNTIME, "/model/arn:aws:bedrock:us-east-1:1:inference-profile/us.x/invoke",
     "bedrock.invoke_model", "arn:aws:bedrock:us-east-1:1:inference-profile/us.x", US_EAST),
    (RUNTIME, "//model/m/invoke-with-response-stream", "bedrock.invoke_model", "m", US_EAST),
    (RUNTIME, "/guardrail/g1/version/DRAFT/apply", "bedrock.apply_guardrail", "", US_EAST),
    (RUNTIME, "/guardrail-checks/invoke", "bedrock.apply_guardrail", "", US_EAST),
    (RUNTIME, "/async-invoke", "bedrock.invoke_model", "", US_EAST),
    (RUNTIME, "/openai/v1/chat/completions", "openai.chat_completions", "", US_EAST),
    ("bedrock-runtime-fips.us-gov-west-1.amazonaws.com", "/model/m/converse",
     "bedrock.converse", "m",
     {"cloud.region": "us-gov-west-1", "spantally.data_residency": "us-gov-west-1"}),
    ("bedrock-runtime.cn-north-1.amazonaws.com.cn", "/model/m/converse",
     "bedrock.converse", "m", CHINA),
    ("vpce-0a1-b2.bedrock-runtime.us-east-1.vpce.amazonaws.com", "/model/m/converse",
     "bedrock.converse", "m", US_EAST),
    ("bedrock-runtime.us-east-1.api.aws", "/model/m/converse", "bedrock.converse", "m", US_EAST),
    ("bedrock-runtime.eusc-de-east-1.amazonaws.eu", "/model/m/converse", "bedrock.converse", "m",
     {**EUSC, "spantally.data_residency": "eusc-de-east-1"}),
    ("bedrock-runtime.cn-north-1.api.amazonwebservices.com.cn", "/model/m/converse",
     "bedrock.converse", "m", CHINA),
    ("bedrock-agent-runtime.us-east-1.amazonaws.com", AGENT, "bedrock.invoke_agent", "", US_EAST),
    ("bedrock-agent-runtime.us-east-1.amazonaws.com", "/retrieveAndGenerateStream",
     "bedrock.retrieve_and_generate", "", US_EAST),
    ("bedrock-agent-runtime.us-east-1.amazonaws.com", "/rerank", "bedrock.rerank", "", US_EAST),
    ("bedrock-agent-runtime.us-east-1.amazonaws.com", "/generateQuery", "bedrock.generate_query",
     "", US_EAST),
    ("bedrock-agent-runtime.us-east-1.amazonaws.com", "/agenticRetrieveStream",
     "bedrock.agentic_retrieve", "", US_EAST),
    ("bedrock-agent-runtime.us-east-1.amazonaws.com", "/optimize-prompt",
     "bedrock.optimize_prompt", "", US_EAST),
    ("bedrock-agent-runtime.us-east-1.amazonaws.com", "/flows/F1/aliases/A1/executions",
     "bedrock.flow_execution", "", US_EAST),
    (MANTLE, "/v1/chat/completions", "openai.chat_completions", "", US_EAST),
    (MANTLE, "/openai/v1/responses", "openai.responses", "", US_EAST),
    (MANTLE, "/anthropic/v1/messages", "anthropic.messages", "", US_EAST),
    ("runtime.sagemaker.us-east-1.amazonaws.com", "/endpoints/mine/invocations",
     "sagemaker.invoke_endpoint", "", US_EAST),
    ("runtime.sagemaker.us-east-1.amazonaws.com", "/endpoints/mine/openai/v1/chat/completions",
     "openai.chat_completions", "", US_EAST),
    ("runtime.sagemaker.us-east-1.amazonaws.com",
     "/endpoints/mine/inference-components/c1/openai/v1/chat/completions",
     "openai.chat_completions", "", US_EAST),
    ("runtime.sagemaker.eusc-de-east-1.amazonaws.eu", "/endpoints/mine/invocations",
     "sagemaker.invoke_endpoint", "", EUSC),
    (GEMINI, "/v1beta/models/gemini-9:generateContent", "gemini.generate_content", "gemini-9", {}),
    (GEMINI, "/v1/models/gemini-9%3AstreamGenerateContent", "gemini.generate_content", "gemini-9", {}),
    (GEMINI, "/v1beta/tunedModels/mine:generateContent", "gemini.generate_content", "mine", {}),
    (GEMINI, "/v1beta/models/e:batchEmbedContents", "gemini.embed_content", "e", {}),
    (GEMINI, "/v1beta/models/e:embedContent", "gemini.embed_content", "e", {}),
    (GEMINI, "/v1beta/models/imagen-9:predict", "vertex.predict", "imagen-9", {}),
    (GEMINI, "/v1beta/interactions", "gemini.interactions", "", {}),
    (GEMINI, "/v1beta/cachedContents", "gemini.cached_contents", "", {}),
    (GEMINI, "/v1beta/openai/chat/completions", "openai.chat_completions", "", {}),
    (VERTEX, GOOGLE + "generateContent", "gemini.generate_content", "gemini-9", GLOBAL),
    (VERTEX, "/v1beta1/publishers/google/models/g:predict", "vertex.predict", "g", {}),
    ("us-east5-aiplatform.googleapis.com", "/v1/publishers/google/models/g:generateContent",
     "gemini.generate_content", "g", EAST5),
    ("us-east5-aiplatform.googleapis.com", "/v1/projects/p/locations/us-east5/endpoints/7:predict",
     "vertex.predict", "7", EAST5),
    ("us-east5-aiplatform.googleapis.com", CLAUDE + "claude-9@20260101:rawPredict",
     "anthropic.messages", "claude-9@20260101", EAST5),
    ("aiplatform.us.rep.googleapis.com",
     "/v1/projects/p/locations/us/publishers/anthropic/models/claude-9%4020260101:streamRawPredict",
     "anthropic.messages", "claude-9@20260101",
     {"spantally.data_residency": "us", "cloud.region": "us"}),
    (VERTEX, "/v1/projects/p/locations/global/endpoints/openapi/chat/completions",
     "openai.chat_completions", "", GLOBAL),
    ("aiplatform.us-east5.rep.googleapis.com", CLAUDE + "claude-9:rawPredict",
     "anthropic.messages", "claude-9", EAST5),
    (VERTEX, "/v1/projects/p/locations/global/endpoints/openapi/responses", "openai.responses", "", GLOBAL),
    (VERTEX, "/v1/projects/p/locations/global/endpoints/openapi/embeddings",
     "openai.embeddings", "", GLOBAL),
    (VERTEX, "/v1/projects/p/locations/global/endpoints/openapi/completions",
     "openai.completions", "", GLOBAL),
    (VERTEX, "/v1/projects/p/locations/global/publishers/mistralai/models/codestral:rawPredict",
     "openai.chat_completions", "codestral", GLOBAL),
    ("discoveryengine.googleapis.com", "/v1/projects/p/locations/global/rankingConfigs/default:rank",
     "vertex.rank", "", GLOBAL),
    (GEMINI, "/v1beta/openai/videos", "openai.videos", "", {}),
    ("api.anthropic.com", "/v1/complete", "anthropic.complete", "", {}),
    ("aws-external-anthropic.us-west-2.api.aws", "/v1/messages", "anthropic.messages", "", {}),
    ("claude.googleapis.com", "/v1/projects/p/locations/global/workspaces/w/invoke/v1/messages",
     "anthropic.messages", "", {}),
]  # fmt: skip


@pytest.mark.parametrize(("host", "path", "api", "model", "said"), PLACES)
def test_a_path_on_a_clouds_host_is_its_call(
    host: str, path: str, api: str, model: str, said: dict[str, str]
) -> None:
    place = place_of("POST", host, None, path)
    assert place is not None
    assert (place.endpoint.api.name, place.source) == (api, "host")
    assert place.variables.get("model", "") == model
    assert place.host_attributes == said


@pytest.mark.parametrize(
    ("host", "path"),
    [
        (RUNTIME, "/model/m/count-tokens"),
        (GEMINI, "/v1beta/models/gemini-9:countTokens"),
        (GEMINI, "/v1beta/files"),
        (VERTEX, GOOGLE + "countTokens"),
        (VERTEX, CLAUDE + "count-tokens:rawPredict"),
        ("api.anthropic.com", "/v1/messages/count_tokens"),
        ("s3.us-east-1.amazonaws.com", "/guardrail-checks/invoke"),
        ("gw.example", "/vertex" + CLAUDE + "count-tokens:rawPredict"),
        ("storage.googleapis.com", "/v1/projects/p/locations/l/endpoints/7:predict"),
    ],
)
def test_what_is_free_is_no_call(host: str, path: str) -> None:
    assert place_of("POST", host, None, path) is None


@pytest.mark.parametrize(
    ("method", "host", "path"),
    [
        ("GET", GEMINI, "/v1beta/interactions/v1_abc"),
        ("POST", GEMINI, "/v1beta/interactions/v1_abc/cancel"),
        ("GET", GEMINI, "/v1beta/batches/b1"),
        ("GET", GEMINI, "/v1beta/openai/videos/v1"),
        ("GET", GEMINI, "/download/v1beta/files/f1:download"),
        ("POST", GEMINI, "/v1beta/models/gemini-9:batchGenerateContent"),
        ("POST", "api.anthropic.com", "/v1/messages/batches"),
        ("GET", "api.anthropic.com", "/v1/messages/batches/msgbatch_1/results"),
        ("GET", MANTLE, "/openai/v1/responses/resp_1"),
        ("POST", MANTLE, "/v1/responses/resp_1/cancel"),
    ],
)
def test_what_asks_again_is_a_call_only_if_it_brings_usage(
    method: str, host: str, path: str
) -> None:
    place = place_of(method, host, None, path)
    assert place is not None
    assert place.endpoint.retrieval


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/vertex/v1/projects/p/locations/us-east5/publishers/google/models/g:generateContent", EAST5),
        (CLAUDE + "count-tokens:rawPredict", None),
    ],
)  # fmt: skip
def test_a_configured_gateway_to_a_cloud_keeps_what_the_path_says(
    path: str, said: dict[str, str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(env.SPANTALLY_HOSTS, "llm.corp.example=gcp.vertex_ai")
    env.forget()
    place = place_of("POST", "llm.corp.example", None, path)
    assert (place and place.host_attributes) == said


@pytest.mark.parametrize(
    ("path", "body", "api"),
    [
        ("/gemini/v1beta/models/g:generateContent", {"contents": []}, "gemini.generate_content"),
        ("/v1beta/models/g:generateContent", {"prompt": "x"}, None),
        ("/aws/model/m/converse", {"messages": [{"content": [{"text": "x"}]}]}, "bedrock.converse"),
        ("/model/m/converse", {"messages": ["x"]}, None),
        ("/aws/model/m/invoke", {**ASKED, "anthropic_version": "bedrock-2023-05-31"},
         "bedrock.invoke_model"),
        ("/aws/model/m/invoke-with-response-stream", {"anthropic_version": "bedrock-2023-05-31"},
         "bedrock.invoke_model"),
        ("/chains/model/m/invoke", {"input": {}, "config": {}}, None),
        ("/vertex" + CLAUDE + "claude-9:streamRawPredict",
         {**ASKED, "anthropic_version": "vertex-2023-10-16", "stream": True}, "anthropic.messages"),
        (CLAUDE + "claude-9:rawPredict", {"instances": []}, None),
    ],
)  # fmt: skip
def test_an_unknown_gateway_to_a_cloud_is_known_by_path_and_body(
    path: str, body: dict[str, Any], api: str | None
) -> None:
    content = json.dumps(body).encode()
    found = recognise(Outgoing("POST", "gw.example", None, path, {}, lambda: content))
    assert (found and (found.place.endpoint.api.name, found.place.source)) == (
        api and (api, "unknown")
    )


@pytest.mark.parametrize(
    ("host", "output"),
    [(VERTEX, 35), (GEMINI, 35), (MANTLE, 5), ("runtime.sagemaker.us-east-1.amazonaws.com", 5)],
)
def test_a_path_that_is_new_is_read_as_the_cloud_itself_counts(host: str, output: int) -> None:
    """Google's completions leave thoughts out, which only the total shows."""
    content = json.dumps({"model": "m", "messages": []}).encode()
    outgoing = Outgoing("POST", host, None, "/v9/new/chat/completions", {}, lambda: content)
    found = recognise(outgoing)
    assert found is not None
    api = found.place.endpoint.api
    assert api.read_request(found.request)["gen_ai.request.model"] == "m"
    usage = {"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 44}
    report = api.read_response({"usage": usage}, Head(found.request, 200, {}))
    assert report.attributes["gen_ai.usage.output_tokens"] == output
