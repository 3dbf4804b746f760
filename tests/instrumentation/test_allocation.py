"""Tags in the provider's own allocation fields: only where asked for, and never over what the app says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import httpx
import pytest
from botocore.config import Config
from spantally import attribute, env
from spantally.transports.bedrock_metadata import BedrockMetadataInstrumentor
from support.reading import AIOHTTP, REQUESTS, URLLIB3
from support.replay import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.replay import Replay

VERTEX = "/v1/projects/p/locations/global/publishers/google/models/gemini-3-flash:generateContent"
CHAT = {"model": "gpt-4o", "messages": []}
RESPONSE = {"model": "gpt-4o", "input": "hi"}
TAGS = {"team": "Guest Services", "feature": "chat"}

CASES = [
    # providers that may know, host, path, body -> field, what is there
    ("openai", "api.openai.com", "/v1/responses", RESPONSE,
     "metadata", {"team": "Guest Services", "feature": "chat"}),
    ("openai", "api.openai.com", "/v1/responses", {**RESPONSE, "metadata": {"team": "mine"}},
     "metadata", {"team": "mine", "feature": "chat"}),
    ("openai", "api.openai.com", "/v1/chat/completions", {**CHAT, "store": True},
     "metadata", {"team": "Guest Services", "feature": "chat"}),
    ("openai", "api.openai.com", "/v1/chat/completions", CHAT, "metadata", None),
    ("", "api.openai.com", "/v1/responses", RESPONSE, "metadata", None),
    ("aws.bedrock", "api.openai.com", "/v1/responses", RESPONSE, "metadata", None),
    ("gcp.vertex_ai", "aiplatform.googleapis.com", VERTEX, {"contents": []},
     "labels", {"team": "guest_services", "feature": "chat"}),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _tags_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(env.SPANTALLY_TAGS, "environment=production")
    env.forget()


@pytest.mark.parametrize("case", CASES)
def test_a_provider_is_told_the_tags_of_the_request_only_where_it_may_know(
    case: Any, provider: Replay, monkeypatch: pytest.MonkeyPatch, spans: Any
) -> None:
    told, host, path, body, field, there = case
    monkeypatch.setenv(env.SPANTALLY_PROVIDER_METADATA, told)
    provider.answer = Answer(b'{"usage": {"input_tokens": 1}}')
    with attribute(TAGS), httpx.Client(proxy=provider.url) as client:
        response = client.post(f"http://{host}{path}", json=body)
        assert json.loads(response.request.content) == body, "the app's own request is as it was"
    sent = json.loads(provider.bodies[0])
    assert sent.get(field) == there
    assert {**sent, field: None} == {**body, field: None}


@pytest.mark.parametrize("way", [REQUESTS["whole"], URLLIB3["preloaded"], AIOHTTP["read, twice"]])
def test_it_is_told_through_any_library(
    way: Any, provider: Replay, monkeypatch: pytest.MonkeyPatch, spans: Any
) -> None:
    monkeypatch.setenv(env.SPANTALLY_PROVIDER_METADATA, "openai")
    provider.answer = Answer(b'{"usage": {"input_tokens": 1}}')
    request = {
        "method": "POST",
        "url": provider.url + "/v1/responses",
        "content": json.dumps(RESPONSE).encode(),
        "headers": {"Content-Type": "application/json"},
    }
    with attribute(TAGS):
        way(request, None)
    told = {"team": "Guest Services", "feature": "chat"}
    assert json.loads(provider.bodies[0]) == {**RESPONSE, "metadata": told}


@pytest.fixture
def bedrock(provider: Replay) -> Iterator[Any]:
    instrumentor = BedrockMetadataInstrumentor()
    instrumentor.instrument()
    yield boto3.client(
        "bedrock-runtime",
        region_name="us-east-1",
        endpoint_url=provider.url,
        aws_access_key_id="made-up",
        aws_secret_access_key="made-up",
        config=Config(retries={"max_attempts": 0}),
    )
    instrumentor.uninstrument()


@pytest.mark.parametrize("told", [True, False])
def test_bedrock_operations_carry_request_metadata(
    told: bool, bedrock: Any, provider: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(env.SPANTALLY_PROVIDER_METADATA, "aws.bedrock" if told else "")
    output = {"output": {"message": {"role": "assistant", "content": []}}, "stopReason": "end_turn"}
    usage = {"usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}}
    provider.answer = Answer(json.dumps({**output, **usage, "metrics": {"latencyMs": 1}}).encode())
    with attribute(team="a*b"):
        bedrock.converse(modelId="amazon.nova-lite-v1:0", messages=[])
        bedrock.invoke_model(modelId="amazon.nova-lite-v1:0", body=b"{}")
    converse, invoke = json.loads(provider.bodies[0]), provider.seen[1]
    assert converse.get("requestMetadata") == ({"team": "a_b"} if told else None)
    header = invoke.get("x-amzn-bedrock-request-metadata")
    assert header == ('{"team": "a_b"}' if told else None)


def test_no_more_pairs_are_added_than_the_provider_takes(
    provider: Replay, monkeypatch: pytest.MonkeyPatch, spans: Any
) -> None:
    monkeypatch.setenv(env.SPANTALLY_PROVIDER_METADATA, "openai")
    many = {f"k{n:02}": "v" for n in range(30)}
    provider.answer = Answer(b"{}")
    with attribute({**many, "team": "t"}), httpx.Client(proxy=provider.url) as client:
        body = {**RESPONSE, "metadata": {"mine": "1"}}
        client.post("http://api.openai.com/v1/responses", json=body)
    sent = json.loads(provider.bodies[0])["metadata"]
    assert len(sent) == 16
    assert {"mine": "1", "team": "t"}.items() <= sent.items()
