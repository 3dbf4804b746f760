"""Bedrock Converse, whole and streamed: one shape for every model.

Usage, tier, latency and the guardrail's trace are in the body, or in the stream's last event
(`metadata`); nothing comes before it. The body does not name the model: it is in the path, and behind a
prompt router the trace says which one answered. Web searches of Nova's grounding tool are counted by
nobody, so its calls in the answer are.
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, children, count, parse_object, text
from spantally.apis import Report, _bedrock
from spantally.apis._stated_cost import read_stated_cost

if TYPE_CHECKING:
    from spantally._sse import ServerSentEvent
    from spantally.apis import Attributes, Head, Request

_GROUNDING_TOOL = "nova_grounding"


class Converse:
    """The shape."""

    name = "bedrock.converse"
    operation = "chat"

    def __init__(self, *, streams: bool = False) -> None:
        self._streams = streams

    def fits(self, request: JsonObject) -> bool:
        messages = children(request, "messages")
        return bool(messages) and all(isinstance(m.get("content"), list) for m in messages)

    def read_request(self, request: Request) -> Attributes:
        attributes = _bedrock.read_request(request)
        if self._streams:
            attributes[_wire.REQUEST_STREAM] = True
        limit = count(child(request.body, "inferenceConfig"), "maxTokens")
        if limit is not None:
            attributes[_wire.REQUEST_MAX_TOKENS] = limit
        if tier := text(child(request.body, "serviceTier"), "type"):
            attributes[_wire.REQUEST_TIER] = tier
        return attributes

    def read_response(self, response: JsonObject, head: Head) -> Report:
        content = children(child(child(response, "output"), "message"), "content")
        report = self.read(response, head)
        _count_searches(report, [child(block, "toolUse") for block in content])
        return report

    def read_stream(self, head: Head) -> _ConverseStream:
        return _ConverseStream(self, head)

    def read(self, response: JsonObject, head: Head) -> Report:
        """All but the content."""
        usage = child(response, "usage")
        counts = _bedrock.read_usage(usage)
        report = Report({**_bedrock.read_head(head), **counts}, has_usage=bool(counts))
        report.attributes.update(read_stated_cost(usage, head.headers))  # a gateway's
        trace = child(response, "trace")
        said = {
            _wire.RESPONSE_MODEL: text(child(trace, "promptRouter"), "invokedModelId"),
            _wire.SERVICE_TIER: text(child(response, "serviceTier"), "type"),
            _wire.SPEED: text(child(response, "performanceConfig"), "latency"),
        }
        report.attributes.update({name: value for name, value in said.items() if value})
        if reason := text(response, "stopReason"):
            report.attributes[_wire.FINISH_REASONS] = (reason,)
        if head.status < 300:
            asked = bool(head.request.body.get("guardrailConfig"))
            _bedrock.add_guardrail(report, child(trace, "guardrail"), asked=asked)
        return report


class _ConverseStream:
    """Looks inside the events that start a block, stop the message, and the last one."""

    markers = (b"",)

    def __init__(self, converse: Converse, head: Head) -> None:
        self._converse = converse
        self._head = head
        self._response: JsonObject = {}
        self._tools: list[JsonObject] = []
        self._done = False

    def feed(self, event: ServerSentEvent) -> None:
        if event.name == b"contentBlockStart":
            self._tools.append(child(child(parse_object(event.data), "start"), "toolUse"))
        elif event.name == b"messageStop":
            self._response.update(parse_object(event.data) or {})
        elif event.name == b"metadata":
            self._response.update(parse_object(event.data) or {})
            self._done = True

    def report(self) -> Report:
        report = self._converse.read(self._response, self._head)
        report.complete = self._done
        _count_searches(report, self._tools)
        return report


def _count_searches(report: Report, tools: list[JsonObject]) -> None:
    searches = sum(
        1
        for tool in tools
        if text(tool, "type") == "server_tool_use" and text(tool, "name") == _GROUNDING_TOOL
    )
    if searches:
        report.attributes[_wire.WEB_SEARCHES] = searches


api = Converse()
streaming = Converse(streams=True)
