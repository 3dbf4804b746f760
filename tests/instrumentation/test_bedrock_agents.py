"""Bedrock's hosted agents and flows: what their traces tell, and what they leave out."""

from __future__ import annotations

from typing import Any

from spantally.apis import bedrock_agent
from support.answers import counts_of, read
from support.aws_frames import event

FRAMES = {"content-type": "application/vnd.amazon.eventstream"}
USAGE = {"inputTokens": 10, "outputTokens": 5, "totalTokens": 15}


def test_an_agents_trace_tells_what_each_step_used() -> None:
    steps: list[dict[str, Any]] = [
        {"orchestrationTrace": {"modelInvocationInput": {"traceId": "t", "foundationModel": "m"}}},
        {
            "orchestrationTrace": {
                "modelInvocationOutput": {"traceId": "t", "metadata": {"usage": USAGE}}
            }
        },
        {"failureTrace": {"failureReason": "x"}},
    ]
    answer = b"".join(event("trace", {"trace": step}) for step in steps)
    report, _ = read(bedrock_agent.api, answer + event("chunk", {"bytes": ""}), headers=FRAMES)
    usage = {"input_tokens": 10, "output_tokens": 5}
    assert counts_of(report) == {"parts": [{"kind": "agent_step", "model": "m", "usage": usage}]}
    assert report.has_usage


def test_an_agents_guardrail_is_told_without_its_units_and_is_not_free() -> None:
    steps: list[dict[str, Any]] = [
        {"guardrailTrace": {"action": "NONE", "traceId": "g", "inputAssessments": []}},
        {"orchestrationTrace": {"modelInvocationOutput": {"metadata": {"usage": USAGE}}}},
        {"guardrailTrace": {"action": "INTERVENED", "traceId": "g", "outputAssessments": []}},
    ]
    answer = b"".join(event("trace", {"trace": step}) for step in steps)
    for seen, kinds in ((3, ["agent_step", "guardrail"]), (1, ["guardrail"])):
        report, _ = read(
            bedrock_agent.api,
            answer if seen == 3 else event("trace", {"trace": steps[0]}),
            headers=FRAMES,
        )
        parts = counts_of(report)["parts"]
        assert [part["kind"] for part in parts] == kinds
        assert parts[-1] == {"kind": "guardrail", "model": "guardrails", "usage": {}}
        assert report.has_usage is (seen == 3)


def test_a_flow_tells_of_the_agents_among_its_nodes() -> None:
    asked = {"modelInvocationInput": {"traceId": "t", "foundationModel": "m"}}
    answered = {"modelInvocationOutput": {"traceId": "t", "metadata": {"usage": USAGE}}}
    agent = [{"trace": {"preProcessingTrace": step}} for step in (asked, answered)]
    node = {"nodeName": "n", "traceElements": {"agentTraces": agent}}
    events = [
        event("flowTraceEvent", {"trace": {"nodeInputTrace": {"nodeName": "n"}}}),
        event("flowTraceEvent", {"trace": {"nodeDependencyTrace": node}}),
        event("flowOutputEvent", {"content": {"document": "x"}}),
        event("flowCompletionEvent", {"completionReason": "SUCCESS"}),
    ]
    part = {
        "kind": "agent_step",
        "model": "m",
        "usage": {"input_tokens": 10, "output_tokens": 5},
    }
    for seen in (2, 4):
        report, _ = read(bedrock_agent.api, b"".join(events[:seen]), headers=FRAMES)
        assert counts_of(report) == {"parts": [part]}
        assert report.complete is (seen == 4)
