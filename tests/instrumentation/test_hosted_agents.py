"""Agents that a provider hosts, with the providers' SDKs: what their sessions tell of, call by call."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import anthropic
import openai
import pytest
from spantally import attribute
from spantally._retrievals import retrievals
from spantally.apis import _agents
from support.replay import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.replay import Replay

SSE = "text/event-stream"


@pytest.fixture(autouse=True)
def _nothing_known() -> Iterator[None]:
    for module in (_agents, retrievals):
        module.forget()
    yield
    _agents.forget()


def said(body: dict[str, Any]) -> Answer:
    return Answer(json.dumps(body).encode())


def events(*bodies: dict[str, Any]) -> Answer:
    frames = (f"event: {body['type']}\ndata: {json.dumps(body)}\n\n" for body in bodies)
    return Answer("".join(frames).encode(), content_type=SSE, chunk=60)


def usage(inside: int, outside: int, cached: int = 0, reasoning: int = 0) -> dict[str, Any]:
    return {
        "input_tokens": inside, "input_tokens_details": {"cached_tokens": cached},
        "output_tokens": outside, "output_tokens_details": {"reasoning_tokens": reasoning},
        "total_tokens": inside + outside,
    }  # fmt: skip


AGENT = {"id": "agent_1", "object": "agent", "model": "gpt-5.2", "service_tier": "priority"}
SESSION = {
    "id": "sess_1",
    "object": "agent.session",
    "agent": AGENT,
    "status": "idle",
    "usage": None,
}


def turn(name: str, status: str = "completed", **more: Any) -> dict[str, Any]:
    return {
        "id": name, "object": "agent.session.turn", "agent_id": "agent_1", "session_id": "sess_1",
        "created_at": 1, "status": status, "usage": None, **more,
    }  # fmt: skip


def turn_event(kind: str, of: dict[str, Any], **more: Any) -> dict[str, Any]:
    head = {"type": f"agent.session.turn.{kind}", "event_id": f"e-{of['id']}-{kind}"}
    return {**head, "session_id": "sess_1", "turn_id": of["id"], "turn": of, **more}


def openai_at(provider: Replay) -> openai.OpenAI:
    return openai.OpenAI(api_key="made-up", base_url=provider.url + "/v1", max_retries=0)


def found(spans: Any) -> list[dict[str, Any]]:
    return [dict(span.attributes or {}) for span in spans.llm()]


def test_each_turn_of_an_openai_session_is_a_call_with_its_agents_model(
    spans: Any, provider: Replay
) -> None:
    running = turn("turn_1", "in_progress")
    over = turn("turn_1", usage=usage(900, 80, cached=300, reasoning=20))
    failed = turn("turn_2", "failed", error={"code": "x", "message": "no"})
    with openai_at(provider) as sdk:
        sessions = sdk.beta.agents.sessions
        provider.answer = said(SESSION)
        with attribute(team="travel"):
            sessions.create(agent_id="agent_1", environment={"type": "none"}, input="hello")
        provider.answer = events(
            turn_event("in_progress", running),
            turn_event("completed", over),
            turn_event("failed", failed, usage=usage(40, 2)),
        )
        with attribute(customer="acme"), sessions.events.stream("sess_1") as stream:
            seen = [event.type for event in stream]
        provider.answer = said(over)
        assert sessions.turns.retrieve("turn_1", session_id="sess_1").id == "turn_1"
    assert seen == [f"agent.session.turn.{kind}" for kind in ("in_progress", "completed", "failed")]
    first, second = found(spans)
    assert first["gen_ai.response.id"] == "turn_1"
    assert first["gen_ai.request.model"] == second["gen_ai.request.model"] == "gpt-5.2"
    assert first["spantally.request.service_tier"] == "priority"
    assert first["gen_ai.usage.input_tokens"] == 900
    assert first["gen_ai.usage.cache_read.input_tokens"] == 300
    assert first["gen_ai.usage.output_tokens"] == 80
    assert first["gen_ai.usage.reasoning.output_tokens"] == 20
    assert (first["spantally.tag.team"], first["spantally.tag.customer"]) == ("travel", "acme")
    assert first["gen_ai.conversation.id"] == "sess_1"
    assert second["gen_ai.usage.input_tokens"] == 40
    assert second["gen_ai.response.finish_reasons"] == ("failed",)
    assert {span["spantally.usage.source"] for span in (first, second)} == {"provider"}


def test_a_session_that_streams_from_its_creation_says_its_model_itself(
    spans: Any, provider: Replay
) -> None:
    created = {
        "type": "agent.session.created",
        "event_id": "e0",
        "session_id": "sess_1",
        "session": SESSION,
    }
    over = turn("turn_5", usage=usage(11, 5))
    provider.answer = events(created, turn_event("completed", over))
    with openai_at(provider) as sdk:
        stream = sdk.beta.agents.sessions.create(
            agent_id="agent_1", environment={"type": "none"}, input="hello", stream=True
        )
        assert len(list(stream)) == 2
    (call,) = found(spans)
    assert (call["gen_ai.request.model"], call["gen_ai.usage.input_tokens"]) == ("gpt-5.2", 11)


def test_a_turn_of_an_agent_that_nobody_looked_at_has_usage_and_no_model(
    spans: Any, provider: Replay
) -> None:
    of_a_subagent = turn("turn_3", subagent_id="sub_1", agent_id="agent_2", usage=usage(7, 1))
    page = {"object": "list", "data": [of_a_subagent, turn("turn_4", "queued")], "has_more": False}
    with openai_at(provider) as sdk:
        provider.answer = said(SESSION)
        sdk.beta.agents.sessions.retrieve("sess_1")
        provider.answer = said(page)
        for _ in range(2):
            assert len(list(sdk.beta.agents.sessions.turns.list("sess_1"))) == 2
    (only,) = found(spans)
    assert only["gen_ai.usage.input_tokens"] == 7
    assert "gen_ai.request.model" not in only


MODEL_USAGE = {
    "input_tokens": 10, "cache_read_input_tokens": 200, "cache_creation_input_tokens": 30, "output_tokens": 5,
    "speed": "fast",
}  # fmt: skip
MANAGED = {
    "id": "sesn_1", "type": "session", "status": "idle", "usage": {},
    "agent": {"id": "ag_1", "type": "agent", "model": {"id": "claude-sonnet-5-5", "effort": "high"}},
}  # fmt: skip


def request_end(name: str, **more: Any) -> dict[str, Any]:
    head = {"id": name, "type": "span.model_request_end", "model_request_start_id": f"{name}-start"}
    return {
        **head,
        "is_error": False,
        "model_usage": MODEL_USAGE,
        "processed_at": "2026-11-28T00:00:00Z",
        **more,
    }


def test_each_request_of_an_anthropic_session_is_a_call_however_it_is_told(
    spans: Any, provider: Replay
) -> None:
    idle = {"id": "sevt_9", "type": "session.status_idle", "processed_at": "2026-11-28T00:00:00Z",
            "stop_reason": {"type": "end_turn"}}  # fmt: skip
    message = {"id": "sevt_8", "type": "agent.message", "processed_at": "2026-11-28T00:00:00Z",
               "content": [{"type": "text", "text": "model_request_end"}]}  # fmt: skip
    with anthropic.Anthropic(api_key="made-up", base_url=provider.url, max_retries=0) as sdk:
        sessions = sdk.beta.sessions
        provider.answer = said(MANAGED)
        with attribute(team="travel"):
            sessions.create(agent="ag_1", environment_id="env_1")
        provider.answer = events(request_end("sevt_1"), message, request_end("sevt_2"), idle)
        stream = sessions.events.stream("sesn_1")
        seen: list[str] = []
        for event in stream:
            seen.append(event.type)
            if event.type == "session.status_idle":
                break  # as everybody does: the stream itself goes on
        stream.close()
        provider.answer = said(
            {"data": [request_end("sevt_1"), message, request_end("sevt_3")], "next_page": None}
        )
        assert len(list(sessions.events.list("sesn_1"))) == 3
    assert seen[-1] == "session.status_idle"
    calls = found(spans)
    assert [call["gen_ai.response.id"] for call in calls] == ["sevt_1", "sevt_2", "sevt_3"]
    for call in calls:
        assert call["gen_ai.request.model"] == "claude-sonnet-5-5"
        assert call["gen_ai.usage.input_tokens"] == 10 + 200 + 30
        assert call["gen_ai.usage.cache_read.input_tokens"] == 200
        assert call["gen_ai.usage.cache_write.input_tokens"] == 30
        assert call["gen_ai.usage.output_tokens"] == 5
        assert call["spantally.speed"] == "fast"
        assert call["spantally.tag.team"] == "travel"
        assert call["spantally.usage.source"] == "provider"


def test_what_judges_an_outcome_is_counted_without_a_model(spans: Any, provider: Replay) -> None:
    judged = {
        "id": "sevt_5", "type": "span.outcome_evaluation_end", "explanation": "fine", "iteration": 0,
        "outcome_evaluation_start_id": "sevt_4", "outcome_id": "outc_1", "result": "satisfied",
        "processed_at": "2026-11-28T00:00:00Z", "usage": MODEL_USAGE,
    }  # fmt: skip
    with anthropic.Anthropic(api_key="made-up", base_url=provider.url, max_retries=0) as sdk:
        provider.answer = said(MANAGED)
        sdk.beta.sessions.retrieve("sesn_1")
        provider.answer = events(judged)
        with sdk.beta.sessions.events.stream("sesn_1") as stream:
            assert [event.type for event in stream] == ["span.outcome_evaluation_end"]
    (call,) = found(spans)
    assert call["gen_ai.usage.output_tokens"] == 5
    assert "gen_ai.request.model" not in call
