"""Hosts and paths of the vendors and gateways that have no family of their own."""

from __future__ import annotations

import json
from typing import Any

import pytest
from spantally import env
from spantally._recognise import Outgoing, place_of, recognise
from spantally.apis import Head, Request
from support.answers_at import read_at

CHAT, MESSAGES, RESPONSES = "openai.chat_completions", "anthropic.messages", "openai.responses"
EMBEDDINGS = "openai.embeddings"

PLACES = [
    # host, path, provider, api
    ("api.mistral.ai", "/v1/chat/completions", "mistral_ai", CHAT),
    ("codestral.mistral.ai", "/v1/fim/completions", "mistral_ai", CHAT),
    ("api.mistral.ai", "/v1/conversations/conv_1", "mistral_ai", "mistral.conversations"),
    ("api.mistral.ai", "/v1/audio/speech", "mistral_ai", "openai.speech"),
    ("api.cohere.ai", "/v1/chat", "cohere", "cohere.chat"),
    ("api.cohere.com", "//v2/rerank", "cohere", "cohere.rerank"),
    ("api.cohere.com", "/compatibility/v1/chat/completions", "cohere", CHAT),
    ("api.deepseek.com", "/beta/completions", "deepseek", "openai.completions"),
    ("api.deepseek.com", "/anthropic/v1/messages", "deepseek", MESSAGES),
    ("us-east-1.api.x.ai", "/v1/responses", "x_ai", RESPONSES),
    ("api.x.ai", "/v1/videos/generations", "x_ai", "xai.videos"),
    ("api.groq.com", "/openai/v1/audio/translations", "groq", "openai.transcriptions"),
    ("api.together.xyz", "/v1/images/generations", "together", "openai.images"),
    ("us.api.fireworks.ai", "/inference/v1/messages", "fireworks", MESSAGES),
    ("openrouter.ai", "/api/v1/presets/mine/chat/completions", "openrouter", CHAT),
    ("api.perplexity.ai", "/v1/embeddings", "perplexity", EMBEDDINGS),
    ("api.perplexity.ai", "/search", "perplexity", "perplexity.search"),
    ("api.perplexity.ai", "/v2/responses", "perplexity", RESPONSES),
    ("audio-prod.us-virginia-1.direct.fireworks.ai", "/v1/audio/transcriptions", "fireworks",
     "openai.transcriptions"),
    ("ws-1.ap-southeast-1.maas.aliyuncs.com", "/compatible-mode/v1/chat/completions", "alibaba", CHAT),
    ("ap-southeast-1.maas.qwencloudapi.com", "/compatible-mode/v1/chat/completions", "alibaba", CHAT),
    ("dashscope.aliyuncs.com", "/compatible-api/v1/reranks", "alibaba", "rerank"),
    ("cn-hongkong.dashscope.aliyuncs.com", "/apps/anthropic/v1/messages", "alibaba", MESSAGES),
    ("ollama.com", "/api/chat", "ollama", "ollama.chat"),
    ("ai.mongodb.com", "/v1/rerank", "voyage", "rerank"),
    ("api.jina.ai", "/v1/rerank", "jina", "rerank"),
    ("api.ai21.com", "/studio/v1/chat/completions", "ai21", CHAT),
    ("api.moonshot.cn", "/v1/chat/completions", "moonshot_ai", CHAT),
    ("api.minimaxi.com", "/v1/text/chatcompletion_v2", "minimax", CHAT),
    ("open.bigmodel.cn", "/api/paas/v4/chat/completions", "z_ai", CHAT),
    ("dashscope-us.aliyuncs.com", "/api/v1/services/aigc/text-generation/generation",
     "alibaba", "dashscope.generation"),
    ("eu-de.ml.cloud.ibm.com", "/ml/v1/text/chat_stream", "ibm.watsonx.ai", CHAT),
    ("acme-prod.snowflakecomputing.com", "/api/v2/cortex/v1/messages", "snowflake", MESSAGES),
    ("api.venice.ai", "/api/v1/embeddings", "venice", EMBEDDINGS),
    ("ai-gateway.vercel.sh", "/v1/messages", "vercel", MESSAGES),
    ("gateway.pydantic.dev", "/proxy/openai/responses", "openai", RESPONSES),
    ("gateway.pydantic.dev", "/proxy/chat/chat/completions", "openai", CHAT),
    ("gateway.pydantic.dev", "/proxy/bedrock/model/amazon.nova-pro-v1%3A0/converse", "aws.bedrock",
     "bedrock.converse"),
    ("gateway.pydantic.dev", "/proxy/groq/openai/v1/chat/completions", "groq", CHAT),
    ("gateway-us.pydantic.dev", "/proxy/anthropic/v1/messages", "anthropic", MESSAGES),
    ("router.huggingface.co", "/groq/openai/v1/chat/completions", "groq", CHAT),
    ("router.huggingface.co", "/v1/chat/completions", "huggingface", CHAT),
    ("api-inference.huggingface.co", "/models/meta-llama/Llama-3/v1/chat/completions",
     "huggingface", CHAT),
    ("api.portkey.ai", "/v1/chat/completions", "portkey", CHAT),
]  # fmt: skip


