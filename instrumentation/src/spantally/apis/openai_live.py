"""OpenAI Live and live translation over a WebSocket: paid by the second of audio.

Live tells the seconds as a total so far, translation does not tell them at all. A session is one call, which
ends with it. What it delegates to a Responses model or asks a Decisions model comes nested, with the usage of
each answer: a call of its own. Of sessions over WebRTC or a phone line only the sideband is on a WebSocket, and
has the same frames from when it was attached.
openai 3.54 types (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, text
from spantally.apis import Head, Report, Request, openai_decisions, openai_responses
from spantally.apis._counts import whole_seconds

if TYPE_CHECKING:
    from spantally.apis import Api, Attributes, EventReader

_TELLING = {"session.started", "session.created", "session.updated", "session.closed"}
"""Frames that describe the session."""
_COUNTING = {"session.usage.updated", "session.closed"}
_ANSWERED = {"response.completed", "response.incomplete", "response.failed"}
_NOBODY = Head(Request(), 200, {})


class Live:
    """The shape."""

    name = "openai.live"
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
        return Session()


class Session:
    """Frames of one connection, read in order."""

    def __init__(self) -> None:
        self.in_turn = False
        self._attributes: Attributes = {}
        self._seconds: int | None = None

    def wants(self, frame: str) -> bool:
        start = frame[:400]
        if '"decision.event"' in start:  # which names the delta of a transcript that led to it
            return True
        return '.delta"' not in start and '"session.input_audio' not in start

    def sent(self, frame: JsonObject) -> None:
        if text(frame, "type") == "session.start":
            self._began(child(frame, "session"))

    def received(self, frame: JsonObject) -> list[Report]:
        kind, event = text(frame, "type"), child(frame, "event")
        if kind in _TELLING:
            self._began(child(frame, "session"))
        if kind in _COUNTING:
            self._count(child(frame, "usage"))
        if kind == "session.closed":
            return [self._report(complete=True)]
        if kind == "response.event" and text(event, "type") in _ANSWERED:
            return [_nested(openai_responses.api, child(event, "response"))]
        if kind == "decision.event":
            answer = _nested(openai_decisions.api, child(event, "decision"))
            if event_id := text(frame, "event_id"):
                answer.attributes[_wire.RESPONSE_ID] = event_id  # a decision has no id
            return [answer]
        return []

    def end(self) -> list[Report]:
        return [self._report(complete=False)] if self.in_turn else []

    def _began(self, session: JsonObject) -> None:
        self.in_turn = True
        if model := text(session, "model"):
            self._attributes[_wire.REQUEST_MODEL] = model
            self._attributes[_wire.RESPONSE_MODEL] = model
        if session_id := text(session, "id"):
            self._attributes[_wire.RESPONSE_ID] = session_id

    def _count(self, usage: JsonObject) -> None:
        self.in_turn = True
        seconds = whole_seconds(usage.get("seconds"))
        self._seconds = self._seconds if seconds is None else seconds

    def _report(self, *, complete: bool) -> Report:
        self.in_turn = False
        report = Report(dict(self._attributes), complete=complete)
        if self._seconds is not None:
            report.attributes[_wire.AUDIO_SECONDS] = self._seconds
            report.has_usage = True
        return report


def _nested(api: Api, answered: JsonObject) -> Report:
    report = api.read_response(answered, _NOBODY)
    if model := text(answered, "model"):
        report.attributes[_wire.REQUEST_MODEL] = model
    return report


api = Live()
