"""Anthropic's batches and legacy completions beyond the recordings."""

from __future__ import annotations

import json
from typing import Any

import pytest
from spantally.apis import Request, anthropic_batches, anthropic_complete
from support.answers import counts_of, read

USAGE = {
    "input_tokens": 3,
    "cache_read_input_tokens": 4,
    "output_tokens": 5,
    "service_tier": "batch",
}
MESSAGE = {"id": "msg_1", "type": "message", "model": "claude-9", "usage": USAGE}


def lines(*results: dict[str, Any]) -> bytes:
    rows = [{"custom_id": str(n), "result": result} for n, result in enumerate(results)]
    return b"\n".join(json.dumps(row).encode() for row in rows)


@pytest.mark.parametrize("kind", ["application/x-jsonl", "application/octet-stream", ""])
def test_only_results_that_succeeded_are_calls(kind: str) -> None:
    answer = lines(
        {"type": "errored", "error": {"type": "error", "error": {"type": "invalid_request_error"}}},
        {"type": "succeeded", "message": MESSAGE},
        {"type": "expired"},
        {"type": "canceled"},
    )
    asked = Request(path={"id": "msgbatch_1"})
    report, _ = read(anthropic_batches.results, answer, asked, headers={"content-type": kind})
    (call,) = report.more
    assert counts_of(call) == {
        "input_tokens": 7,
        "cache_read.input_tokens": 4,
        "output_tokens": 5,
    }
    assert call.attributes["gen_ai.response.id"] == "msg_1"
    assert call.attributes["spantally.processing"] == "batch"


def test_one_result_is_a_result_too() -> None:
    answer = lines({"type": "succeeded", "message": MESSAGE})
    report, _ = read(anthropic_batches.results, answer, Request(path={"id": "msgbatch_1"}))
    assert len(report.more) == 1


def test_ordering_a_batch_says_its_id_and_no_usage() -> None:
    report, _ = read(
        anthropic_batches.api, {"id": "msgbatch_1", "processing_status": "in_progress"}
    )
    assert report.attributes == {"gen_ai.response.id": "msgbatch_1"}
    assert not report.has_usage


def test_a_legacy_completion_stream_says_why_it_ended() -> None:
    events = [
        {
            "type": "completion",
            "id": "c1",
            "model": "claude-2",
            "completion": "a",
            "stop_reason": None,
        },
        {
            "type": "completion",
            "id": "c1",
            "model": "claude-2",
            "completion": "",
            "stop_reason": "stop",
        },
    ]
    answer = b"".join(b"event: completion\ndata: %b\n\n" % json.dumps(e).encode() for e in events)
    report, _ = read(anthropic_complete.api, answer)
    assert report.attributes["gen_ai.response.finish_reasons"] == ("stop",)
    assert not report.has_usage
