"""Every vendor and gateway that we say we know has a file, and its calls are recognised on its hosts.

One row a provider: hosts, then what is called there. `GET` and `WEBSOCKET` stand before the path, all else
is `POST`.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from spantally._recognise import place_of
from spantally.providers import PROVIDERS


@dataclass(frozen=True)
class Row:
    provider: str
    hosts: tuple[str, ...]
    paths: tuple[str, ...]
    free: tuple[str, ...] = ()
    """What is there and costs nothing by itself."""


_OPENAI = (
    "chat/completions", "responses", "responses/compact", "GET responses/resp_1", "completions",
    "embeddings", "images/generations", "images/edits", "images/variations",
    "audio/transcriptions", "audio/translations", "audio/speech", "decisions", "videos",
    "batches", "GET files/file-1/content", "threads/thread_1/runs", "WEBSOCKET realtime",
    "WEBSOCKET live/sessions",
)  # fmt: skip


def below(prefix: str, *paths: str) -> tuple[str, ...]:
    """The paths below a prefix; the method stays in front."""
    split = (path.rpartition(" ") for path in paths)
    return tuple(f"{method} {prefix}/{path}".strip() for method, _, path in split)


_GEMINI = "/v1beta/models/gemini-4-argon"
_VERTEX = "/v1/projects/p/locations/us-east5"
_BEDROCK = "/model/us.anthropic.claude-opus-5-5-v1%3A0"
_MADE_UP_ARN = "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fabc"

TABLE = (
    Row("openai",
        ("api.openai.com", "eu.api.openai.com", "jp.api.openai.com", "mtls.api.openai.com",
         "mtls-us.api.openai.com"),
        below("/v1", *_OPENAI), ("/v1/moderations", "/v1/responses/input_tokens")),
    Row("azure.ai.openai",
        ("acme.openai.azure.com", "acme.cognitiveservices.azure.com",
         "acme.services.ai.azure.com"),
        ("/openai/deployments/ours/chat/completions", "/openai/deployments/ours/completions",
         "/openai/deployments/ours/embeddings", "/openai/deployments/ours/images/generations",
         "/openai/deployments/ours/audio/transcriptions", "/openai/v1/chat/completions",
         "/openai/v1/responses", "/openai/responses", "WEBSOCKET /openai/v1/realtime")),
    Row("azure.ai.inference",
        ("acme.services.ai.azure.com", "acme.eastus2.inference.ai.azure.com"),
        ("/models/chat/completions",)),
    Row("anthropic", ("api.anthropic.com",),
        ("/v1/messages", "/v1/messages/batches", "GET /v1/messages/batches/b1/results",
         "/v1/complete"), ("/v1/messages/count_tokens",)),
    Row("gcp.gemini", ("generativelanguage.googleapis.com",),
        (f"{_GEMINI}:generateContent", f"{_GEMINI}:streamGenerateContent",
         f"{_GEMINI}:embedContent", f"{_GEMINI}:batchEmbedContents", f"{_GEMINI}:predict",
         f"{_GEMINI}:predictLongRunning", f"{_GEMINI}:batchGenerateContent",
         "/v1beta/interactions", "/v1beta/cachedContents", "/v1beta/openai/chat/completions",
         "WEBSOCKET /ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"),
        (f"{_GEMINI}:countTokens",)),
    Row("gcp.vertex_ai",
        ("us-east5-aiplatform.googleapis.com", "aiplatform.googleapis.com",
         "aiplatform.eu.rep.googleapis.com"),
        (f"{_VERTEX}/publishers/google/models/gemini-4-argon:generateContent",
         f"{_VERTEX}/publishers/google/models/gemini-4-argon:streamGenerateContent",
         f"{_VERTEX}/publishers/google/models/gemini-embedding-001:predict",
         f"{_VERTEX}/publishers/anthropic/models/claude-opus-5@20260101:rawPredict",
         f"{_VERTEX}/publishers/anthropic/models/claude-opus-5@20260101:streamRawPredict",
         f"{_VERTEX}/publishers/mistralai/models/mistral-medium-3:rawPredict",
         f"{_VERTEX}/endpoints/openapi/chat/completions")),
    Row("aws.bedrock",
        ("bedrock-runtime.us-east-1.amazonaws.com", "bedrock-runtime-fips.us-east-1.amazonaws.com",
         "vpce-1a-2b.bedrock-runtime.us-east-1.vpce.amazonaws.com"),
        (f"{_BEDROCK}/converse", f"{_BEDROCK}/converse-stream", f"{_BEDROCK}/invoke",
         f"{_BEDROCK}/invoke-with-response-stream", f"{_MADE_UP_ARN}/converse",
         "/guardrail/g1/version/1/apply"), (f"{_BEDROCK}/count-tokens",)),
    Row("aws.bedrock", ("bedrock-mantle.us-east-1.api.aws",),
        ("/openai/v1/responses", "/openai/v1/chat/completions", "/anthropic/v1/messages")),
    Row("aws.bedrock", ("bedrock-agent-runtime.us-east-1.amazonaws.com",),
        ("/agents/a1/agentAliases/b1/sessions/s1/text", "/retrieveAndGenerate",
         "/retrieveAndGenerateStream")),
    Row("mistral_ai", ("api.mistral.ai",),
        ("/v1/chat/completions", "/v1/fim/completions", "/v1/agents/completions",
         "/v1/conversations", "/v1/embeddings", "/v1/ocr", "/v1/audio/transcriptions",
         "/v1/audio/speech", "/v1/batch/jobs", "GET /v1/files/f1/content", "/v1/moderations",
         "/v1/chat/moderations", "/v1/classifications", "/v1/chat/classifications")),
    Row("cohere", ("api.cohere.com", "api.cohere.ai"),
        ("/v2/chat", "/v1/chat", "/v2/embed", "/v1/embed", "/v2/rerank", "/v1/rerank",
         "/v1/generate"), ("/v1/tokenize",)),
    Row("deepseek", ("api.deepseek.com",),
        ("/chat/completions", "/v1/chat/completions", "/beta/completions", "/responses",
         "/anthropic/v1/messages"), ("/user/balance",)),
    Row("x_ai", ("api.x.ai", "us-east-1.api.x.ai"),
        ("/v1/chat/completions", "/v1/responses", "/v1/images/generations",
         "/v1/videos/generations", "GET /v1/videos/v1", "/v1/batches",
         "GET /v1/batches/b1/results", "WEBSOCKET /v1/realtime")),
    Row("groq", ("api.groq.com",),
        below("/openai/v1", "chat/completions", "responses", "embeddings", "audio/transcriptions",
              "audio/translations", "audio/speech", "batches", "GET files/f1/content")),
    Row("together", ("api.together.ai", "api.together.xyz"),
        below("/v1", "chat/completions", "completions", "embeddings", "rerank",
              "images/generations")),
    Row("fireworks", ("api.fireworks.ai", "us.api.fireworks.ai"),
        below("/inference/v1", "chat/completions", "completions", "embeddings", "messages")),
    Row("openrouter", ("openrouter.ai",),
        below("/api/v1", "chat/completions", "completions", "responses", "messages", "embeddings",
              "rerank", "audio/transcriptions", "audio/speech", "GET generation")),
    Row("perplexity", ("api.perplexity.ai",),
        ("/chat/completions", "/search", "/embeddings", "/async/chat/completions",
         "GET /async/chat/completions/j1")),
    Row("ollama", ("ollama.com",),
        ("/api/chat", "/api/generate", "/api/embed", "/api/embeddings", "/v1/chat/completions"),
        ("/api/show",)),
    Row("voyage", ("api.voyageai.com", "ai.mongodb.com"),
        below("/v1", "embeddings", "multimodalembeddings", "contextualizedembeddings", "rerank")),
    Row("vercel", ("ai-gateway.vercel.sh",), ("/v1/chat/completions",)),
    Row("openai", ("gateway.pydantic.dev",), ("/proxy/openai/responses",)),
    Row("portkey", ("api.portkey.ai",), ("/v1/chat/completions",)),
    Row("huggingface", ("router.huggingface.co",), ("/v1/chat/completions",)),
    Row("github_copilot", ("api.githubcopilot.com",), ("/chat/completions", "/responses")),
    Row("chatgpt", ("chatgpt.com",), ("/backend-api/codex/responses",)),
    Row("snowflake", ("acme.snowflakecomputing.com",), ("/api/v2/cortex/v1/chat/completions",)),
)  # fmt: skip

CALLS = [(row.provider, host, path) for row in TABLE for host in row.hosts for path in row.paths]
FREE = [(host, path) for row in TABLE for host in row.hosts for path in row.free]
ANYWHERE = (
    "/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses", "/v1/rerank",
    "/v1/messages", "/api/chat", "/api/generate",
)  # fmt: skip
"""What vLLM, llama.cpp, LM Studio, TGI, Ollama and gateways serve on hosts of one's own."""


