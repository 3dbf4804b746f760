"""OpenAI Live and live translation over a WebSocket: paid by the second of audio.

Live tells the seconds as a total so far, translation does not tell them at all. A session is one call, which
ends with it. What it delegates to a Responses model comes nested, with the usage of each response: a call of
its own. Of sessions over WebRTC or a phone line only the sideband is on a WebSocket, which has the same frames.
openai 3.54 types (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, text
from spantally.apis import Head, Report, Request, openai_responses
from spantally.apis._counts import whole_seconds

if TYPE_CHECKING:
    from spantally.apis import Attributes, EventReader

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
        return '.delta"' not in frame[:400] and '"session.input_audio' not in frame[:400]

    def sent(self, frame: JsonObject) -> None:
        if text(frame, "type") == "session.start":
            self._began(child(frame, "session"))

    def received(self, frame: JsonObject) -> list[Report]:
        kind = text(frame, "type")
        if kind in {"session.started", "session.created"}:
            self._began(child(frame, "session"))
        elif kind in {"session.usage.updated", "session.closed"}:
            self._count(child(frame, "usage"))
            return [self._report(complete=True)] if kind == "session.closed" else []
        elif kind == "response.event" and text(child(frame, "event"), "type") in _ANSWERED:
            response = child(child(frame, "event"), "response")
            answer = openai_responses.api.read_response(response, _NOBODY)
            if model := text(response, "model"):
                answer.attributes[_wire.REQUEST_MODEL] = model
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
        seconds = whole_seconds(usage.get("seconds"))
        self._seconds = self._seconds if seconds is None else seconds

    def _report(self, *, complete: bool) -> Report:
        self.in_turn = False
        report = Report(dict(self._attributes), complete=complete)
        if self._seconds is not None:
            report.attributes[_wire.AUDIO_SECONDS] = self._seconds
            report.has_usage = True
        return report


api = Live()
