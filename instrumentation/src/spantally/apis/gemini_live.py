"""Gemini Live: JSON frames over a WebSocket; `usageMetadata` of a turn comes with its end, or just after.

Names differ from `generateContent`: the answer is `responseTokenCount`. Thoughts are beside it, as there.
https://ai.google.dev/api/live (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, text
from spantally.apis import Report, _gemini

if TYPE_CHECKING:
    from spantally.apis import Attributes, EventReader, Head, Request


class Live:
    """The shape."""

    name = "gemini.live"
    operation = "generate_content"

    def fits(self, request: JsonObject) -> bool:
        return False  # a handshake says nothing; only known and configured hosts are believed

    def read_request(self, request: Request) -> Attributes:
        return {}

    def read_response(self, response: JsonObject, head: Head) -> Report:
        return Report()

    def read_stream(self, head: Head) -> EventReader | None:
        return None

    def read_session(self) -> _Session:
        return _Session()


class _Session:
    def __init__(self) -> None:
        self.in_turn = False
        self._turn_is_over = False
        self._model = ""
        self._usage: JsonObject = {}

    def wants(self, frame: str) -> bool:
        # Audio is long; what matters is at the edges of a frame or in short ones.
        edges = frame if len(frame) < 1000 else frame[:300] + frame[-3000:]
        return any(name in edges for name in ("setup", "usageMetadata", "turnComplete", "Turn"))

    def sent(self, frame: JsonObject) -> None:
        self._model = text(child(frame, "setup"), "model") or self._model

    def received(self, frame: JsonObject) -> list[Report]:
        content = child(frame, "serverContent")
        usage = child(frame, "usageMetadata")
        self._usage = usage or self._usage
        if content.get("modelTurn"):
            self.in_turn, self._turn_is_over = True, False
        if content.get("turnComplete") is True:
            self._turn_is_over = True
        return [self._answer()] if self._turn_is_over and self._usage else []

    def end(self) -> list[Report]:
        if not (self.in_turn or self._usage):
            return []
        report = self._answer()
        report.complete = False
        return [report]

    def _answer(self) -> Report:
        usage, self._usage = self._usage, {}
        self.in_turn = self._turn_is_over = False
        usage.setdefault("candidatesTokenCount", usage.get("responseTokenCount"))
        counts = _gemini.read_usage(usage)
        attributes: Attributes = {}
        if self._model:
            attributes[_wire.REQUEST_MODEL] = self._model.removeprefix("models/")
            attributes[_wire.RESPONSE_MODEL] = attributes[_wire.REQUEST_MODEL]
        return Report(attributes | counts, has_usage=bool(counts))


api = Live()
