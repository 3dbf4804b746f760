"""OpenAI Realtime, Azure's and xAI's, and Responses over a WebSocket: JSON frames, each with a `type`.

`response.done` has the usage of one answer, with audio, text and cached parts, cancelled answers included
(xAI has it beside the response, empty inside). The transcription of what the user said is another model's
work with a usage of its own. openai 3.54 types; https://docs.x.ai/docs/guides/voice (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, count, text
from spantally.apis import Report, _openai, openai_responses
from spantally.apis._counts import whole_seconds

if TYPE_CHECKING:
    from spantally.apis import Attributes, EventReader, Head, Request

_ENDS = {"response.done", "response.completed", "response.incomplete", "response.failed"}
_SETTINGS = {
    f"{what}session.{done}"
    for what in ("", "transcription_")  # the latter until 2025, where nothing is answered
    for done in ("update", "updated", "created")
}
_TRANSCRIBED = "conversation.item.input_audio_transcription.completed"


class Realtime:
    """The shape. Providers that count differently override `read_usage`."""

    name = "openai.realtime"
    operation = "chat"

    def fits(self, request: JsonObject) -> bool:
        return False  # a handshake says nothing; only known and configured hosts are believed

    def read_request(self, request: Request) -> Attributes:
        return {}

    def read_response(self, response: JsonObject, head: Head) -> Report:
        return Report()

    def read_stream(self, head: Head) -> EventReader | None:
        return None

    def read_session(self) -> Session:
        return Session(self)

    def read_usage(self, usage: JsonObject, messages: int = 0) -> Attributes:
        """The counts of a usage block: `input_token_details`, cached audio and images apart.

        Args:
            usage: As the provider sent it.
            messages: Text messages that the app sent since the last answer.
        """
        inside = child(usage, "input_token_details") or child(usage, "input_tokens_details")
        outside = child(usage, "output_token_details") or child(usage, "output_tokens_details")
        sides = {"input_tokens_details": inside, "output_tokens_details": outside}
        cached = child(inside, "cached_tokens_details")
        more = {
            _wire.AUDIO_CACHE_READ: count(cached, "audio_tokens"),
            _wire.IMAGE_CACHE_READ: count(cached, "image_tokens"),
        }
        counts = _openai.read_usage({**usage, **sides}, _openai.INPUT_OUTPUT)
        return counts | {name: number for name, number in more.items() if number is not None}


class Session:
    """Frames of one connection, read in order."""

    def __init__(self, realtime: Realtime) -> None:
        self._realtime = realtime
        self.in_turn = False
        self._model = ""
        self._transcriber = ""
        self._running: dict[str, JsonObject] = {}
        self._messages = 0

    def wants(self, frame: str) -> bool:
        return '.delta"' not in frame[:400] and '"input_audio_buffer.' not in frame[:400]

    def sent(self, frame: JsonObject) -> None:
        kind = text(frame, "type")
        if kind in _SETTINGS:
            self._read_session(child(frame, "session"))
        elif kind == "conversation.item.create":
            self._messages += text(child(frame, "item"), "type") == "message"
        elif kind == "response.create":
            self.in_turn = True
            # Responses over a WebSocket name the model with every question.
            self._model = text(frame, "model") or self._model

    def received(self, frame: JsonObject) -> list[Report]:
        kind = text(frame, "type") or ""
        if kind in _SETTINGS:
            self._read_session(child(frame, "session"))
        elif kind == "response.created":
            response = child(frame, "response")
            self.in_turn, self._running[text(response, "id") or ""] = True, response
        elif kind in _ENDS:
            return [self._answer(frame)]
        elif kind == _TRANSCRIBED and (usage := child(frame, "usage")):
            return [self._transcription(frame, usage)]
        return []

    def end(self) -> list[Report]:
        return [Report(self._identity(one), complete=False) for one in self._running.values()]

    def _read_session(self, session: JsonObject) -> None:
        self._model = text(session, "model") or self._model
        heard = child(child(session, "audio"), "input")
        transcription = child(heard, "transcription") or child(session, "input_audio_transcription")
        self._transcriber = text(transcription, "model") or self._transcriber

    def _identity(self, response: JsonObject) -> Attributes:
        attributes = _openai.read_identity(response)
        if self._model:
            attributes[_wire.REQUEST_MODEL] = self._model
            attributes.setdefault(_wire.RESPONSE_MODEL, self._model)
        if conversation := text(response, "conversation_id"):
            attributes[_wire.CONVERSATION_ID] = conversation
        return attributes

    def _answer(self, frame: JsonObject) -> Report:
        response = child(frame, "response")
        self._running.pop(text(response, "id") or "", None)
        self.in_turn = bool(self._running)
        attributes = self._identity(response)
        status, details = text(response, "status"), child(response, "status_details")
        reason = text(child(response, "incomplete_details"), "reason")  # of Responses
        reason = reason or (text(details, "reason") if status == "incomplete" else None) or status
        if reason:
            attributes[_wire.FINISH_REASONS] = (reason,)
        error = text(child(details, "error"), "type")
        if error := error or text(child(response, "error"), "code"):  # Realtime's, Responses'
            attributes[_wire.ERROR_TYPE] = error
        usage = child(response, "usage") or child(frame, "usage")
        counts = self._realtime.read_usage(usage, self._messages)
        self._messages = 0
        attributes.update(counts)
        attributes.update(openai_responses.read_tools(response))
        return Report(attributes, has_usage=bool(counts))

    def _transcription(self, frame: JsonObject, usage: JsonObject) -> Report:
        attributes: Attributes = {}
        if self._transcriber:
            attributes[_wire.REQUEST_MODEL] = self._transcriber
            attributes[_wire.RESPONSE_MODEL] = self._transcriber
        if item := text(frame, "item_id"):
            # The answer's id is another one; the item's, with the part's, is as lasting.
            attributes[_wire.RESPONSE_ID] = f"{item}#{count(frame, 'content_index') or 0}"
        counts = self._realtime.read_usage(usage)
        seconds = whole_seconds(usage.get("seconds"))
        if seconds is not None:
            counts[_wire.AUDIO_SECONDS] = seconds
        attributes.update(counts)
        return Report(attributes, has_usage=bool(counts))


api = Realtime()
