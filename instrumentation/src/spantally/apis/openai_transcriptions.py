"""OpenAI transcriptions and translations of speech.

Usage is either tokens or the seconds of the audio (`usage.type`). whisper-1 states its seconds only in
`verbose_json`, as `duration`; its text formats state nothing. Paid seconds are whole.
https://platform.openai.com/docs/api-reference/audio, openai 3.54 types (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, parse_object, text
from spantally.apis import Report, _openai
from spantally.apis._counts import counts_of, whole_seconds

if TYPE_CHECKING:
    from spantally._sse import ServerSentEvent
    from spantally.apis import Attributes, Head, Request

_NAMES = {"input_tokens": _wire.INPUT_TOKENS, "output_tokens": _wire.OUTPUT_TOKENS}
_INPUT_NAMES = {"text_tokens": _wire.TEXT_INPUT, "audio_tokens": _wire.AUDIO_INPUT}


class Transcriptions:
    """The shape. Providers that count differently override `read_usage` or `last_event`."""

    name = "openai.transcriptions"
    operation = "transcription"
    last_event = b"transcript.text.done"

    def fits(self, request: JsonObject) -> bool:
        return text(request, "model") is not None and "messages" not in request

    def read_request(self, request: Request) -> Attributes:
        return _openai.read_request(request)

    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = Report(_openai.read_identity(response))
        _openai.add_usage(report, self.read_usage(response), child(response, "usage"), head)
        return report

    def read_stream(self, head: Head) -> _TranscriptStream:
        return _TranscriptStream(self, head)

    def read_usage(self, response: JsonObject) -> Attributes:
        """The counts of a response, or of the last event."""
        usage = child(response, "usage")
        # `input_token_details` is the name here, with one plural less than elsewhere.
        inside = child(usage, "input_token_details") or child(usage, "input_tokens_details")
        counts = counts_of(usage, _NAMES) | counts_of(inside, _INPUT_NAMES)
        if counts:
            return counts
        seconds = whole_seconds(usage.get("seconds"))
        seconds = whole_seconds(response.get("duration")) if seconds is None else seconds
        return {} if seconds is None else {_wire.AUDIO_SECONDS: seconds}


class _TranscriptStream:
    """Looks inside the last event only."""

    def __init__(self, transcriptions: Transcriptions, head: Head) -> None:
        self._transcriptions = transcriptions
        self._marker = transcriptions.last_event
        self.markers = (self._marker, b"error")
        self._head = head
        self._last: JsonObject = {}

    def feed(self, event: ServerSentEvent) -> None:
        if self._marker in event.data or event.name == self._marker:
            self._last = parse_object(event.data) or self._last

    def report(self) -> Report:
        report = self._transcriptions.read_response(self._last, self._head)
        report.complete = bool(self._last)
        return report


api = Transcriptions()
