"""OpenAI speech: text in, sound out.

The sound itself says nothing about usage. The older models are paid by the characters of the request's
`input`, which is counted here and not kept; models that are paid by tokens report them only in
`stream_format: sse`. https://platform.openai.com/docs/api-reference/audio/createSpeech (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, parse_object, text
from spantally.apis import Report, _openai

if TYPE_CHECKING:
    from spantally._sse import ServerSentEvent
    from spantally.apis import Attributes, Head, Request


class Speech:
    """The shape. A provider that has the text elsewhere overrides `said_in`."""

    name = "openai.speech"
    operation = "speech"
    said_in = "input"
    """The field of the request that has the text."""

    def fits(self, request: JsonObject) -> bool:
        wanted = (text(request, "model"), text(request, "input"), text(request, "voice"))
        return None not in wanted

    def read_request(self, request: Request) -> Attributes:
        return _openai.read_request(request)

    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = Report()
        usage = child(response, "usage")
        counts = _openai.read_usage(usage, _openai.INPUT_OUTPUT)
        said = text(head.request.body, self.said_in)
        if not counts and said and head.status < 300:
            counts[_wire.INPUT_CHARACTERS] = len(said)
        _openai.add_usage(report, counts, usage, head)
        return report

    def read_stream(self, head: Head) -> _SpeechStream:
        return _SpeechStream(self, head)


class _SpeechStream:
    """Looks inside the last event only; what comes before is sound."""

    markers = (b"speech.audio.done", b"error")

    def __init__(self, speech: Speech, head: Head) -> None:
        self._speech = speech
        self._head = head
        self._last: JsonObject = {}

    def feed(self, event: ServerSentEvent) -> None:
        if b"speech.audio.done" in event.data[:200] or event.name == b"speech.audio.done":
            self._last = parse_object(event.data) or self._last

    def report(self) -> Report:
        # The characters are paid for however much of the sound was heard.
        return self._speech.read_response(self._last, self._head)


api = Speech()
