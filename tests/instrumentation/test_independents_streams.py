"""What the independents' streams may say that no recording of ours shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support.answers import by_event
from support.answers_at import counts, read_at
from support.chunks import chunk, usage
from support.count_names import (
    CACHE_READ,
    INPUT,
    OUTPUT,
    REASONING,
    WEB,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_SEARCH = {"index": 0, "type": "search", "arguments": "{}"}
_CONVERSED = [
    {"type": "conversation.response.started", "conversation_id": "conv_1"},
    {"type": "tool.execution.started", "name": "web_search_premium"},
    {"type": "message.output.delta", "model": "mistral-medium-latest", "content": "x"},
    {"type": "conversation.response.done", "usage": usage(10, 5, connector_tokens=7)},
]
_WATSONX = [
    {"model_id": "ibm/granite", "results": [{"generated_token_count": n, "input_token_count": i,
                                             "stop_reason": reason}]}
    for n, i, reason in [(0, 7, "not_finished"), (2, 0, "not_finished"), (3, 0, "eos_token")]
]  # fmt: skip

STREAMED = [
    # call, framing, events -> counts, whether they are final
    ("api.perplexity.ai/chat/completions", "",
     [chunk(usage=usage(8, n, cost={"total_cost": 0})) for n in (1, 2, 3)],
     {INPUT: 8, OUTPUT: 3}, False),
    ("api.perplexity.ai/chat/completions", "",
     [chunk(usage=usage(8, 1)), chunk("", "stop", usage=usage(8, 3))],
     {INPUT: 8, OUTPUT: 3}, True),
    ("api.groq.com/openai/v1/chat/completions", "",
     [chunk("", None, x_groq={"id": "r"}), chunk("", "stop", x_groq={"usage": usage(9, 4)})],
     {INPUT: 9, OUTPUT: 4}, True),
    ("api.groq.com/openai/v1/chat/completions", "",
     [chunk(), {"choices": [{"index": 0, "delta": {"executed_tools": [_SEARCH]}}]},
      {"choices": [{"index": 0, "delta": {"executed_tools": [{**_SEARCH, "output": "x"}]}}]},
      chunk("", "stop", usage=usage(100, 10),
            usage_breakdown={"models": [{"model": "a", "usage": usage(60, 4)},
                                        {"model": "b", "usage": usage(40, 6)}]})],
     {WEB: 1, "parts": [
         {"kind": "compound", "model": "a", "usage": {"input_tokens": 60, "output_tokens": 4}},
         {"kind": "compound", "model": "b", "usage": {"input_tokens": 40, "output_tokens": 6}}]},
     True),
    ("api.moonshot.ai/v1/chat/completions", "",
     [chunk(), {"id": "c1", "model": "m", "choices": [
         {"index": 0, "delta": {}, "finish_reason": "stop", "usage": usage(9, 4)}]}],
     {INPUT: 9, OUTPUT: 4}, True),
    ("api.mistral.ai/v1/conversations", "", _CONVERSED,
     {INPUT: 17, OUTPUT: 5, "spantally.usage.premium_web_searches": 1}, True),
    ("api.mistral.ai/v1/conversations", "", _CONVERSED[:3],
     {"spantally.usage.premium_web_searches": 1}, False),
    ("api.mistral.ai/v1/conversations", "", [{"type": "function.call.delta", "model": "m"}, _CONVERSED[3]],
     {INPUT: 17, OUTPUT: 5}, True),
    ("api.mistral.ai/v1/audio/transcriptions", "",
     [{"type": "transcription.text.delta", "text": "x"},
      {"type": "transcription.done", "model": "voxtral-mini-2602",
       "usage": usage(3, 11, prompt_audio_seconds=3)}],
     {INPUT: 3, OUTPUT: 11, "spantally.usage.audio_seconds": 3}, True),
    ("eu-de.ml.cloud.ibm.com/ml/v1/text/generation_stream", "", _WATSONX,
     {INPUT: 7, OUTPUT: 3}, True),
    ("eu-de.ml.cloud.ibm.com/ml/v1/text/generation_stream", "", _WATSONX[:2],
     {INPUT: 7, OUTPUT: 2}, False),
    ("dashscope-intl.aliyuncs.com/api/v1/services/aigc/text-generation/generation", "",
     [{"output": {"finish_reason": reason}, "request_id": "r", "usage": {
         "input_tokens": 20, "output_tokens": n, "prompt_tokens_details": {"cached_tokens": 5},
         "output_tokens_details": {"reasoning_tokens": n - 1}}}
      for n, reason in [(1, "null"), (4, "stop")]],
     {INPUT: 20, OUTPUT: 4, CACHE_READ: 5, REASONING: 3}, True),
    ("ollama.com/api/chat", "application/x-ndjson",
     [{"model": "m", "done": False}, {"model": "m", "done": True, "eval_count": 4}],
     {OUTPUT: 4}, True),
    ("ollama.com/api/chat", "application/x-ndjson",
     [{"done": False, "model": "m"}, {"done": False}, {"eval_count": 4, "model": "m", "done": True}],
     {OUTPUT: 4}, True),
    ("ollama.com/api/generate", "application/json",
     [{"model": "m", "done": False}, {"model": "m", "done": True, "prompt_eval_count": 3}],
     {INPUT: 3}, True),
    ("ollama.com/api/chat", "application/x-ndjson",
     [{"model": "m", "done": False, "message": {"content": "\"done\":true"}}] * 2, {}, False),
    ("api.cohere.com/v1/chat", "application/stream+json",
     [{"event_type": "stream-start", "generation_id": "g"}, {"event_type": "stream-end", "response": {
         "response_id": "r", "meta": {"billed_units": {"input_tokens": 7.0, "output_tokens": 9.0}}}}],
     {INPUT: 7, OUTPUT: 9}, True),
    ("api.cohere.com/v2/chat", "", [{"type": "message-start", "id": "x"}], {}, False),
]  # fmt: skip


@pytest.mark.parametrize(("call", "kind", "events", "expected", "final"), STREAMED)
def test_a_stream_is_counted(
    call: str, kind: str, events: list[Any], expected: dict[str, Any], *, final: bool
) -> None:
    report = read_at(call, events, kind=kind)
    assert counts(report) == expected
    assert report.complete is final
    assert (report.source != "missing") is bool(expected)
    assert "spantally.stated_cost.usd" not in report.attributes


def turned(said: Any) -> Any:
    """The same with every object's keys the other way round, as a server may write it that sorts them."""
    if isinstance(said, dict):
        return {key: turned(value) for key, value in reversed(said.items())}
    return [turned(one) for one in said] if isinstance(said, list) else said


SPELLINGS: dict[str, Callable[[Any], str]] = {
    "tight": lambda said: json.dumps(said, separators=(",", ":")),
    "apart": lambda said: json.dumps(said, separators=(" , ", " : ")),
    "turned": lambda said: json.dumps(turned(said)),
}


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("case", STREAMED)
def test_a_stream_counts_the_same_however_its_json_is_spelt(
    spell: Callable[[Any], str], case: tuple[Any, ...]
) -> None:
    call, kind, events, expected, final = case
    frame = "{}\n" if kind else "data: {}\n\n"
    content = "".join(frame.format(spell(event)) for event in events).encode()
    report = read_at(call, by_event(content), kind=kind or "text/event-stream")
    assert counts(report) == expected
    assert report.complete is final


@pytest.mark.parametrize("kind", ["message.output.delta", "function.call.delta"])
def test_the_model_of_an_agent_at_mistral_is_the_one_that_spoke(kind: str) -> None:
    events = [*_CONVERSED[:2], {"type": kind}, {"type": kind, "model": "ours"}, _CONVERSED[3]]
    report = read_at("api.mistral.ai/v1/conversations", events, asked={"agent_id": "ag_1"})
    assert report.attributes["gen_ai.response.model"] == "ours"