@pytest.mark.parametrize(("host", "path", "provider", "api"), PLACES)
def test_a_path_on_a_vendors_host_is_its_call(
    host: str, path: str, provider: str, api: str
) -> None:
    place = place_of("POST", host, None, path)
    assert place is not None
    assert (place.provider, place.endpoint.api.name, place.source) == (provider, api, "host")


@pytest.mark.parametrize(
    ("path", "provider", "api", "region"),
    [
        ("openai/chat/completions", "openai", CHAT, None),
        ("openai/responses", "openai", RESPONSES, None),
        ("anthropic/v1/messages", "anthropic", MESSAGES, None),
        ("google-ai-studio/v1/models/gemini-3-flash:generateContent", "gcp.gemini",
         "gemini.generate_content", None),
        ("google-vertex-ai/v1/projects/p/locations/us-east4/publishers/google/models/g:streamGenerateContent",
         "gcp.vertex_ai", "gemini.generate_content", "us-east4"),
        ("aws-bedrock/bedrock-runtime/us-east-1/model/amazon.nova-pro-v1%3A0/converse", "aws.bedrock",
         "bedrock.converse", "us-east-1"),
        ("azure-openai/acme/gpt/chat/completions", "azure.ai.openai", CHAT, None),
        ("cerebras/chat/completions", "cerebras", CHAT, None),
        ("cohere/v1/chat", "cohere", "cohere.chat", None),
        ("deepseek/chat/completions", "deepseek", CHAT, None),
        ("grok/v1/chat/completions", "x_ai", CHAT, None),
        ("groq/chat/completions", "groq", CHAT, None),
        ("mistral/v1/chat/completions", "mistral_ai", CHAT, None),
        ("openrouter/v1/chat/completions", "openrouter", CHAT, None),
        ("openrouter/chat/completions", "openrouter", CHAT, None),
        ("perplexity-ai/chat/completions", "perplexity", CHAT, None),
        ("workers-ai/v1/chat/completions", "cloudflare", CHAT, None),
    ],
)  # fmt: skip
def test_what_cloudflares_gateway_passes_on_is_the_vendors(
    path: str, provider: str, api: str, region: str | None
) -> None:
    place = place_of("POST", "gateway.ai.cloudflare.com", None, f"/v1/acc/gw/{path}")
    assert place is not None
    assert (place.provider, place.endpoint.api.name, place.source) == (provider, api, "host")
    assert place.host_attributes.get("cloud.region") == region


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("anthropic/claude-sonnet-5", "anthropic"),
        ("google-ai-studio/gemini-3-flash", "gcp.gemini"),
        ("workers-ai/@cf/meta/llama-4", None),
        ("gpt-5", None),
    ],
)
def test_cloudflares_one_path_for_all_has_the_vendor_in_front_of_the_model(
    model: str, provider: str | None
) -> None:
    where = "gateway.ai.cloudflare.com/v1/acc/gw/compat/chat/completions"
    said = read_at(where, {"id": "c", "model": model}, asked={"model": model, "messages": []})
    assert said.attributes.get("gen_ai.provider.name") == provider


@pytest.mark.parametrize("host", ["gateway.pydantic.dev", "gateway.corp"])
@pytest.mark.parametrize(
    ("path", "provider", "region"),
    [
        ("/proxy/anthropic/v1/messages", "anthropic", None),
        ("/proxy/google-vertex/v1/projects/p/locations/us-east5/publishers/google/models/g:generateContent",
         "gcp.vertex_ai", "us-east5"),
    ],
)  # fmt: skip
def test_what_pydantics_gateway_passes_on_is_the_vendors_wherever_it_stands(
    host: str, path: str, provider: str, region: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(env.SPANTALLY_HOSTS, "gateway.corp=pydantic_gateway")
    env.forget()
    place = place_of("POST", host, None, path)
    assert place is not None
    assert place.provider == provider
    assert place.host_attributes.get("cloud.region") == region
    assert place.host_attributes.get("spantally.data_residency") == region


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("api.cerebras.ai", "/v1/tcp_warming"), ("api.x.ai", "/v1/tokenize-text"),
        ("openrouter.ai", "/api/v1/models"), ("ollama.com", "/api/tags"),
        ("api.x.ai.evil.example", "/v1/videos/generations"),
        ("acme.snowflakecomputing.com", "/api/v2/statements"),
    ],
)  # fmt: skip
def test_what_costs_nothing_is_no_call(host: str, path: str) -> None:
    assert place_of("POST", host, None, path) is None


