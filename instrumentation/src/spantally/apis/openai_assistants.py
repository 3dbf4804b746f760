"""OpenAI assistants (superseded by Responses): runs of a thread.

A run states its usage once it is over: in the last event of a stream, or when it is asked for again. The usage
of a run's steps is contained in it. openai 3.54 types (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, count, parse_object, text
from spantally.apis import Report, _openai

if TYPE_CHECKING:
    from spantally._sse import ServerSentEvent
    from spantally.apis import Attributes, Head, Request


class Runs:
    """The shape."""

    name = "openai.assistants"
    operation = "chat"

    def fits(self, request: JsonObject) -> bool:
        return text(request, "assistant_id") is not None

    def read_request(self, request: Request) -> Attributes:
        attributes = _openai.read_request(request)
        limit = count(request.body, "max_completion_tokens")
        if limit is not None:
            attributes[_wire.REQUEST_MAX_TOKENS] = limit
        if thread := request.path.get("thread"):
            attributes[_wire.CONVERSATION_ID] = thread
        return attributes

    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = Report(_openai.read_identity(response))
        if thread := text(response, "thread_id"):
            report.attributes[_wire.CONVERSATION_ID] = thread
        if status := text(response, "status"):
            reason = text(child(response, "incomplete_details"), "reason")
            report.attributes[_wire.FINISH_REASONS] = (reason or status,)
        usage = child(response, "usage")
        counts = _openai.read_usage(usage, _openai.PROMPT_COMPLETION)
        # `prompt_token_details` is the name here, with one plural less than elsewhere.
        cached = count(child(usage, "prompt_token_details"), "cached_tokens")
        if cached is not None:
            counts[_wire.CACHE_READ] = cached
        _openai.add_usage(report, counts, usage, head)
        return report

    def read_stream(self, head: Head) -> _RunStream:
        return _RunStream(self, head)


class _RunStream:
    """Looks inside events about the run, not those about its steps and messages."""

    markers = (b"event: thread.run.", b"event:thread.run.", b"error")

    def __init__(self, runs: Runs, head: Head) -> None:
        self._runs = runs
        self._head = head
        self._run: JsonObject = {}

    def feed(self, event: ServerSentEvent) -> None:
        if event.name.startswith(b"thread.run.") and not event.name.startswith(b"thread.run.step"):
            self._run = parse_object(event.data) or self._run

    def report(self) -> Report:
        report = self._runs.read_response(self._run, self._head)
        report.complete = bool(child(self._run, "usage"))
        return report


api = Runs()
