"""Bedrock agents: a session's turn, streamed as events of its own.

Only a trace (`enableTrace`) tells what an agent used, step by step, each with the model of that step: parts
of the call. Without one nothing does, and usage is missing. A flow's trace has those of the
agents among its nodes within it; what its other nodes used is told by nobody. That a guardrail was applied is
told, and how much it looked at is not.
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_InvokeAgent.html (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, children, count, parse_object, text
from spantally.apis import Report, _bedrock

if TYPE_CHECKING:
    from spantally._sse import ServerSentEvent
    from spantally.apis import Attributes, Head, Request

_METERS = {"inputTokens": "input_tokens", "outputTokens": "output_tokens"}
_ANSWERS = {b"chunk", b"returnControl", b"flowCompletionEvent"}
"""What comes once the models have been asked."""


class InvokeAgent:
    """The shape; inline agents and flows have it too."""

    name = "bedrock.invoke_agent"
    operation = "invoke_agent"

    def fits(self, request: JsonObject) -> bool:
        return text(request, "inputText") is not None

    def read_request(self, request: Request) -> Attributes:
        said = {
            _wire.REQUEST_MODEL: text(request.body, "foundationModel"),  # inline agents
            _wire.CONVERSATION_ID: request.path.get("session"),
        }
        attributes: Attributes = {name: value for name, value in said.items() if value}
        attributes[_wire.REQUEST_STREAM] = True
        return attributes

    def read_response(self, response: JsonObject, head: Head) -> Report:
        return Report(_bedrock.read_head(head))

    def read_stream(self, head: Head) -> _AgentStream:
        return _AgentStream(self, head)


class _AgentStream:
    """Collects what each step of the trace used."""

    markers = (b"",)

    def __init__(self, agent: InvokeAgent, head: Head) -> None:
        self._agent = agent
        self._head = head
        self._models: dict[str, str] = {}
        self._parts: list[JsonObject] = []
        self._guarded = False
        self._answered = False

    def feed(self, event: ServerSentEvent) -> None:
        self._answered = self._answered or event.name in _ANSWERS
        if event.name == b"trace":
            self._take_trace(parse_object(event.data) or {})
        elif event.name == b"flowTraceEvent":
            node = child(child(parse_object(event.data), "trace"), "nodeDependencyTrace")
            for trace in children(child(node, "traceElements"), "agentTraces"):
                self._take_trace(trace)

    def report(self) -> Report:
        report = self._agent.read_response({}, self._head)
        for part in self._parts:
            _bedrock.add_part(report.attributes, part)
        if self._guarded:
            _bedrock.add_uncounted(report.attributes, "guardrail", _bedrock.GUARDRAILS)
        report.has_usage = bool(self._parts)
        report.complete = self._answered
        return report

    def _take_trace(self, told: JsonObject) -> None:
        self._guarded = self._guarded or "guardrailTrace" in child(told, "trace")
        for step in child(told, "trace").values():
            if isinstance(step, dict):
                self._take_step({"step": step})

    def _take_step(self, holder: JsonObject) -> None:
        step = child(holder, "step")
        asked, answered = child(step, "modelInvocationInput"), child(step, "modelInvocationOutput")
        if model := text(asked, "foundationModel"):
            self._models[text(asked, "traceId") or ""] = model
        usage = child(child(answered, "metadata"), "usage")
        counts = {meter: count(usage, key) for key, meter in _METERS.items()}
        tokens = {meter: number for meter, number in counts.items() if number is not None}
        if tokens:
            model = self._models.get(text(answered, "traceId") or "")
            model = model or text(self._head.request.body, "foundationModel")
            self._parts.append({"kind": "agent_step", "model": model, "usage": tokens})


api = InvokeAgent()
