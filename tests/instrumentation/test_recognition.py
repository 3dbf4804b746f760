"""Whose call is it: decided by host and configuration, never guessed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from spantally import env
from spantally._hosts import is_internal
from spantally._recognise import Outgoing, Recognised, place_of, recognise
from support import replay
from support.replay import Answer

if TYPE_CHECKING:
    from support.replay import Replay

CHAT = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
MESSAGES = {**CHAT, "max_tokens": 5}


def recognised(
    host: str, path: str, body: bytes = b"{}", *, port: int | None = None, method: str = "POST"
) -> Recognised | None:
    return recognise(Outgoing(method, host, port, path, {}, lambda: body))


CASES = [
    # host, path, body -> api, provider, source
    ("api.openai.com", "/v1/chat/completions", CHAT, ("openai.chat_completions", "openai", "host")),
    ("eu.api.openai.com", "/v1/responses", {}, ("openai.responses", "openai", "host")),
    ("mtls-us.api.openai.com", "/v1/embeddings", {}, ("openai.embeddings", "openai", "host")),
    ("api.openai.com", "/v1/responses/compact", {}, ("openai.responses", "openai", "host")),
    ("api.anthropic.com", "/v1/messages", MESSAGES, ("anthropic.messages", "anthropic", "host")),
    ("api.anthropic.com", "/v1/messages/count_tokens", MESSAGES, None),
    ("api.openai.com", "/v1/models", {}, None),
    ("api.openai.com", "/v2/other/chat/completions", CHAT,
     ("openai.chat_completions", "openai", "host")),
    ("api.openai.com", "/v2/other/chat/completions", {"name": "x"}, None),
    ("api.openai.com", "/v1/threads/t1/messages", {"role": "user", "content": "hi"}, None),
    ("api.anthropic.com", "/v1/chat/completions", CHAT,
     ("openai.chat_completions", "anthropic", "host")),
    ("api.perplexity.ai", "/v3/responses", {"model": "m", "input": "x"},
     ("openai.responses", "perplexity", "host")),
    ("api.openai.com.evil.example", "/v1/chat/completions", CHAT,
     ("openai.chat_completions", "api.openai.com.evil.example", "unknown")),
    ("llm.corp.example", "/v1/chat/completions", CHAT,
     ("openai.chat_completions", "openai", "configured")),
    ("llm.corp.example", "/v1/messages", MESSAGES,
     ("anthropic.messages", "llm.corp.example", "unknown")),
    ("gw.corp.example", "/anthropic/v1/messages", MESSAGES,
     ("anthropic.messages", "anthropic", "configured")),
    ("gpu.corp.example", "/v1/chat/completions", CHAT,
     ("openai.chat_completions", "our-cluster", "configured")),
    ("api.groq.com", "/openai/v1/chat/completions", CHAT,
     ("openai.chat_completions", "groq", "host")),
    ("open-webui.example", "/api/embeddings", {"model": "m", "input": "hi"},
     ("openai.embeddings", "open-webui.example", "unknown")),
    ("gpu.example", "/api/embeddings", {"model": "m", "prompt": "hi"},
     ("ollama.embeddings", "gpu.example", "unknown")),
    ("ai-gateway.vercel.sh", "/v1/images/generations", {"model": "m", "prompt": "x"},
     ("openai.images", "vercel", "host")),
    ("api.portkey.ai", "/v9/completions", {"model": "m", "prompt": "x"},
     ("openai.completions", "portkey", "host")),
    ("api.portkey.ai", "/v9/completions", {"name": "x"}, None),
    ("ai-gateway.vercel.sh", "/v1/models", {}, None),
    ("llama.example", "/v1/embeddings", {"input": "hi"},
     ("openai.embeddings", "llama.example", "unknown")),
    ("chat.example", "/v1/messages", {"to": "bob", "messages": ["hello"]}, None),
    ("forms.example", "/responses", {"answers": [1]}, None),
    ("shop.example", "/cart", CHAT, None),
]  # fmt: skip


@pytest.mark.parametrize(("host", "path", "body", "expected"), CASES)
def test_a_call_is_attributed_by_host_configuration_and_shape(
    host: str, path: str, body: dict[str, Any], expected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        env.SPANTALLY_HOSTS,
        "llm.corp.example=openai, gw.*=openai|anthropic, gpu.corp.example=our-cluster",
    )
    env.forget()
    found = recognised(host, path, json.dumps(body).encode())
    place = found and found.place
    result = place and (place.endpoint.api.name, place.provider, place.source)
    assert result == expected


def test_only_posts_are_calls() -> None:
    assert recognised("api.openai.com", "/v1/responses", method="GET") is None


def test_a_faulty_host_entry_is_named_in_a_warning_and_the_others_hold(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(env.SPANTALLY_HOSTS, "llm.corp.example, other.example=openai")
    env.forget()
    found = recognised("other.example", "/v1/chat/completions")
    assert found is not None
    assert found.place.source == "configured"
    assert caplog.text.count("'llm.corp.example'") == 1


def test_a_url_is_read_as_its_host_and_a_misspelt_provider_is_asked_about(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(env.SPANTALLY_HOSTS, "http://10.0.0.1:8080=openai,gw.example=opanai")
    env.forget()
    found = recognised("10.0.0.1", "/v1/responses", port=8080)
    assert found is not None
    assert (found.place.provider, found.place.source) == ("openai", "configured")
    assert "did you mean 'openai'?" in caplog.text


@pytest.mark.parametrize(
    ("entry", "host", "port"),
    [
        ("LLM.corp.example", "llm.corp.example", None), ("llm.corp.example:443", "llm.corp.example", None),
        ("https://llm.corp.example/v1", "llm.corp.example", None), ("[::1]:8080", "::1", 8080),
        ("http://[fd00::7]", "fd00::7", None),
    ],
)  # fmt: skip
def test_a_host_is_found_in_every_spelling_of_its_entry(
    entry: str, host: str, port: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(env.SPANTALLY_HOSTS, f"http://[=openai,{entry}=our-cluster")
    env.forget()
    found = recognised(host, "/v1/chat/completions", port=port)
    assert found is not None
    assert (found.place.provider, found.place.source) == ("our-cluster", "configured")


@pytest.mark.parametrize(
    "entry", ["https://Rooms.example/", "rooms.example:8080", "other.example,rooms.example"]
)
def test_an_own_host_is_found_in_every_spelling_of_its_entry(
    entry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(env.SPANTALLY_INTERNAL_HOSTS, entry)
    env.forget()
    assert is_internal("rooms.example")
    assert not is_internal("lobby.example")


def test_a_call_to_an_unknown_host_is_recorded_with_its_usage_under_the_hosts_own_name(
    spans: Any,
) -> None:
    with replay.serve() as server:
        server.answer = Answer(b'{"model": "gpt-4o", "usage": {"prompt_tokens": 7}}')
        httpx.post(server.url + "/v1/chat/completions", json=CHAT)
    span = spans.only()
    assert span["gen_ai.usage.input_tokens"] == 7
    assert span["gen_ai.provider.name"] == "127.0.0.1"
    assert span["spantally.provider.source"] == "unknown"


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("eu.api.openai.com", {"spantally.data_residency": "eu"}),
        ("mtls-us.api.openai.com", {"spantally.data_residency": "us"}),
        ("api.openai.com", {}),
    ],
)
def test_data_residency_is_read_from_the_providers_host(host: str, said: dict[str, str]) -> None:
    place = place_of("POST", host, None, "/v1/responses")
    assert place is not None
    assert place.host_attributes == said


def test_a_streamed_upload_is_not_consumed(spans: Any, provider: Replay) -> None:
    provider.answer = Answer(b'{"model": "gpt-4o", "usage": {"prompt_tokens": 7}}')
    sent = json.dumps(CHAT).encode()
    response = httpx.post(
        provider.url + "/v1/chat/completions",
        content=iter([sent[:5], sent[5:]]),
        headers={"content-length": str(len(sent))},
    )
    assert response.status_code == 200
    assert spans.only()["gen_ai.usage.input_tokens"] == 7


def test_a_providers_host_with_its_last_dot_is_the_same_host(spans: Any, provider: Replay) -> None:
    provider.answer = Answer(b'{"model": "gpt-4o", "usage": {"prompt_tokens": 7}}')
    httpx.post("http://api.openai.com./v1/chat/completions", json=CHAT, proxy=provider.url)
    assert spans.only()["spantally.provider.source"] == "host"
    assert spans.only()["server.address"] == "api.openai.com"


@pytest.mark.parametrize(
    ("host", "internal"),
    [
        ("127.0.0.1", True), ("10.1.2.3", True), ("[::1]", True), ("billing", True),
        ("a.svc.cluster.local", True), ("x.corp.example", True), ("8.8.8.8", False),
        ("corp.example", False), ("api.openai.com", False), ("x.corp.example.evil", False),
        ("billing.", True), ("billing-2", True), ("3f2a9c1b77de", True), ("", False), ("134744072", False),
        ("0x8080808", False), ("010", False), ("a\uff0eexample", False), ("a\u3002example", False),
    ],
)  # fmt: skip
def test_tags_may_travel_to_the_organisations_own_hosts_only(
    host: str, internal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(env.SPANTALLY_INTERNAL_HOSTS, "*.corp.example")
    env.forget()
    assert is_internal(host) is internal
