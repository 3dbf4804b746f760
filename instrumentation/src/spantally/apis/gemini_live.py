"""Gemini Live: JSON frames over a WebSocket; `usageMetadata` comes beside any frame, once for an answer.

An answer ends when its turn is complete, when it calls the app's tools, and when it is interrupted; its usage
comes with that frame or just after, and is no total of the session. Names differ from `generateContent`: the
answer is `responseTokenCount`. Thoughts are beside it, as there; searches are repeated in several frames.
https://ai.google.dev/api/live, types of google-genai 3.4 (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, text
from spantally.apis import Head, Report, Request, _gemini

if TYPE_CHECKING:
    from spantally.apis import Attributes, EventReader

_TELLING = (
    "setup",
    "usageMetadata",
    "Turn",
    "turnComplete",
    "toolCall",
    "interrupted",
    "grounding",
)
_ENDS = ("turnComplete", "interrupted")
_HANDSHAKE = Head(Request(), 101, {})


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
        self._grounding: JsonObject = {}

    def wants(self, frame: str) -> bool:
        # Audio is long; what matters is at the edges of a frame or in short ones.
        edges = frame if len(frame) < 1000 else frame[:300] + frame[-3000:]
        return any(name in edges for name in _TELLING)

    def sent(self, frame: JsonObject) -> None:
        self._model = text(child(frame, "setup"), "model") or self._model

    def received(self, frame: JsonObject) -> list[Report]:
        content = child(frame, "serverContent")
        speaks = bool(content.get("modelTurn"))
        # What came after an answer had ended is of that one, and not to be lost to the next.
        late = [self._answer()] if speaks and self._usage and not self.in_turn else []
        self._usage = child(frame, "usageMetadata") or self._usage
        self._grounding = _gemini.merged(self._grounding, child(content, "groundingMetadata"))
        if speaks:
            self.in_turn, self._turn_is_over = True, False
        if "toolCall" in frame or any(content.get(end) is True for end in _ENDS):
            self._turn_is_over = True
        return [*late, self._answer()] if self._turn_is_over and self._usage else late

    def end(self) -> list[Report]:
        if not (self.in_turn or self._usage):
            return []
        report = self._answer()
        report.complete = False
        return [report]

    def _answer(self) -> Report:
        usage, self._usage = self._usage, {}
        grounding, self._grounding = self._grounding, {}
        self.in_turn = self._turn_is_over = False
        usage.setdefault("candidatesTokenCount", usage.get("responseTokenCount"))
        counts = _gemini.read_usage(usage)
        attributes = counts | _gemini.read_tier(usage, _HANDSHAKE)
        model = self._model.rpartition("/")[2]  # `models/…`; at Vertex AI a whole path
        if model:
            attributes[_wire.REQUEST_MODEL] = attributes[_wire.RESPONSE_MODEL] = model
        attributes.update(_gemini.read_grounding([grounding], model))
        return Report(attributes, has_usage=bool(counts))


api = Live()
