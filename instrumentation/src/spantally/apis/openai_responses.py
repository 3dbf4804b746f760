"""OpenAI Responses, `/responses/compact` included.

A stream names usage only in its last event (`response.completed`, `.incomplete`, `.failed` …), and only
there is the service tier the one that was served; the first events say `auto`. Of one that was cut the tools
that had run are known; so they are of an answer that ended without usage (failed, cancelled).

Tool fees: newer responses count billable searches in `tool_usage`; older ones only list the calls in
`output`, where `open_page` and `find_in_page` are not billed. Tokens of the image tool are in
`tool_usage.image_gen`, not in `usage`; those of an SVG are beside its call, with their model.
openai 3.54 types (2026-11).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, children, count, parse_object, text
from spantally.apis import Report, _openai

if TYPE_CHECKING:
    from spantally._sse import ServerSentEvent
    from spantally.apis import Attributes, Head, Request

_ENDINGS = (b"completed", b"incomplete", b"failed", b"cancelled")
_LAST_EVENTS = {b"response." + ending for ending in _ENDINGS}
_FIRST_EVENT = b"response.created"
_OUTPUT = b"response.output_item.done"
_TELLING = {"type", "id", "action", "container_id", "environment", "svg_usage"}
"""What `read_tools` looks at of a call; pictures and what was found may be large."""
_ENDED = {ending.decode() for ending in _ENDINGS}


class Responses:
    """The shape. Providers that count differently override `read_usage`."""

    name = "openai.responses"
    operation = "chat"

    def fits(self, request: JsonObject) -> bool:
        return text(request, "model") is not None and isinstance(request.get("input"), (str, list))

    def read_request(self, request: Request) -> Attributes:
        attributes = _openai.read_request(request, "responses")
        body = request.body
        limit = count(body, "max_output_tokens")
        if limit is not None:
            attributes[_wire.REQUEST_MAX_TOKENS] = limit
        if effort := text(child(body, "reasoning"), "effort"):
            attributes[_wire.REQUEST_REASONING] = effort
        if previous := text(body, "previous_response_id"):
            attributes[_wire.REQUEST_PREVIOUS_RESPONSE] = previous
        conversation = text(body, "conversation") or text(child(body, "conversation"), "id")
        if conversation:
            attributes[_wire.CONVERSATION_ID] = conversation
        return attributes

    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = Report(_openai.read_identity(response))
        attributes = report.attributes
        if conversation := text(child(response, "conversation"), "id"):
            attributes[_wire.CONVERSATION_ID] = conversation
        reason = text(child(response, "incomplete_details"), "reason") or text(response, "status")
        if reason:
            attributes[_wire.FINISH_REASONS] = (reason,)
        usage = child(response, "usage")
        _openai.add_usage(report, self.read_usage(usage), usage, head)
        tools = read_tools(response)
        attributes.update(tools)
        if not report.has_usage and any(tools.values()) and text(response, "status") in _ENDED:
            report.has_usage, report.complete = True, False
        return report

    def read_stream(self, head: Head) -> _ResponsesStream:
        return _ResponsesStream(self, head)

    def read_usage(self, usage: JsonObject) -> Attributes:
        """The counts of a usage block."""
        return _openai.read_usage(usage, _openai.INPUT_OUTPUT)


class _ResponsesStream:
    """Looks inside the first event, the last one, and those that a tool's call ends with."""

    markers = (_FIRST_EVENT, _OUTPUT, *_LAST_EVENTS, b"error")

    def __init__(self, responses: Responses, head: Head) -> None:
        self._responses = responses
        self._head = head
        self._response: JsonObject = {}
        self._calls: list[JsonObject] = []
        self._done = False

    def feed(self, event: ServerSentEvent) -> None:
        kind = event.name or _kind(event.data)
        if kind == _OUTPUT and b'_call"' in event.data:
            call = child(parse_object(event.data), "item")
            self._calls.append({key: call[key] for key in _TELLING & call.keys()})
        if kind != _FIRST_EVENT and kind not in _LAST_EVENTS:
            return
        response = child(parse_object(event.data), "response")
        if response:
            self._response = response
            self._done = kind in _LAST_EVENTS

    def report(self) -> Report:
        if self._done:
            return self._responses.read_response(self._response, self._head)
        # What ran is billed; the first event's own counts of it are from before.
        cut = {**self._response, "status": "incomplete", "tool_usage": None, "output": self._calls}
        report = self._responses.read_response(cut, self._head)
        report.complete = False
        for premature in (_wire.OPENAI_RESPONSE_TIER, _wire.SERVICE_TIER, _wire.FINISH_REASONS):
            report.attributes.pop(premature, None)
        return report


