"""What the frames of a session may say that no recording of ours shows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from spantally.apis import Report, gemini_live, openai_live, openai_realtime
from spantally.providers.x_ai import provider as xai
from support.answers_at import counts

INPUT, OUTPUT = "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"
WEB = "spantally.usage.web_search.requests"
Frames = list[dict[str, Any]]

SETUP = {"setup": {"model": "models/gemini-3.1-flash-live-preview"}}
SPEAKS = {"serverContent": {"modelTurn": {"parts": [{"text": "x"}]}}}
COMPLETE = {"serverContent": {"turnComplete": True}}
INTERRUPTED = {"serverContent": {"interrupted": True}}
CALLS = {"toolCall": {"functionCalls": [{"id": "1", "name": "f", "args": {}}]}}


def used(prompt: int, answer: int, **more: Any) -> dict[str, Any]:
    return {"usageMetadata": {"promptTokenCount": prompt, "responseTokenCount": answer, **more}}


def reports(api: Any, frames: Frames, asked: Frames) -> list[Report]:
    session = api.read_session()
    for frame in asked:
        session.sent(frame)
    wanted = (frame for frame in frames if session.wants(json.dumps(frame)))
    return [*(one for frame in wanted for one in session.received(frame)), *session.end()]


FIRST, SECOND = {INPUT: 5, OUTPUT: 2}, {INPUT: 9, OUTPUT: 3}

TURNS: dict[str, tuple[Frames, list[dict[str, Any]]]] = {
    "with the end of a turn, then just after": (
        [SPEAKS, COMPLETE | used(5, 2), SPEAKS, COMPLETE, used(9, 3)], [FIRST, SECOND],
    ),
    "a tool's call": ([SPEAKS, CALLS | used(5, 2), SPEAKS, COMPLETE | used(9, 3)], [FIRST, SECOND]),
    "after a tool's call": ([CALLS, used(5, 2), SPEAKS, used(9, 3), COMPLETE], [FIRST, SECOND]),
    "interrupted, and complete": (
        [SPEAKS, INTERRUPTED, COMPLETE | used(5, 2), SPEAKS, COMPLETE | used(9, 3)],
        [FIRST, SECOND],
    ),
    "interrupted": ([SPEAKS, INTERRUPTED | used(5, 2), SPEAKS, COMPLETE | used(9, 3)],
                    [FIRST, SECOND]),
    "late, beside another frame": (
        [SPEAKS, COMPLETE, SPEAKS, COMPLETE | used(5, 2), {"sessionResumptionUpdate": {}} | used(9, 3),
         SPEAKS, COMPLETE | used(5, 2)],
        [FIRST, SECOND, FIRST],
    ),
    "growing within a turn": ([SPEAKS | used(5, 1), SPEAKS | used(9, 3), COMPLETE], [SECOND]),
    "cut": ([SPEAKS], [{}]),
    "thoughts, tools and pictures": (
        [COMPLETE | used(5, 2, thoughtsTokenCount=3, toolUsePromptTokenCount=4,
                         responseTokensDetails=[{"modality": "AUDIO", "tokenCount": 2}])],
        [{INPUT: 9, OUTPUT: 5, "gen_ai.usage.reasoning.output_tokens": 3,
          "gen_ai.usage.audio.output_tokens": 2}],
    ),
    "a search, told in pieces": (
        [{"serverContent": {"groundingMetadata": {"webSearchQueries": ["a", "b"]}}},
         {"serverContent": {"groundingMetadata": {"groundingChunks": [{"web": {}}]}}},
         COMPLETE | used(5, 2)],
        [{**FIRST, WEB: 2}],
    ),
    "a search, told twice": (
        [{"serverContent": {"groundingMetadata": {"webSearchQueries": ["a", "b"]}}}] * 2
        + [COMPLETE | used(5, 2), SPEAKS, COMPLETE | used(9, 3)],
        [{**FIRST, WEB: 2}, SECOND],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("frames", "expected"), TURNS.values(), ids=TURNS)
def test_every_answer_of_gemini_live_counts_once(
    frames: Frames, expected: list[dict[str, Any]]
) -> None:
    found = reports(gemini_live.api, frames, [SETUP])
    assert [counts(report) for report in found] == expected
    models = {report.attributes["gen_ai.request.model"] for report in found}
    assert models == {"gemini-3.1-flash-live-preview"}


def test_live_at_vertex_names_its_model_by_a_path_and_its_traffic() -> None:
    setup = {"setup": {"model": "projects/p/locations/l/publishers/google/models/gemini-live-2.5"}}
    (report,) = reports(gemini_live.api, [COMPLETE | used(5, 2, trafficType="ON_DEMAND")], [setup])
    assert report.attributes["gen_ai.response.model"] == "gemini-live-2.5"
    assert report.attributes["spantally.service_tier"] == "ON_DEMAND"


ANSWERED = {"input_tokens": 30, "output_tokens": 4, "input_tokens_details": {"cached_tokens": 20}}
COUNTED = {INPUT: 30, OUTPUT: 4, "gen_ai.usage.cache_read.input_tokens": 20}


@pytest.mark.parametrize(
    ("kind", "response", "expected", "reason", "error"),
    [
        ("completed", {"tool_usage": {"web_search": {"num_requests": 2}}}, {WEB: 2}, "completed", None),
        ("incomplete", {"incomplete_details": {"reason": "max_output_tokens"}}, {},
         "max_output_tokens", None),
        ("failed", {"error": {"code": "server_error", "message": "x"}}, {}, "failed", "server_error"),
    ],
)  # fmt: skip
def test_responses_over_a_websocket_say_what_responses_say(
    kind: str, response: dict[str, Any], expected: dict[str, Any], reason: str, error: str | None
) -> None:
    answer = {"id": "resp_1", "model": "gpt-5", "status": kind, "service_tier": "priority"}
    asks = {"type": "response.create", "model": "gpt-5", "input": "x"}
    frames = [
        {"type": "response.created", "response": answer},
        {"type": f"response.{kind}", "response": {**answer, **response, "usage": ANSWERED}},
    ]
    (report,) = reports(openai_realtime.api, frames, [asks])
    assert counts(report) == {**COUNTED, **expected}
    assert report.attributes["gen_ai.response.finish_reasons"] == (reason,)
    assert report.attributes["spantally.service_tier"] == "priority"
    assert report.attributes.get("error.type") == error


@pytest.mark.parametrize(
    ("status", "details", "reason", "error"),
    [
        ("cancelled", {"type": "cancelled", "reason": "turn_detected"}, "cancelled", None),
        ("incomplete", {"type": "incomplete", "reason": "max_output_tokens"}, "max_output_tokens", None),
        ("incomplete", None, "incomplete", None),
        ("failed", {"type": "failed", "error": {"type": "server_error"}}, "failed", "server_error"),
        ("completed", "unimplemented", "completed", None),
    ],
)  # fmt: skip
def test_an_answer_that_did_not_complete_has_its_usage_all_the_same(
    status: str, details: Any, reason: str, error: str | None
) -> None:
    answer = {"id": "resp_1", "status": status, "status_details": details, "usage": ANSWERED}
    (report,) = reports(openai_realtime.api, [{"type": "response.done", "response": answer}], [])
    assert counts(report) == COUNTED
    assert report.complete
    assert report.attributes["gen_ai.response.finish_reasons"] == (reason,)
    assert report.attributes.get("error.type") == error


def test_answers_that_run_side_by_side_are_all_there_when_the_session_is_cut() -> None:
    """One of the conversation, and one out of band (`"conversation": "none"`)."""
    begun = [
        {"type": "response.created", "response": {"id": name, "status": "in_progress"}}
        for name in ("r1", "r2", "r3")
    ]
    done = {"type": "response.done", "response": {"id": "r2", "usage": ANSWERED}}
    found = reports(openai_realtime.api, [*begun, done], [])
    assert [(one.attributes["gen_ai.response.id"], one.complete) for one in found] == [
        ("r2", True), ("r1", False), ("r3", False)]  # fmt: skip


def test_a_transcription_by_tokens_is_the_transcribers_and_has_its_split() -> None:
    told = {"type": "tokens", "input_tokens": 14, "output_tokens": 9,
            "input_token_details": {"audio_tokens": 12, "text_tokens": 2}}  # fmt: skip
    session = {"type": "transcription",
               "audio": {"input": {"transcription": {"model": "gpt-4o-transcribe"}}}}  # fmt: skip
    frames = [
        {"type": "session.created", "session": session},
        {"type": "conversation.item.input_audio_transcription.completed", "item_id": "item_1",
         "content_index": 0, "usage": told},
    ]  # fmt: skip
    (report,) = reports(openai_realtime.api, frames, [])
    assert counts(report) == {
        INPUT: 14, OUTPUT: 9,
        "gen_ai.usage.audio.input_tokens": 12, "gen_ai.usage.text.input_tokens": 2,
    }  # fmt: skip
    assert report.attributes["gen_ai.response.model"] == "gpt-4o-transcribe"


@pytest.mark.parametrize("asked", [True, False])
def test_a_session_that_only_transcribes_names_its_transcriber(*, asked: bool) -> None:
    settings = {"session": {"input_audio_transcription": {"model": "gpt-4o-transcribe"}}}
    heard = {
        "type": "conversation.item.input_audio_transcription.completed",
        "item_id": "item_1",
        "usage": {"type": "tokens", "input_tokens": 8, "output_tokens": 2},
    }
    sent = [{"type": "transcription_session.update", **settings}] if asked else []
    told = [] if asked else [{"type": "transcription_session.created", **settings}]
    (report,) = reports(openai_realtime.api, [*told, heard], sent)
    assert report.attributes["gen_ai.request.model"] == "gpt-4o-transcribe"
    assert counts(report) == {INPUT: 8, OUTPUT: 2}


def test_xais_voice_counts_the_messages_of_each_turn_and_the_seconds_that_are_billed() -> None:
    voice = next(e.api for e in xai.endpoints if e.method == "WEBSOCKET")
    message = {"type": "conversation.item.create", "item": {"type": "message"}}
    result = {"type": "conversation.item.create", "item": {"type": "function_call_output"}}
    usage = {"input_tokens": 7, "output_tokens": 11, "billable_audio_seconds": 1.2}
    done = {"type": "response.done", "response": {"id": "r", "usage": {}}, "usage": usage}
    session = voice.read_session()  # type: ignore[attr-defined]
    found: list[dict[str, Any]] = []
    for asked in ([message, message], [result]):
        for frame in asked:
            session.sent(frame)
        found += [counts(report) for report in session.received(done)]
    spoken = {INPUT: 7, OUTPUT: 11, "spantally.usage.audio_seconds": 2}
    assert found == [{**spoken, "spantally.usage.text_messages": 2}, spoken]


SPOKEN = {"spantally.usage.audio_seconds": 13}
DELEGATED = {"id": "resp_1", "model": "gpt-6.1-sol", "status": "completed", "usage": ANSWERED}
BEGINS = {"type": "session.started", "session": {"id": "live_1", "model": "gpt-live-1"}}


def so_far(seconds: float) -> dict[str, Any]:
    return {"type": "session.usage.updated", "usage": {"seconds": seconds}}


def test_a_live_session_is_one_call_with_the_last_total_and_its_delegated_responses() -> None:
    nested = {"type": "response.completed", "response": DELEGATED}
    frames = [
        BEGINS, so_far(4.0), {"type": "response.event", "event": {"type": "response.created"}},
        {"type": "response.event", "delegation_id": "d", "event": nested}, so_far(9.5),
        {"type": "session.closed", "reason": "expired", "usage": {"seconds": 12.1}},
    ]  # fmt: skip
    answer, session = reports(openai_live.api, frames, [])
    assert counts(answer) == COUNTED
    assert answer.attributes["gen_ai.request.model"] == "gpt-6.1-sol"
    assert (counts(session), session.complete) == (SPOKEN, True)
    assert session.attributes["gen_ai.request.model"] == "gpt-live-1"
    assert session.attributes["gen_ai.response.id"] == "live_1"


def test_a_decision_that_a_transcript_led_to_is_a_call_of_its_own() -> None:
    decision = {"model": "gpt-6-decide", "answers": [], "usage": ANSWERED}
    frame = {
        "type": "decision.event", "event_id": "event_1", "delegation_id": None, "trigger_id": "t_1",
        "source_event_type": "session.input_transcript.delta",
        "event": {"type": "decision.completed", "decision": decision},
    }  # fmt: skip
    (answer,) = reports(openai_live.api, [frame], [])
    assert counts(answer) == COUNTED
    assert answer.attributes["gen_ai.request.model"] == "gpt-6-decide"
    assert answer.attributes["gen_ai.response.id"] == "event_1"


@pytest.mark.parametrize("closed", [True, False])
def test_a_sideband_that_was_attached_late_counts_the_whole_session(*, closed: bool) -> None:
    end = {"type": "session.closed", "session": BEGINS["session"], "usage": {"seconds": 12.1}}
    frames = [so_far(12.1), end] if closed else [so_far(12.1)]
    (session,) = reports(openai_live.api, frames, [])
    assert (counts(session), session.complete) == (SPOKEN, closed)
    assert session.attributes.get("gen_ai.request.model") == ("gpt-live-1" if closed else None)


def test_a_live_session_that_is_cut_keeps_the_seconds_told_by_then() -> None:
    (session,) = reports(openai_live.api, [BEGINS, so_far(12.1)], [])
    assert (counts(session), session.complete) == (SPOKEN, False)


def test_live_translation_is_a_call_that_tells_no_usage() -> None:
    begins = {"type": "session.created", "session": {"model": "gpt-realtime-translate"}}
    (session,) = reports(openai_live.api, [begins, {"type": "session.closed"}], [])
    assert not session.has_usage
    assert session.attributes["gen_ai.request.model"] == "gpt-realtime-translate"
