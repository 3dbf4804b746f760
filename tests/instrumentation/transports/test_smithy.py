"""smithy-http: Nova Sonic through Amazon's asyncio SDK, really installed, in an environment of its own."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from spantally.apis import bedrock_sonic
from support import replay
from support.answers import read
from support.answers_at import counts
from support.aws_frames import event
from support.environments import NotAvailableError, environment
from support.replay import Answer

APP = Path(__file__).with_name("sonic_app.py")
FRAMES = "application/vnd.amazon.eventstream"


def used(speech_in: int, text_in: int, speech_out: int, text_out: int) -> dict[str, Any]:
    """The totals so far, as the model sends them after each answer."""
    total = {
        "input": {"speechTokens": speech_in, "textTokens": text_in},
        "output": {"speechTokens": speech_out, "textTokens": text_out},
    }
    sums = {"totalInputTokens": speech_in + text_in, "totalOutputTokens": speech_out + text_out}
    return {"usageEvent": {"sessionId": "s1", **sums, "details": {"delta": {}, "total": total}}}


BEGINS, ENDS = (
    {"completionStart": {"sessionId": "s1"}},
    {"completionEnd": {"stopReason": "END_TURN"}},
)
TALK = [BEGINS, used(8, 2, 2, 0), ENDS, BEGINS, used(25, 5, 7, 2), ENDS]
COUNTS = {
    "gen_ai.usage.input_tokens": 30,
    "gen_ai.usage.audio.input_tokens": 25,
    "gen_ai.usage.text.input_tokens": 5,
    "gen_ai.usage.output_tokens": 9,
    "gen_ai.usage.audio.output_tokens": 7,
    "gen_ai.usage.text.output_tokens": 2,
}


def framed(talk: list[dict[str, Any]]) -> bytes:
    said = (json.dumps({"event": one}).encode() for one in talk)
    return b"".join(event("chunk", {"bytes": base64.b64encode(one).decode()}) for one in said)


@pytest.mark.timeout(600)
def test_a_conversation_is_one_call_with_its_last_totals_and_the_app_hears_all_of_it() -> None:
    try:
        where = environment("sonic")
    except NotAvailableError as error:
        pytest.skip(str(error))
    with replay.serve() as server:
        server.answer = Answer(framed(TALK), content_type=FRAMES, chunk=70,
                               headers={"x-amzn-requestid": "req-1"})  # fmt: skip
        hosts = f"127.0.0.1:{server.port}=aws.bedrock"
        done = subprocess.run(
            [where.python, APP, server.url], capture_output=True, text=True, check=False,
            timeout=120, env={**os.environ, "SPANTALLY_HOSTS": hosts},
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    ran = json.loads(done.stdout)
    assert [json.loads(said)["event"] for said in ran["heard"]] == TALK
    (span,) = ran["spans"]
    expected = COUNTS | {
        "spantally.api": "bedrock.bidirectional_stream",
        "gen_ai.request.model": "amazon.nova-sonic-v1:0",
        "gen_ai.response.id": "req-1",
        "gen_ai.conversation.id": "s1",
        "gen_ai.response.finish_reasons": ["END_TURN"],
        "spantally.usage.source": "provider",
        "spantally.tag.team": "search",
    }
    assert span | expected == span
    assert ran["errors"] == {}
    assert not {"baggage", "traceparent"} & set(server.seen[0])


@pytest.mark.parametrize(("talk", "final"), [(TALK, True), (TALK[:5], False), (TALK[:4], False)])
def test_a_conversation_that_is_cut_within_an_answer_has_no_final_count(
    talk: list[dict[str, Any]], *, final: bool
) -> None:
    report, _ = read(bedrock_sonic.api, framed(talk), headers={"content-type": FRAMES})
    assert report.complete is final
    total = 30 if len(talk) > 4 else 10
    assert counts(report)["gen_ai.usage.input_tokens"] == total