def place(host: str, path: str) -> tuple[str, str] | None:
    method, _, path = path.rpartition(" ")
    found = place_of(method or "POST", host, None, path)
    return found and (found.provider, found.source)


@pytest.mark.parametrize(("provider", "host", "path"), CALLS)
def test_every_row_of_the_table_is_recognised(provider: str, host: str, path: str) -> None:
    assert place(host, path) == (provider, "host")


@pytest.mark.parametrize(("host", "path"), FREE)
def test_what_costs_nothing_is_no_call(host: str, path: str) -> None:
    assert place(host, path) is None


@pytest.mark.parametrize("path", ANYWHERE)
@pytest.mark.parametrize("host", ["localhost", "llm.corp.example"])
def test_a_server_of_ones_own_is_known_by_path_and_body(host: str, path: str) -> None:
    assert place(host, path) == (host, "unknown")


def test_every_provider_of_the_table_has_a_file() -> None:
    named = {row.provider for row in TABLE}
    assert named <= {provider.name for provider in PROVIDERS}


def test_no_two_providers_claim_one_host_and_path() -> None:
    claims = {
        (host, path): {
            provider.name
            for provider in PROVIDERS
            if provider.owns_host(host)
            for endpoint in provider.endpoints
            if endpoint.method == "POST" and endpoint.match(path, whole=True) is not None
        }
        for _, host, path in CALLS
        if " " not in path
    }
    assert {claim: names for claim, names in claims.items() if len(names) > 1} == {}


def test_what_is_recognised_anywhere_ends_in_a_word() -> None:
    """Else the first glance at a request's path would miss it."""
    endpoints = [endpoint for provider in PROVIDERS for endpoint in provider.endpoints]
    assert [e.path for e in endpoints if e.anywhere and e.path.endswith("}")] == []