def _kind(data: bytes) -> bytes:
    """The type of an event that came without an `event:` line, wherever in it."""
    may_be = any(kind in data for kind in (_FIRST_EVENT, _OUTPUT, *_LAST_EVENTS))
    return (text(parse_object(data), "type") or "").encode() if may_be else b""


def read_tools(response: JsonObject) -> Attributes:
    """Tools that OpenAI ran for this response, and the image tool's own tokens."""
    attributes: Attributes = {}
    tool_usage = child(response, "tool_usage")
    calls = children(response, "output")
    searches = count(child(tool_usage, "web_search"), "num_requests")
    if searches is None:
        listed = [call for call in calls if text(call, "type") == "web_search_call"]
        searches = sum(1 for call in listed if _is_billed_search(call)) if listed else None
    if searches is not None:
        attributes[_wire.WEB_SEARCHES] = searches
    if file_searches := sum(1 for call in calls if text(call, "type") == "file_search_call"):
        attributes[_wire.FILE_SEARCHES] = file_searches
    # The fee is for a container session, and several calls may share one.
    if containers := {name for call in calls if (name := _container(call))}:
        attributes[_wire.CODE_INTERPRETERS] = len(containers)
    drawn = [part for call in calls for part in _openai.svg_part(child(call, "svg_usage"))]
    if parts := [*_image_part(child(tool_usage, "image_gen"), response), *drawn]:
        attributes[_wire.USAGE_PARTS] = json.dumps(parts, separators=(",", ":"))
    return attributes


def _is_billed_search(call: JsonObject) -> bool:
    action = text(child(call, "action"), "type")
    return action in {None, "search"}


def _container(call: JsonObject) -> str | None:
    """The hosted container that a call ran in; None where it ran in none, or on the app's own machine."""
    kind = text(call, "type")
    if kind == "code_interpreter_call":
        return text(call, "container_id") or text(call, "id")
    return text(child(call, "environment"), "container_id") if kind == "shell_call" else None


def _image_part(usage: JsonObject, response: JsonObject) -> list[JsonObject]:
    """The image tool's tokens. Its model is known where the tool's settings name one."""
    inside, outside = child(usage, "input_tokens_details"), child(usage, "output_tokens_details")
    counts = {
        "input_tokens": count(usage, "input_tokens"),
        "cache_read_tokens": count(usage, "cached_tokens"),
        "input_image_tokens": count(inside, "image_tokens"),
        "cache_read_image_tokens": count(
            child(usage, "cached_tokens_details"), "cached_image_tokens"
        ),
        "output_tokens": count(usage, "output_tokens"),
        "output_image_tokens": count(outside, "image_tokens"),
    }
    tokens = {meter: number for meter, number in counts.items() if number}
    # An older response shows that an image was made but not what it cost: it must not look free.
    images = [
        call
        for call in children(response, "output")
        if text(call, "type") == "image_generation_call" and not child(call, "svg_usage")
    ]
    if not tokens and not images:
        return []
    tools = [
        tool for tool in children(response, "tools") if text(tool, "type") == "image_generation"
    ]
    model = text(tools[0], "model") if len(tools) == 1 else None
    return [{"kind": "image_generation", "model": model, "usage": tokens}]


api = Responses()
