"""One file for each API: from the bodies that went over the wire to span attributes.

An API is a shape (OpenAI's chat completions, Anthropic's messages); whose host speaks it, under which path, is
said in `providers/`. Readers are pure: JSON in, attributes out; no network, no clock, no span. They make
input inclusive (cached and written tokens are part of it) and output inclusive (reasoning is part of it) as
the conventions want, and leave out what the provider did not report.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spantally._json import JsonObject
    from spantally._sse import ServerSentEvent

_NOTHING: Any = MappingProxyType[str, Any]({})

_COUNTS = ("gen_ai.usage.", "spantally.usage.")

Attributes: TypeAlias = dict[str, str | bool | int | float | tuple[str, ...]]


class Request(NamedTuple):
    """What was asked."""

    body: JsonObject = _NOTHING
    """The JSON body, or the text fields of a form; empty when it was not there to be read."""
    path: Mapping[str, str] = _NOTHING
    """What the placeholders of the endpoint's path stand for, unescaped: `{"model": "gemini-3-flash"}`."""
    headers: Mapping[str, str] = _NOTHING
    """Header names are lower case."""


class Head(NamedTuple):
    """What is known of a response before its body."""

    request: Request
    status: int
    headers: Mapping[str, str]
    """Header names are lower case."""


@dataclass(slots=True)
class Report:
    """What a provider said about one call."""

    attributes: Attributes = field(default_factory=Attributes)
    """Span attributes by their names in `_wire`."""
    has_usage: bool = False
    """Whether the provider reported any count."""
    complete: bool = True
    """Whether these are the final counts."""
    more: Sequence[Report] = ()
    """Further calls that one body tells about (the results of a batch); each becomes a span of its own."""
    settled: bool = True
    """Of one of those: whether it stands if the rest of the body never comes."""
    open_ended: bool = False
    """Whether the body goes on until somebody stops reading it, so that a cut takes nothing from it."""
    is_billed: bool = True
    """Whether what was counted is paid for."""
    leads_to: tuple[str, ...] = ()
    """Ids under which the results of what this call ordered will be fetched."""

    @property
    def source(self) -> str:
        """As in `spantally.usage.source`; tools that ran are some of what it cost, and not all of it."""
        if self.has_usage:
            return "provider" if self.complete else "partial"
        counted = any(
            type(value) is int and value and name.startswith(_COUNTS)
            for name, value in self.attributes.items()
        )
        return "partial" if counted else "missing"


class EventReader(Protocol):
    """Reads one streamed response, event by event, or one JSON document of many."""

    @property
    def markers(self) -> tuple[bytes, ...]:
        """Events that contain none of these need not be fed; `b""` is in every event."""
        ...

    def feed(self, event: ServerSentEvent) -> None:
        """Take the next event."""
        ...

    def report(self) -> Report:
        """What has been said up to now."""
        ...


class Api(Protocol):
    """The shape of one API."""

    @property
    def name(self) -> str:
        """As in `spantally.api`: `openai.chat_completions`."""
        ...

    @property
    def operation(self) -> str:
        """As in `gen_ai.operation.name`."""
        ...

    def fits(self, request: JsonObject) -> bool:
        """Whether a request body has this API's shape; asked where the host says nothing."""
        ...

    def read_request(self, request: Request) -> Attributes:
        """What was asked for."""
        ...

    def read_response(self, response: JsonObject, head: Head) -> Report:
        """What came back, from a whole JSON body; empty where the body is no JSON (audio)."""
        ...

    def read_stream(self, head: Head) -> EventReader | None:
        """A reader for a streamed response; None when this API does not stream."""
        ...


class SessionReader(Protocol):
    """Reads the frames of one session, in which many calls are made."""

    @property
    def in_turn(self) -> bool:
        """Whether the model is at work."""
        ...

    def wants(self, frame: str) -> bool:
        """Whether a frame may matter; most are audio, and are seen to be dull from outside."""
        ...

    def sent(self, frame: JsonObject) -> None:
        """The app said something."""
        ...

    def received(self, frame: JsonObject) -> list[Report]:
        """The provider said something; the calls that ended with it."""
        ...

    def end(self) -> list[Report]:
        """The session is over; the calls that it cut."""
        ...


@runtime_checkable
class SessionApi(Protocol):
    """The shape of an API whose calls are made in a session of frames."""

    def read_session(self) -> SessionReader:
        """A reader for one session."""
        ...
