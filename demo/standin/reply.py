"""A provider's answer before it is bytes: one JSON body, and the events that stream the same."""

from __future__ import annotations

import itertools
import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PIECE_SIZES = (300, 61, 900, 173, 45)
"""Bytes for each write of a stream: events arrive joined, and cut anywhere, as they do over TCP."""
DELTA_CHARS = 24

SNAPSHOTS = {
    "gpt-5.4": "gpt-5.4-2026-03-05",
    "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
    "gpt-5.6": "gpt-5.6-sol",
}
"""Models that answer under another name than they were asked by."""


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event."""

    data: object
    """JSON, or a string that is sent as it is."""
    name: str = ""
    usage: dict[str, object] = field(default_factory=dict[str, object])
    """The part of the usage block that the caller knows once this event has arrived."""

    def encoded(self) -> bytes:
        """The event as it goes over the wire."""
        data = self.data if isinstance(self.data, str) else json.dumps(self.data)
        name = f"event: {self.name}\n" if self.name else ""
        return f"{name}data: {data}\n\n".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A successful answer, as one body and as events; `stream` says which of them was asked for."""

    id: str
    model: str
    usage: dict[str, object]
    body: dict[str, object]
    stream: bool = False
    events: tuple[Event, ...] = ()


def pieces(events: Iterable[Event]) -> Iterator[tuple[bytes, dict[str, object]]]:
    """Bytes to write, each with the usage that has been sent in full with them."""
    sizes = itertools.cycle(PIECE_SIZES)
    waiting, sent = b"", dict[str, object]()
    for event in events:
        waiting += event.encoded()
        size = next(sizes)
        while len(waiting) > size:
            # The event's last bytes are still waiting, so its usage is not out yet.
            yield waiting[:size], sent
            waiting = waiting[size:]
            size = next(sizes)
        if event.usage:
            sent = {**sent, **event.usage}
            yield waiting, sent
            waiting = b""
    yield waiting, sent


def deltas(text: str) -> list[str]:
    """A text in the small portions that a model says it in."""
    return [text[start : start + DELTA_CHARS] for start in range(0, len(text), DELTA_CHARS)]


def new_id(prefix: str) -> str:
    """An id that no other response has, as the ledger tells responses apart by it."""
    return prefix + secrets.token_hex(12)
