"""OpenAI chat completions, and every server that speaks it.

A stream carries usage only when asked (`stream_options.include_usage`), in a last chunk without
choices; the other chunks then say `"usage": null`. Without it there is none, and that is not zero.
https://platform.openai.com/docs/api-reference/chat (2026-11)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, children, count, parse_object, text
from spantally.apis import Report, _openai

if TYPE_CHECKING:
    from spantally._sse import ServerSentEvent
    from spantally.apis import Attributes, EventReader, Head, Request


class ChatCompletions:
    """The shape. Providers that say or count it differently override what is below `read_stream`."""

    name = "openai.chat_completions"
    operation = "chat"

    def fits(self, request: JsonObject) -> bool:
        # A server that has one model (llama.cpp) wants no name of it.
        return isinstance(request.get("messages"), list)

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
        return _openai.read_usage(usage, _openai.PROMPT_COMPLETION)

    def add_usage(self, report: Report, usage: JsonObject, head: Head) -> None:
        """Put a usage block into a report."""
        _openai.add_usage(report, self.read_usage(usage), usage, head)


_UNTIL_IDENTIFIED = (b"",)
_FINISH = (b'"finish_reason":"', b'"finish_reason": "')
_THEN = (b'"usage":{', b'"usage": {', *_FINISH, b"DONE]", b'"error"')
_SOME_USAGE = re.compile(rb'"usage"\s*:\s*\{\s*"')
"""In the chunk itself or further in; others of it may be null."""


class _ChatStream:
    """Looks inside few chunks: the first, those that finish a choice, and the last one with usage.

    Some providers repeat cumulative usage in every chunk (Perplexity, DeepSeek): each but the last is dropped
    unparsed, and what it said is final only if a choice had finished or none was in the chunk. What a chunk
    leaves out stands as an earlier one had it: the prompt may be told first, and the completion last.
    """

    def __init__(self, chat: ChatCompletions, head: Head) -> None:
        self._chat = chat
        self.markers = _UNTIL_IDENTIFIED
        self._head = head
        self._identity: Attributes = {}
        self._reasons: dict[int, str | None] = {}
        self._usage: JsonObject = {}
        self._held = b""
        self._done = False
        self._is_final = False

    def feed(self, event: ServerSentEvent) -> None:
        data = event.data
        if data.startswith(b"[DONE]"):
            self._done = True
        elif self.markers is _UNTIL_IDENTIFIED or any(marker in data for marker in _FINISH):
            self._take_held()
            self._take(data)
        elif b'"usage"' in data and _SOME_USAGE.search(data):
            self._held = data

    def report(self) -> Report:
        self._take_held()
        report = Report(dict(self._identity), complete=self._done or self._is_final)
        _set_reasons(report.attributes, [self._reasons[n] for n in sorted(self._reasons)])
        self._chat.add_usage(report, self._usage, self._head)
        if not report.complete:
            report.attributes.pop(_wire.STATED_COST, None)  # of as much as had come by then
            report.attributes.pop(_wire.STATED_COST_SOURCE, None)
        return report

    def _take_held(self) -> None:
        if self._held:
            self._take(self._held)
            self._held = b""

    def _take(self, data: bytes) -> None:
        chunk = parse_object(data)
        if chunk is None:
            return
        self._identity.update(self._chat.read_identity(chunk))
        if _wire.RESPONSE_MODEL in self._identity and b'"choices":' in data:
            self.markers = (
                _THEN  # otherwise its colons stand apart, and the markers are not to be found
            )
        choices = children(chunk, "choices")
        for choice in choices:
            if reason := text(choice, "finish_reason"):
                self._reasons[count(choice, "index") or 0] = reason
        if usage := self._chat.find_usage(chunk):
            said = {field: value for field, value in usage.items() if value is not None}
            self._usage = {**self._usage, **said}
            self._is_final = bool(self._reasons) or not choices


def _set_reasons(attributes: Attributes, reasons: list[str | None]) -> None:
    known = tuple(filter(None, reasons))
    if known:
        attributes[_wire.FINISH_REASONS] = known


api = ChatCompletions()
