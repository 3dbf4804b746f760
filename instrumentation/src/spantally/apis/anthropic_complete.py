"""Anthropic's legacy text completions: neither the answer nor its stream has any count.

https://platform.claude.com/docs/en/api/complete (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, count, parse_object, text
from spantally.apis import Report

if TYPE_CHECKING:
    from spantally._sse import ServerSentEvent
    from spantally.apis import Attributes, Head, Request


class Complete:
    """The shape."""

    name = "anthropic.complete"
    operation = "text_completion"

    def fits(self, request: JsonObject) -> bool:
        return "prompt" in request and "max_tokens_to_sample" in request

    def read_request(self, request: Request) -> Attributes:
        body = request.body
        attributes: Attributes = {}
        if model := text(body, "model"):
            attributes[_wire.REQUEST_MODEL] = model
        if body.get("stream") is True:
            attributes[_wire.REQUEST_STREAM] = True
        limit = count(body, "max_tokens_to_sample")
        if limit is not None:
            attributes[_wire.REQUEST_MAX_TOKENS] = limit
        return attributes

    def read_response(self, response: JsonObject, head: Head) -> Report:
        attributes: Attributes = {}
        for key, name in (("model", _wire.RESPONSE_MODEL), ("id", _wire.RESPONSE_ID)):
            if value := text(response, key):
                attributes[name] = value
        if reason := text(response, "stop_reason"):
            attributes[_wire.FINISH_REASONS] = (reason,)
        return Report(attributes)

    def read_stream(self, head: Head) -> _CompletionStream:
        return _CompletionStream(self, head)


class _CompletionStream:
    """Looks inside the first event and the last one."""

    def __init__(self, complete: Complete, head: Head) -> None:
        self.markers: tuple[bytes, ...] = (b"",)
        self._complete = complete
        self._head = head
        self._last: JsonObject = {}

    def feed(self, event: ServerSentEvent) -> None:
        completion = parse_object(event.data)
        if text(completion, "type") == "completion" or text(completion, "model"):
            self._last = completion or {}
            if b'"completion":' in event.data:
                self.markers = (b'"stop_reason":"', b'"stop_reason": "', b"error")

    def report(self) -> Report:
        return self._complete.read_response(self._last, self._head)


api = Complete()
