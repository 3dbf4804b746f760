"""A real WebSocket server on loopback that says what it is told, and recorded sessions to say."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from support.recordings import FOLDER
from websockets.sync.server import ServerConnection, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

Frame = tuple[str, str]
"""`sent` or `received`, as the app sees it, and the text."""


@dataclass(frozen=True)
class RecordedSession:
    """One connection, frame by frame."""

    name: str
    provider: str
    url: str
    frames: tuple[Frame, ...]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    def events(self, direction: str = "received") -> list[dict[str, Any]]:
        return [json.loads(text) for way, text in self.frames if way == direction]


def recorded_sessions() -> list[RecordedSession]:
    """Every recording of a WebSocket session there is; empty where the folder is absent."""
    found: list[RecordedSession] = []
    for path in sorted(FOLDER.glob("*.json")):
        document = json.loads(path.read_text())
        if "websocket" in document:
            frames = tuple((f["direction"], _text(f["data"])) for f in document["websocket"])
            url = document["request"]["url"]
            found.append(RecordedSession(path.stem, document["provider"], url, frames))
    return found


def _text(data: Any) -> str:
    return data if isinstance(data, str) else json.dumps(data)


@contextmanager
def say(frames: tuple[Frame, ...]) -> Iterator[int]:
    """Serve one session a connection; its port. What the app should send is waited for."""

    def talk(connection: ServerConnection) -> None:
        for way, text in frames:
            if way == "received":
                connection.send(text)
            else:
                connection.recv(timeout=10)

    with serve(talk, "127.0.0.1", 0, max_size=None) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.socket.getsockname()[1]
        finally:
            server.shutdown()
            thread.join()
