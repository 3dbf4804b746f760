"""gRPC: Vertex AI's classic SDK, really installed, in an environment of its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support.environments import NotAvailableError, environment

APP = Path(__file__).with_name("vertex_app.py")
CONTENT = {
    "spantally.api": "gemini.generate_content",
    "gen_ai.provider.name": "gcp.vertex_ai",
    "cloud.region": "europe-west4",
    "gen_ai.request.model": "gemini-2.5-flash",
    "gen_ai.response.model": "gemini-2.5-flash",
    "gen_ai.response.id": "r-1",
    "gen_ai.response.finish_reasons": ["STOP"],
    "gen_ai.usage.input_tokens": 50,
    "gen_ai.usage.cache_read.input_tokens": 30,
    "gen_ai.usage.image.input_tokens": 10,
    "gen_ai.usage.output_tokens": 18,
    "gen_ai.usage.reasoning.output_tokens": 11,
    "spantally.service_tier": "ON_DEMAND",
    "spantally.usage.source": "provider",
    "spantally.tag.team": "search",
}
EMBEDDINGS = {
    "gen_ai.operation.name": "embeddings",
    "gen_ai.request.model": "text-embedding-005",
    "gen_ai.usage.input_tokens": 6,
}
CLAUDE = {
    "spantally.api": "anthropic.messages",
    "gen_ai.request.model": "claude-opus-5@20260101",
    "gen_ai.response.id": "msg_1",
    "gen_ai.usage.input_tokens": 25,
    "gen_ai.usage.cache_read.input_tokens": 20,
    "gen_ai.usage.output_tokens": 3,
}


@pytest.fixture(scope="module")
def ran() -> Any:
    try:
        where = environment("vertex")
    except NotAvailableError as error:
        pytest.skip(str(error))
    done = subprocess.run(
        [where.python, "-W", "ignore", APP],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.timeout(600)
def test_every_call_is_counted_sync_and_async_streamed_and_not(ran: Any) -> None:
    newer = EMBEDDINGS | {"gen_ai.request.model": "gemini-embedding-2"}
    expected = [CONTENT, CONTENT, EMBEDDINGS, newer, CLAUDE, CONTENT, CONTENT]
    assert len(ran["spans"]) == len(expected)
    for span, said in zip(ran["spans"], expected, strict=True):
        assert span | said == span
    assert ran["errors"] == {}


def test_the_app_gets_what_was_sent(ran: Any) -> None:
    synchronous, asynchronous = ran["said"]
    assert synchronous[:3] == asynchronous == ["two", "one", "two"]
    assert json.loads(synchronous[3])["id"] == "msg_1"


def test_neither_tags_nor_trace_leave(ran: Any) -> None:
    assert len(ran["metadata"]) == 7
    assert not any({"baggage", "traceparent"} & set(seen) for seen in ran["metadata"])
