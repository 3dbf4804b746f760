"""A session of frames (WebSocket) in which a model is asked many times: a span for each answer.

It does no I/O. The answer's parent, and whom it is for, are those of the moment when the app last sent
something: a session outlives the request in which it was opened.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from opentelemetry import context as otel_context
from opentelemetry import trace

from spantally import _wire
from spantally._call import start_attributes
from spantally._guard import guarded
from spantally._json import parse_object
from spantally._recognise import recognise
from spantally._retrievals import retrievals
from spantally._signals import read_keys
from spantally._tracing import start_span
from spantally.apis import SessionApi

if TYPE_CHECKING:
    from spantally._recognise import Outgoing
    from spantally.apis import Attributes, Report, SessionReader


def open_session(handshake: Outgoing) -> Session | None:
    """The session that this handshake opened; None when it is no LLM session."""
    recognised = recognise(handshake)
    if recognised is None:
        return None
    api = recognised.place.endpoint.api
    if not isinstance(api, SessionApi):
        return None
    return Session(
        api.read_session(), start_attributes(recognised, handshake, read_keys(handshake.headers)[0])
    )


class Session:
    """The frames of one connection. Times are those at which frames pass."""

    def __init__(self, reader: SessionReader, attributes: Attributes) -> None:
        self._reader = reader
        self._attributes = attributes
        self._context = otel_context.get_current()
        self._began_ns = 0
        self._ended = False

    @guarded
    def sent(self, frame: str | bytes) -> None:
        """A frame goes to the provider."""
        self._context = otel_context.get_current()
        text = _text(frame)
        if self._reader.wants(text) and (parsed := parse_object(text)) is not None:
            self._reader.sent(parsed)
            self._mark()

    @guarded
    def received(self, frame: str | bytes) -> None:
        """A frame came from the provider."""
        text = _text(frame)
        if self._reader.wants(text) and (parsed := parse_object(text)) is not None:
            for report in self._reader.received(parsed):
                self._emit(report)
            self._mark()

    @guarded
    def end(self) -> None:
        """The connection is closed. Only the first end counts."""
        if self._ended:
            return
        self._ended = True
        for report in self._reader.end():
            self._emit(report)

    def _mark(self) -> None:
        if not self._reader.in_turn:
            self._began_ns = 0
        elif not self._began_ns:
            self._began_ns = time.time_ns()

    def _emit(self, report: Report) -> None:
        attributes: Attributes = {**self._attributes, **report.attributes}
        response_id = str(attributes.get(_wire.RESPONSE_ID) or "")
        if response_id and retrievals.is_reported(response_id):
            return
        attributes[_wire.USAGE_SOURCE] = report.source
        span = start_span(attributes, self._context, self._began_ns or None)
        if _wire.ERROR_TYPE in attributes:
            span.set_status(trace.StatusCode.ERROR)
        span.end()
        self._began_ns = 0
        if response_id and report.has_usage:
            retrievals.reported(response_id)


def _text(frame: str | bytes) -> str:
    return frame if isinstance(frame, str) else bytes(frame).decode(errors="replace")
