"""OpenAI chat completions, and every server that speaks it.

A stream carries usage only when asked (`stream_options.include_usage`), in a last chunk without
choices; the other chunks then say `"usage": null`. Without it there is none, and that is not zero.
https://platform.openai.com/docs/api-reference/chat (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, children, count, parse_object, text
from spantally.apis import Report, _openai

if TYPE_CHECKING:
    from spantally._sse import ServerSentEvent
    from spantally.apis import Attributes, EventReader, Head, Request

_SIDES = ("prompt", "completion")


class ChatCompletions:
    """The shape. Providers that say or count it differently override what is below `read_stream`."""

    name = "openai.chat_completions"
    operation = "chat"

    def fits(self, request: JsonObject) -> bool:
        return text(request, "model") is not None and isinstance(request.get("messages"), list)

    def read_request(self, request: Request) -> Attributes:
        attributes = _openai.read_request(request, "chat_completions")
        body = request.body
        choices = count(body, "n")
        if choices is not None and choices != 1:
            attributes[_wire.REQUEST_CHOICES] = choices
        limit = count(body, "max_completion_tokens")
        limit = count(body, "max_tokens") if limit is None else limit
        if limit is not None:
            attributes[_wire.REQUEST_MAX_TOKENS] = limit
        if effort := text(body, "reasoning_effort"):
            attributes[_wire.REQUEST_REASONING] = effort
        return attributes

    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = Report(self.read_identity(response))
        reasons = [text(choice, "finish_reason") for choice in children(response, "choices")]
        _set_reasons(report.attributes, reasons)
        self.add_usage(report, self.find_usage(response), head)
        return report

    def read_stream(self, head: Head) -> EventReader:
        return _ChatStream(self, head)

    def read_identity(self, body: JsonObject) -> Attributes:
        """Who answered, from a response or a chunk."""
        return _openai.read_identity(body)

    def find_usage(self, body: JsonObject) -> JsonObject:
        """The usage block of a response or of a chunk; empty when it has none."""
        return child(body, "usage")

    def read_usage(self, usage: JsonObject) -> Attributes:
        """The counts of a usage block."""
        return _openai.read_usage(usage, _SIDES)

    def add_usage(self, report: Report, usage: JsonObject, head: Head) -> None:
        """Put a usage block into a report."""
        _openai.add_usage(report, self.read_usage(usage), usage, head)


_UNTIL_IDENTIFIED = (b"",)
_THEN = (
    b'"usage":{',
    b'"usage": {',
    b'"finish_reason":"',
    b'"finish_reason": "',
    b"DONE]",
    b'"error"',
)


class _ChatStream:
    """Looks inside few chunks: the first, those that finish a choice, those with usage."""

    def __init__(self, chat: ChatCompletions, head: Head) -> None:
        self._chat = chat
        self.markers = _UNTIL_IDENTIFIED
        self._head = head
        self._identity: Attributes = {}
        self._reasons: dict[int, str | None] = {}
        self._usage: JsonObject = {}
        self._done = False

    def feed(self, event: ServerSentEvent) -> None:
        self._done = self._done or event.data == b"[DONE]"
        chunk = parse_object(event.data)
        if chunk is None:
            return
        self._identity.update(self._chat.read_identity(chunk))
        if _wire.RESPONSE_MODEL in self._identity:
            self.markers = _THEN
        for choice in children(chunk, "choices"):
            if reason := text(choice, "finish_reason"):
                self._reasons[count(choice, "index") or 0] = reason
        self._usage = self._chat.find_usage(chunk) or self._usage

    def report(self) -> Report:
        report = Report(dict(self._identity), complete=self._done or bool(self._usage))
        _set_reasons(report.attributes, list(self._reasons.values()))
        self._chat.add_usage(report, self._usage, self._head)
        return report


def _set_reasons(attributes: Attributes, reasons: list[str | None]) -> None:
    known = [reason for reason in reasons if reason]
    if known:
        attributes[_wire.FINISH_REASONS] = known


api = ChatCompletions()
