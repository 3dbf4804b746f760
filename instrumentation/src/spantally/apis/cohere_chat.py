"""Cohere chat, both versions, and the older generate.

Streams: version 2 sends server-sent events and says usage in `message-end`; version 1 sends JSON lines
and repeats the whole response in `stream-end`. The response never names the model.
https://docs.cohere.com/reference/chat (2026-11)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, children, parse_object, text
from spantally.apis import _cohere

if TYPE_CHECKING:
    from spantally._sse import ServerSentEvent
    from spantally.apis import Attributes, Head, Report, Request


@dataclass(frozen=True)
class CohereChat:
    """The shape of `/v1/chat`, `/v2/chat` and `/v1/generate`."""

    name: str = "cohere.chat"
    operation: str = "chat"

    def fits(self, request: JsonObject) -> bool:
        return text(request, "model") is not None and bool(
            request.keys() & {"messages", "message", "prompt"}
        )

    def read_request(self, request: Request) -> Attributes:
        return _cohere.read_request(request)

    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = _cohere.read_response(response)
        generations = children(response, "generations")
        reasons = [reason for one in generations if (reason := text(one, "finish_reason"))]
        if reasons:
            report.attributes[_wire.FINISH_REASONS] = tuple(reasons)
        return report

    def read_stream(self, head: Head) -> _ChatStream:
        return _ChatStream(self, head)


class _ChatStream:
    """Looks inside the first event and the last one."""

    markers = (b"message-start", b"message-end", b"stream-start", b"stream-end")

    def __init__(self, chat: CohereChat, head: Head) -> None:
        self._chat = chat
        self._head = head
        self._response: JsonObject = {}
        self._done = False

    def feed(self, event: ServerSentEvent) -> None:
        if not any(marker in event.data for marker in self.markers):
            return
        body = parse_object(event.data)
        kind = text(body, "type") or text(body, "event_type")
        if kind in {"message-start", "stream-start"}:
            self._response.update({"id": (body or {}).get("id")})
        elif kind == "message-end":
            self._response.update(child(body, "delta"))
            self._done = True
        elif kind == "stream-end":
            self._response.update(child(body, "response"))
            self._done = True

    def report(self) -> Report:
        report = self._chat.read_response(self._response, self._head)
        report.complete = self._done
        return report


api = CohereChat()
generate = CohereChat("cohere.generate", "text_completion")
