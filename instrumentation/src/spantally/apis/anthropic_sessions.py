"""Anthropic's managed agents: a session's events tell of every request that it made to a model.

`span.model_request_end` has the counts of one request, as Messages does; it is a call, counted once by the
event's id, whether it comes in the stream or in the list of past events. The model is that of the session, or
of the thread whose events these are (`_agents.py`). What judges an outcome (`span.outcome_evaluation_end`) is a
sum over requests of a model that is not named. Creating a session or sending it a message costs nothing by
itself; the time that a session runs is paid, too, and told only as a running total (`session.usage`): it is
not read.
anthropic 2.12 types, https://platform.claude.com/docs/en/managed-agents/session-observability (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, children, parse_object, text
from spantally.apis import EventReader, Report, _agents
from spantally.apis.anthropic_messages import read_usage

if TYPE_CHECKING:
    from spantally._sse import ServerSentEvent
    from spantally.apis import Attributes, Head, Request

_ENDS = {"span.model_request_end": "model_usage", "span.outcome_evaluation_end": "usage"}
"""Events with counts, and the field that has them."""


class Sessions:
    """The shape of sessions, threads, and their events."""

    name = "anthropic.sessions"
    operation = "chat"

    def fits(self, request: JsonObject) -> bool:
        return False

    def read_request(self, request: Request) -> Attributes:
        session = request.path.get("session")
        return {_wire.CONVERSATION_ID: session} if session else {}

    def read_response(self, response: JsonObject, head: Head) -> Report:
        rows = children(response, "data") or [response]
        for row in rows:
            learn(row)
        calls = [call for row in rows if (call := read_event(row, head)) is not None]
        created = text(response, "id") if text(response, "type") == "session" else None
        return _agents.report_of(created or head.request.path.get("session"), calls)

    def read_stream(self, head: Head) -> EventReader:
        return _SessionEvents(head)


class _SessionEvents:
    """Looks inside the events that have counts."""

    markers = (b"model_request_end", b"outcome_evaluation_end", b"error")

    def __init__(self, head: Head) -> None:
        self._head = head
        self._calls: list[Report] = []

    def feed(self, event: ServerSentEvent) -> None:
        if any(marker in event.data for marker in self.markers):
            call = read_event(parse_object(event.data) or {}, self._head)
            if call is not None:
                self._calls.append(call)

    def report(self) -> Report:
        return _agents.report_of(self._head.request.path.get("session"), self._calls)


def learn(said: JsonObject) -> None:
    """Remember the model of the agent of a session or of a thread."""
    config = child(child(said, "agent"), "model")
    names = {
        "id": _wire.REQUEST_MODEL,
        "speed": _wire.SPEED,
        "inference_geo": _wire.INFERENCE_GEO,
    }
    found = {name: value for key, name in names.items() if (value := text(config, key))}
    _agents.learn(text(said, "id"), {**found})


def read_event(event: JsonObject, head: Head) -> Report | None:
    """A request to a model that has ended; None for any other event."""
    kind = text(event, "type") or ""
    usage = child(event, _ENDS.get(kind, ""))
    counts = read_usage(usage)
    if not counts:
        return None
    where = head.request.path
    known = _agents.known_of(where.get("thread") or where.get("session"))
    report = Report(counts, has_usage=True)
    if kind == "span.model_request_end":
        report.attributes.update(known)
    if speed := text(usage, "speed"):
        report.attributes[_wire.SPEED] = speed
    if event_id := text(event, "id"):
        report.attributes[_wire.RESPONSE_ID] = event_id
    return report


api = Sessions()
