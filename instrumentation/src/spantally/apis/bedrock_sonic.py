"""Bedrock's stream in both directions (Nova Sonic): a spoken conversation, one call as long as it lasts.

`usageEvent` has the totals of the session so far, speech and text apart; the last one counts. The events are
JSON, base64 within the frames of an event stream.
https://docs.aws.amazon.com/nova/latest/userguide/output-events.html (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, parse_object, text
from spantally.apis import Report, _bedrock
from spantally.apis._counts import counts_of

if TYPE_CHECKING:
    from spantally._sse import ServerSentEvent
    from spantally.apis import Attributes, Head, Request

_TOTALS = {"totalInputTokens": _wire.INPUT_TOKENS, "totalOutputTokens": _wire.OUTPUT_TOKENS}
_SIDES = {
    "input": {"speechTokens": _wire.AUDIO_INPUT, "textTokens": _wire.TEXT_INPUT},
    "output": {"speechTokens": _wire.AUDIO_OUTPUT, "textTokens": _wire.TEXT_OUTPUT},
}


class BidirectionalStream:
    """The shape."""

    name = "bedrock.bidirectional_stream"
    operation = "chat"

    def fits(self, request: JsonObject) -> bool:
        return False

    def read_request(self, request: Request) -> Attributes:
        return {**_bedrock.read_request(request), _wire.REQUEST_STREAM: True}

    def read_response(self, response: JsonObject, head: Head) -> Report:
        return Report(_bedrock.read_head(head))

    def read_stream(self, head: Head) -> _Conversation:
        return _Conversation(head)


class _Conversation:
    """Remembers the last total, and whether an answer is under way."""

    markers = (b"",)

    def __init__(self, head: Head) -> None:
        self._head = head
        self._usage: JsonObject = {}
        self._answering = False
        self._reason: str | None = None

    def feed(self, event: ServerSentEvent) -> None:
        said = child(parse_object(_bedrock.payload(event.data)), "event")
        if usage := child(said, "usageEvent"):
            self._usage = usage
        elif "completionStart" in said:
            self._answering = True
        elif end := child(said, "completionEnd"):
            self._answering, self._reason = False, text(end, "stopReason")

    def report(self) -> Report:
        report = api.read_response({}, self._head)
        total = child(child(self._usage, "details"), "total")
        counts = counts_of(self._usage, _TOTALS)
        for side, names in _SIDES.items():
            counts |= counts_of(child(total, side), names)
        report.attributes.update(counts)
        if session := text(self._usage, "sessionId"):
            report.attributes[_wire.CONVERSATION_ID] = session
        if self._reason:
            report.attributes[_wire.FINISH_REASONS] = (self._reason,)
        report.has_usage = bool(counts)
        report.complete = not self._answering
        return report


api = BidirectionalStream()
