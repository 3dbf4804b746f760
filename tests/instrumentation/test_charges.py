"""What independents and gateways state that they charged, and what is fetched after the call."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from spantally import attribute
from spantally._retrievals import retrievals
from support import replay
from support.answers_at import counts, read_at
from support.replay import Answer

INPUT, OUTPUT = "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"
CACHE_READ = "gen_ai.usage.cache_read.input_tokens"
REASONING = "gen_ai.usage.reasoning.output_tokens"


@pytest.mark.parametrize(
    ("call", "answer", "headers", "stated"),
    [
        ("api.x.ai/v1/chat/completions", {"usage": {"cost_in_usd_ticks": 2733250}}, {},
         ("0.0002733250", "usage.cost_in_usd_ticks")),
        ("openrouter.ai/api/v1/chat/completions", {"usage": {"cost": 1.4e-07}}, {},
         ("0.00000014", "usage.cost")),
        ("api.perplexity.ai/v1/embeddings", {"usage": {"cost": {"total_cost": 1.2e-08}}}, {},
         ("0.000000012", "usage.cost.total_cost")),
        ("gateway.pydantic.dev/proxy/openai/responses", {"usage": {}},
         {"pydantic-ai-gateway-price-estimate": "0.0043USD"},
         ("0.0043", "pydantic-ai-gateway-price-estimate")),
        ("gateway.pydantic.dev/proxy/anthropic/v1/messages",
         {"usage": {"pydantic_ai_gateway": {"cost_estimate": 0.0001920001}}},
         {"pydantic-ai-gateway-price-estimate": "0.0002USD"},
         ("0.0001920001", "usage.pydantic_ai_gateway.cost_estimate")),
        ("ollama.com/v1/chat/completions", {}, {"x-litellm-response-cost": "7.1e-05"},
         ("0.000071", "x-litellm-response-cost")),
        ("gateway.pydantic.dev/proxy/bedrock/model/m/converse",
         {"usage": {"pydantic_ai_gateway": {"cost_estimate": 1.2e-05}}}, {},
         ("0.000012", "usage.pydantic_ai_gateway.cost_estimate")),
        ("gateway.pydantic.dev/proxy/gemini/v1beta/models/m:generateContent", {},
         {"pydantic-ai-gateway-price-estimate": "0.0043USD"},
         ("0.0043", "pydantic-ai-gateway-price-estimate")),
        ("ai-gateway.vercel.sh/v1/chat/completions", {"usage": {"cost": "0.00012300"}}, {},
         ("0.00012300", "usage.cost")),
        ("ai-gateway.vercel.sh/v1/chat/completions", {"usage": {"cost": "-0.1"}}, {}, (None, None)),
        ("api.deepinfra.com/v1/openai/chat/completions", {"usage": {"estimated_cost": 2.68e-05}}, {},
         ("0.0000268", "usage.estimated_cost")),
        ("GET api.together.ai/v2/videos/v1", {"status": "completed", "outputs": {"cost": 0.28}}, {},
         ("0.28", "outputs.cost")),
        ("GET api.together.ai/v2/videos/v1", {"status": "in_progress"}, {}, (None, None)),
        ("api.venice.ai/api/v1/chat/completions", {"cost": {"usd": 0.0005813}}, {},
         ("0.0005813", "cost.usd")),
        ("api.venice.ai/api/v1/chat/completions", {"usage": {"cost": -1}},
         {"x-litellm-response-cost": "None"}, (None, None)),
    ],
)  # fmt: skip
def test_a_stated_cost_keeps_its_digits(
    call: str, answer: Any, headers: dict[str, str], stated: tuple[str | None, str | None]
) -> None:
    said = read_at(call, answer, headers=headers).attributes
    assert (
        said.get("spantally.stated_cost.usd"),
        said.get("spantally.stated_cost.source"),
    ) == stated


def test_with_ones_own_key_at_the_vendor_the_charge_is_a_fee_and_the_vendors_stands_beside_it() -> (
    None
):
    cost = {"cost": 0.001, "is_byok": True, "cost_details": {"upstream_inference_cost": 6.3e-06}}
    said = read_at("openrouter.ai/api/v1/chat/completions", {"usage": cost}).attributes
    assert said["spantally.stated_cost.source"] == "usage.cost;byok"
    assert said["spantally.stated_cost.upstream_usd"] == "0.0000063"


def test_images_are_paid_by_the_piece_with_those_that_were_given() -> None:
    asked = {"model": "grok-imagine-image-2.0", "prompt": "x", "resolution": "2K", "image": {}}
    answer = {"data": [{}, {}], "usage": {"cost_in_usd_ticks": 5}}
    report = read_at("api.x.ai/v1/images/edits", answer, asked=asked)
    assert counts(report) == {"spantally.usage.images": 2, "spantally.usage.input_images": 1}


def test_groq_bills_ten_seconds_of_audio_at_least() -> None:
    where = "api.groq.com/openai/v1/audio/transcriptions"
    assert counts(read_at(where, {"text": "x", "duration": 2.5})) == {
        "spantally.usage.audio_seconds": 10
    }
    assert counts(read_at(where, {"text": "x", "duration": 11.2})) == {
        "spantally.usage.audio_seconds": 12
    }


GENERATION = {
    "id": "gen-1", "model": "openai/gpt-5.2", "provider_name": "OpenAI", "total_cost": 0.00125,
    "native_tokens_prompt": 100, "native_tokens_completion": 40, "native_tokens_reasoning": 30,
    "native_tokens_cached": 60, "tokens_prompt": 90, "tokens_completion": 38, "finish_reason": "stop",
}  # fmt: skip


def test_an_ordered_video_at_openrouter_costs_what_is_stated_once_it_is_made() -> None:
    where = "GET openrouter.ai/api/v1/videos/gen-vid-1"
    made = {"id": "gen-vid-1", "status": "completed", "usage": {"cost": 0.42, "is_byok": False}}
    said = read_at(where, made)
    assert said.has_usage
    assert said.attributes["spantally.stated_cost.usd"] == "0.42"
    assert not read_at(where, {"id": "gen-vid-1", "status": "in_progress"}).has_usage


@pytest.mark.parametrize(
    "path",
    [
        "v1/embeddings",
        "v1/rerank",
        "alpha/decisions",
        "v1/chat/completions",
        "v1/messages",
        "v1/presets/mine/messages",
    ],
)
def test_who_served_a_call_at_openrouter_is_told(path: str) -> None:
    said = read_at(f"openrouter.ai/api/{path}", {"id": "gen-1", "provider": "Cohere"})
    assert said.attributes["spantally.upstream.provider"] == "Cohere"


def test_each_result_of_a_batch_at_openrouter_has_its_counts_and_charge() -> None:
    chat = {
        "id": "gen-1", "object": "chat.completion", "model": "openai/gpt-5.2",
        "provider": "OpenAI", "choices": [],
        "usage": {"prompt_tokens": 12, "completion_tokens": 3, "cost": 0.00006},
    }  # fmt: skip
    message = {
        "id": "msg_1", "type": "message", "model": "anthropic/claude-sonnet-5", "content": [],
        "usage": {"input_tokens": 5, "output_tokens": 2},
    }  # fmt: skip
    rows = [
        {"custom_id": "1", "response": {"status_code": 200, "body": chat}},
        {"custom_id": "2", "response": {"status_code": 200, "body": message}},
        {"custom_id": "3", "error": {"code": 500}, "response": None},
    ]  # fmt: skip
    batch = {"id": "b1", "object": "batch", "status": "completed", "results": rows,
             "usage": {"prompt_tokens": 17, "completion_tokens": 5}}  # fmt: skip
    said = read_at("GET openrouter.ai/api/v1/batches/b1", batch)
    assert not said.has_usage
    assert [counts(each) for each in said.more] == [
        {INPUT: 12, OUTPUT: 3}, {INPUT: 5, OUTPUT: 2}
    ]  # fmt: skip
    assert said.more[0].attributes["spantally.stated_cost.usd"] == "0.00006"
    assert {each.attributes["spantally.processing"] for each in said.more} == {"batch"}
    assert not read_at("GET openrouter.ai/api/v1/batches/b1", {**batch, "results": None}).more


def test_speech_of_xai_is_paid_by_the_characters_of_its_text() -> None:
    said = read_at("api.x.ai/v1/tts", {}, asked={"text": "hello there", "voice_id": "eve"})
    assert counts(said) == {"spantally.usage.input_characters": 11}


@pytest.mark.parametrize(
    ("model", "searches"),
    [("gpt-4o-search-preview-2025-03-11", 1), ("gpt-5-search-api", 1), ("gpt-4o", None)],
)
@pytest.mark.parametrize("streams", [False, True])
def test_a_search_model_of_openai_searches_once_an_answer(
    model: str, searches: int | None, *, streams: bool
) -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 4}
    head = {"id": "c1", "model": model}
    whole = {**head, "choices": [{"index": 0, "finish_reason": "stop"}], "usage": usage}
    chunks = [
        {**head, "choices": [{"index": 0, "delta": {}}]},
        {**head, "choices": [], "usage": usage},
    ]
    said = read_at("api.openai.com/v1/chat/completions", chunks if streams else whole)
    assert said.attributes.get("spantally.usage.web_search.requests") == searches


def test_a_run_of_an_eval_is_a_call_for_each_model_that_it_used() -> None:
    def model(name: str, asked: int) -> dict[str, Any]:
        return {"model_name": name, "prompt_tokens": asked, "cached_tokens": 4, "completion_tokens": 7,
                "total_tokens": asked + 7, "invocation_count": 3}  # fmt: skip

    where = "GET api.openai.com/v1/evals/eval_1/runs/run_1"
    run = {
        "id": "run_1",
        "status": "completed",
        "per_model_usage": [model("gpt-5", 90), model("o4-mini", 30)],
    }
    said = read_at(where, run)
    assert [counts(each) for each in said.more] == [
        {INPUT: asked, CACHE_READ: 4, OUTPUT: 7} for asked in (90, 30)
    ]
    assert [each.attributes["gen_ai.response.id"] for each in said.more] == [
        "run_1/gpt-5",
        "run_1/o4-mini",
    ]
    assert not read_at(where, {**run, "status": "in_progress"}).more


@pytest.mark.parametrize(
    ("credit", "known"),
    [({"status": {"type": "redeemed"}}, "redeemed"),
     ({"status": {"type": "not_applied", "reason": "expired"}}, "not_applied"),
     (None, None)],
)  # fmt: skip
def test_a_credit_for_a_refused_attempt_is_told(credit: Any, known: str | None) -> None:
    usage = {"input_tokens": 5, "output_tokens": 2, "fallback_credit": credit}
    said = read_at("api.anthropic.com/v1/messages", {"model": "claude-opus-5", "usage": usage})
    assert said.attributes.get("spantally.fallback_credit") == known


@pytest.mark.parametrize("api", ["openrouter.ai/api/v1", "ai-gateway.vercel.sh/v1"])
def test_the_final_charge_of_an_aborted_stream_is_the_askers_and_counts_once(
    api: str, spans: Any
) -> None:
    retrievals.forget()
    first = {"id": "gen-1", "choices": [{"index": 0, "delta": {"content": "x"}}]}
    start = f"data: {json.dumps(first)}\n\n".encode()
    looked_up = Answer(json.dumps({"data": GENERATION}).encode())
    with replay.serve() as server, httpx.Client(proxy=server.url) as client:
        server.answer = Answer(start, content_type="text/event-stream")
        with attribute(team="search"):
            client.post(
                f"http://{api}/chat/completions",
                json={"model": "openai/gpt-5.2", "messages": [], "stream": True},
            )
        server.answer = looked_up
        for _ in range(2):
            client.get(f"http://{api}/generation", params={"id": "gen-1"})
    aborted, final = (dict(span.attributes or {}) for span in spans.llm())
    assert aborted["spantally.usage.source"] == "missing"
    assert (final[INPUT], final[CACHE_READ], final[OUTPUT], final[REASONING]) == (100, 60, 40, 30)
    assert final["spantally.stated_cost.usd"] == "0.00125"
    assert aborted["spantally.tag.team"] == final["spantally.tag.team"] == "search"


def test_a_page_of_batch_results_counts_once_however_often_it_is_fetched(spans: Any) -> None:
    retrievals.forget()
    results = [
        {"batch_request_id": str(n), "batch_result": {"response": {"chat_get_completion": {
            "id": f"r{n}", "model": "grok-4.3",
            "usage": {"prompt_tokens": 5, "completion_tokens": 1, "cost_in_usd_ticks": n}}}}}
        for n in range(3)
    ]  # fmt: skip
    failed = {"batch_request_id": "3", "batch_result": {"error": {"message": "no"}}}
    with replay.serve() as server, httpx.Client(proxy=server.url) as client:
        server.answer = Answer(json.dumps({"batch_id": "b1"}).encode())
        with attribute(team="nightly"):
            client.post("http://api.x.ai/v1/batches", json={"name": "x"})
        server.answer = Answer(json.dumps({"results": [*results, failed]}).encode())
        for _ in range(2):
            client.get("http://api.x.ai/v1/batches/b1/results", params={"limit": 100})
    found = [dict(span.attributes or {}) for span in spans.llm()]
    assert [span["gen_ai.response.id"] for span in found] == ["r0", "r1", "r2"]
    assert {span["spantally.processing"] for span in found} == {"batch"}
    assert {span["spantally.tag.team"] for span in found} == {"nightly"}
