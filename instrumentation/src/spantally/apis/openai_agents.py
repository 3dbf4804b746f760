"""OpenAI's hosted agents: a session works in turns, and each turn's usage is told when it is over.

Told by the session's events, by the list of its turns, or by a turn that is looked at; a turn is a call,
counted once by its id. Creating a session or sending it a message costs nothing by itself. Which model a turn
ran on is said of the agent (`_agents.py`). The provider calls the counts best effort.
openai 3.54 types (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, children, parse_object, text
from spantally.apis import EventReader, Report, _agents, _openai

if TYPE_CHECKING:
    from spantally._sse import ServerSentEvent
    from spantally.apis import Attributes, Head, Request

_OVER = {"completed", "failed", "cancelled"}


class Agents:
    """The shape of agents, sessions and turns, alone or in a list."""

    name = "openai.agents"
    operation = "invoke_agent"

    def fits(self, request: JsonObject) -> bool:
        return False

    def read_request(self, request: Request) -> Attributes:
        session = request.path.get("session")
        return {_wire.CONVERSATION_ID: session} if session else {}

    def read_response(self, response: JsonObject, head: Head) -> Report:
        learn(response)
        rows = children(response, "data") or [response]
        turns = [turn for row in rows if (turn := read_turn(row, {})) is not None]
        created = text(response, "id") if text(response, "object") == "agent.session" else None
        return _agents.report_of(created or head.request.path.get("session"), turns)

    def read_stream(self, head: Head) -> EventReader:
        return _SessionEvents(head.request.path.get("session"))


class _SessionEvents:
    """Looks inside the events that have a session or the end of a turn."""

    markers = (b"turn.completed", b"turn.failed", b"turn.cancelled", b'"agent":', b"error")

    def __init__(self, session: str | None) -> None:
        self._session = session
        self._turns: list[Report] = []

    def feed(self, event: ServerSentEvent) -> None:
        data = parse_object(event.data)
        if session := child(data, "session"):
            learn(session)
            self._session = self._session or text(session, "id")
        turn = read_turn(child(data, "turn"), child(data, "usage"))
        if turn is not None:
            self._turns.append(turn)

    def report(self) -> Report:
        return _agents.report_of(self._session, self._turns)


def learn(said: JsonObject) -> None:
    """Remember the model of an agent, or of a session, which may have changed its agent's."""
    agent = child(said, "agent") or said
    names = {"model": _wire.REQUEST_MODEL, "service_tier": _wire.REQUEST_TIER}
    found = {name: value for key, name in names.items() if (value := text(agent, key))}
    if found.get(_wire.REQUEST_TIER) == "auto":
        del found[_wire.REQUEST_TIER]
    _agents.learn(text(said, "id"), {**found})


def read_turn(turn: JsonObject, by_the_root: JsonObject) -> Report | None:
    """A turn that is over; None for anything else. Its event may count for it."""
    status = text(turn, "status")
    if text(turn, "object") != "agent.session.turn" or status not in _OVER:
        return None
    root = None if text(turn, "subagent_id") else text(turn, "session_id")
    counts = _openai.read_usage(child(turn, "usage") or by_the_root, _openai.INPUT_OUTPUT)
    report = Report({**_agents.known_of(root, text(turn, "agent_id")), **counts})
    report.has_usage = bool(counts)
    report.attributes[_wire.FINISH_REASONS] = (status,)
    names = {"id": _wire.RESPONSE_ID, "session_id": _wire.CONVERSATION_ID}
    for key, name in names.items():
        if value := text(turn, key):
            report.attributes[name] = value
    return report


api = Agents()