@pytest.mark.parametrize(
    ("method", "host", "path"),
    [
        ("GET", "api.x.ai", "/v1/batches/b1/results"), ("GET", "api.x.ai", "/v1/responses/r1"),
        ("GET", "openrouter.ai", "/api/v1/generation"),
        ("GET", "api.perplexity.ai", "/async/chat/completions/job"),
        ("GET", "api.replicate.com", "/v1/predictions/p1"),
    ],
)  # fmt: skip
def test_asking_again_is_a_retrieval(method: str, host: str, path: str) -> None:
    place = place_of(method, host, None, path)
    assert place is not None
    assert place.endpoint.retrieval


@pytest.mark.parametrize(
    ("host", "geography"),
    [
        ("api.x.ai", {}), ("us-east-1.api.x.ai", {"spantally.data_residency": "us"}),
        ("eu-west-1.api.x.ai", {"spantally.data_residency": "eu"}),
        ("us.api.fireworks.ai", {"spantally.data_residency": "us"}), ("api.fireworks.ai", {}),
        ("api.mistral.ai", {}), ("api.eu.mistral.ai", {"spantally.data_residency": "eu"}),
    ],
)  # fmt: skip
def test_the_geography_of_a_host_is_kept(host: str, geography: dict[str, str]) -> None:
    path = "/inference/v1/chat/completions" if "fireworks" in host else "/v1/chat/completions"
    place = place_of("POST", host, None, path)
    assert place is not None
    assert place.host_attributes == geography


UPSTREAM = "spantally.upstream.provider"
PROVIDER = "gen_ai.provider.name"


@pytest.mark.parametrize(
    ("where", "model", "asked", "answered", "said"),
    [
        ("router.huggingface.co/v1/chat/completions", "a/b:together", {}, {},
         {UPSTREAM: "together", PROVIDER: "together"}),
        ("router.huggingface.co/v1/chat/completions", "a/b:fastest", {},
         {"x-inference-provider": "cerebras"}, {UPSTREAM: "cerebras", PROVIDER: "cerebras"}),
        ("router.huggingface.co/v1/chat/completions", "a/b:novita", {}, {},
         {UPSTREAM: "novita"}),
        ("router.huggingface.co/v1/chat/completions", "a/b", {}, {}, {}),
        ("router.huggingface.co/together/v1/chat/completions", "a/b", {}, {},
         {UPSTREAM: "together", PROVIDER: "together"}),
        ("router.huggingface.co/cohere/compatibility/v1/chat/completions", "a/b", {}, {},
         {UPSTREAM: "cohere", PROVIDER: "cohere"}),
        ("router.huggingface.co/zai-org/api/paas/v4/chat/completions", "a/b", {}, {},
         {UPSTREAM: "zai-org", PROVIDER: "z_ai"}),
        ("api.portkey.ai/v1/chat/completions", "gpt-5", {"x-portkey-provider": "openai"}, {},
         {UPSTREAM: "openai", PROVIDER: "openai"}),
        ("api.portkey.ai/v1/messages", "@anthropic/claude-opus-5", {}, {},
         {UPSTREAM: "anthropic", PROVIDER: "anthropic"}),
        ("api.portkey.ai/v1/messages", "@our-key/claude-opus-5", {}, {}, {}),
        ("api.portkey.ai/v1/chat/completions", "gpt-5", {"x-portkey-provider": "openai"},
         {"x-portkey-provider": "groq"}, {UPSTREAM: "groq", PROVIDER: "groq"}),  # it fell back
        ("api.portkey.ai/v1/images/generations", "gpt-image-2", {},
         {"x-portkey-provider": "openai"}, {UPSTREAM: "openai", PROVIDER: "openai"}),
    ],
)  # fmt: skip
def test_a_gateway_says_who_is_behind_it(
    where: str, model: str, asked: Any, answered: Any, said: dict[str, str]
) -> None:
    host, _, path = where.partition("/")
    body = json.dumps({"model": model, "messages": [], "max_tokens": 1}).encode()
    found = recognise(Outgoing("POST", host, None, "/" + path, asked, lambda: body))
    assert found is not None
    request = Request(found.request.body, found.place.variables, asked)
    report = found.place.endpoint.api.read_response({}, Head(request, 200, answered))
    names = (UPSTREAM, PROVIDER)
    assert {n: report.attributes[n] for n in names if n in report.attributes} == said
