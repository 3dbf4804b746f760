"""One file for each API: from the bodies that went over the wire to span attributes.

An API is a shape (OpenAI's chat completions, Anthropic's messages); whose host speaks it, under which path, is
said in `providers/`. Readers are pure: JSON in, attributes out; no network, no clock, no span. They make
input inclusive (cached and written tokens are part of it) and output inclusive (reasoning is part of it) as
the conventions want, and leave out what the provider did not report.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally._json import JsonObject
    from spantally._sse import ServerSentEvent

Attributes: TypeAlias = dict[str, str | bool | int | float | list[str]]


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked."""

    body: JsonObject = field(default_factory=dict[str, object])
    """The JSON body, or the text fields of a form; empty when it was not there to be read."""
    path: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the placeholders of the endpoint's path stand for, unescaped: `{"model": "gemini-3-flash"}`."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Header names are lower case."""


@dataclass(frozen=True, slots=True)
class Head:
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
    more: list[Report] = field(default_factory=list["Report"])
    """Further calls that one body tells about (the results of a batch); each becomes a span of its own."""


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

    name: str
    """As in `spantally.api`: `openai.chat_completions`."""
    operation: str
    """As in `gen_ai.operation.name`."""

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
