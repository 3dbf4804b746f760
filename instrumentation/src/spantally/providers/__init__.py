"""One file for each provider API: from the bodies that went over the wire to span attributes.

Readers are pure: JSON in, attributes out; no network, no clock, no span. They make input inclusive
(cached and written tokens are part of it) as the conventions want, and leave out what the provider
did not report. `APIS` is found by looking at the modules beside this one: each exposes `api`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally._json import JsonObject
    from spantally._sse import ServerSentEvent

Attributes: TypeAlias = dict[str, str | bool | int | float | list[str]]


@dataclass(slots=True)
class Report:
    """What a provider said about one call."""

    attributes: Attributes = field(default_factory=Attributes)
    """Span attributes by their names in `_wire`."""
    has_usage: bool = False
    """Whether the provider reported any count."""
    complete: bool = True
    """Whether these are the final counts."""


class EventReader(Protocol):
    """Reads one streamed response, event by event."""

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
    """One API of one provider."""

    name: str
    """As in `spantally.api`: `openai.chat_completions`."""
    provider: str
    """As in `gen_ai.provider.name`."""
    operation: str
    """As in `gen_ai.operation.name`."""
    paths: tuple[str, ...]
    """Paths on the provider's own host. Elsewhere a path that ends so is recognised too."""

    def owns_host(self, host: str) -> bool:
        """Whether this host is the provider's own."""
        ...

    def fits(self, request: JsonObject) -> bool:
        """Whether a request body has this API's shape; asked where the host says nothing."""
        ...

    def read_host(self, host: str) -> Attributes:
        """What the provider's own host says about price (data residency)."""
        ...

    def read_request(self, request: JsonObject) -> Attributes:
        """What was asked for."""
        ...

    def read_response(self, response: JsonObject, headers: Mapping[str, str]) -> Report:
        """What came back, from a whole JSON body."""
        ...

    def read_stream(self, headers: Mapping[str, str]) -> EventReader | None:
        """A reader for a streamed response; None when this API does not stream."""
        ...


def _discover() -> tuple[Api, ...]:
    names = sorted(module.name for module in iter_modules(__path__))
    modules = (import_module(f"{__name__}.{name}") for name in names if not name.startswith("_"))
    return tuple(module.api for module in modules)


APIS: tuple[Api, ...] = _discover()
