"""What a gateway's cache answers was paid before: it keeps its counts, and costs nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import httpx2
import pytest
from spantally._from_cache import is_from_cache
from spantally._retrievals import retrievals
from support import replay
from support.replay import Answer

if TYPE_CHECKING:
    from support.replay import Replay

HITS = {
    "apisix": {"x-ai-cache-status": "HIT"},
    "cloudflare": {"cf-aig-cache-status": "HIT"},
    "helicone": {"helicone-cache": "HIT"},
    "kong": {"x-cache-status": "Hit"},
    "litellm": {"x-litellm-cache-key": "586bf3f3c1bf5aec"},
    "openrouter": {"x-openrouter-cache-status": "HIT"},
    "portkey": {"x-portkey-cache-status": "HIT"},
    "portkey, by meaning": {"x-portkey-cache-status": "SEMANTIC HIT"},
    "truefoundry": {"x-tfy-cache-status": "hit"},
}
MISSES = [
    {},
    {"x-ai-cache-status": "BYPASS"},
    {"cf-aig-cache-status": "MISS"},
    {"helicone-cache": "MISS"},
    {"x-cache-status": "Bypass"},
    {"x-litellm-cache-key": ""},
    {"x-portkey-cache-status": "SEMANTIC MISS"},
    {"x-portkey-cache-status": "REFRESH"},
    {"x-portkey-cache-status": "DISABLED"},
    {"x-tfy-cache-status": "error"},
    {"cf-cache-status": "HIT"},  # Cloudflare's network in front of whoever
]
BODY = {
    "id": "chatcmpl-1",
    "model": "gpt-5",
    "choices": [{"index": 0, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 10, "completion_tokens": 5, "cost": 0.25},
}
CHAT: dict[str, Any] = {"model": "gpt-5", "messages": []}


@pytest.mark.parametrize("headers", HITS.values(), ids=HITS)
@pytest.mark.parametrize("streams", [False, True])
def test_an_answer_out_of_a_gateways_cache_is_not_billed(
    headers: dict[str, str], streams: bool, spans: Any, provider: Replay
) -> None:
    content = json.dumps(BODY).encode()
    kind = "text/event-stream" if streams else "application/json"
    body = b"data: %b\n\ndata: [DONE]\n\n" % content if streams else content
    provider.answer = Answer(body, content_type=kind, headers=headers)
    httpx2.post(f"{provider.url}/v1/chat/completions", json={**CHAT, "stream": streams})
    span = spans.only()
    assert span["spantally.usage.source"] == "not_billed"
    assert span["gen_ai.usage.input_tokens"] == 10
    assert span["gen_ai.usage.output_tokens"] == 5
    assert span["gen_ai.response.id"] == "chatcmpl-1"
    assert not [name for name in span if "stated_cost" in name]
    assert "error.type" not in span


@pytest.mark.parametrize("headers", MISSES, ids=str)
def test_what_no_cache_answered_was_paid(headers: dict[str, str]) -> None:
    assert not is_from_cache(headers)


def test_a_response_that_is_fetched_through_a_cache_was_paid_when_it_was_ordered(
    spans: Any,
) -> None:
    """A proxy keeps what is fetched, too; and a hit for an id does not make it known."""
    retrievals.forget()
    answer = {
        "id": "resp_1",
        "status": "completed",
        "usage": {"input_tokens": 9, "output_tokens": 3},
    }
    with replay.serve() as server, httpx.Client(proxy=server.url) as client:
        server.answer = Answer(json.dumps(answer).encode(), headers=HITS["kong"])
        url = "http://api.openai.com/v1/responses"
        client.post(url, json={"model": "gpt-5", "input": ""})
        client.get(f"{url}/resp_1")
        client.get(f"{url}/resp_1")
    sources = [dict(span.attributes)["spantally.usage.source"] for span in spans.llm()]
    assert sources == ["not_billed", "provider"]
