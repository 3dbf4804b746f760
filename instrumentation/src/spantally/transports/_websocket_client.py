"""websocket-client: frames of its connections, by themselves and in a `WebSocketApp`, which has one inside.

What a connection was opened with is remembered when it is: it does not keep its URL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from spantally._guard import guarded
from spantally._recognise import Outgoing
from spantally.transports._patching import LibraryInstrumentor
from spantally.transports._sessions import Sessions

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from spantally._session import Session
    from spantally.transports._patching import Wrapper

_MESSAGES = {1, 2}
"""Codes of text and of bytes."""
_CLOSE = 8

_opened: WeakKeyDictionary[Any, tuple[str, Any]] = WeakKeyDictionary()
"""URL and headers, by connection."""


class WebsocketClientInstrumentor(LibraryInstrumentor):
    """LLM sessions through websocket-client."""

    package = "websocket"

    def hooks(self, module: ModuleType) -> list[tuple[type, str, Wrapper]]:
        """Other methods come down to these."""
        connection: type = module.WebSocket
        return [
            (connection, "connect", _connect),
            (connection, "send", _send),
            (connection, "recv_data_frame", _receive),
            (connection, "close", _close),
        ]


def _connect(
    wrapped: Callable[..., Any], connection: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    outcome = wrapped(*args, **kwargs)
    _remember(connection, *args, **kwargs)
    return outcome


@guarded
def _remember(connection: Any, url: str, **options: Any) -> None:
    _sessions.forget(connection)
    _opened[connection] = url, options.get("header")


def _send(
    wrapped: Callable[..., Any], connection: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    session = _sessions.of(connection)
    if session is not None:
        _sent(session, *args, **kwargs)
    return wrapped(*args, **kwargs)


@guarded
def _sent(session: Session, payload: Any, opcode: int = 1) -> None:
    if opcode in _MESSAGES:
        session.sent(payload)


def _receive(
    wrapped: Callable[..., Any], connection: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    received = wrapped(*args, **kwargs)
    _received(connection, received)
    return received


@guarded
def _received(connection: Any, received: Any) -> None:
    session = _sessions.of(connection)
    if session is None:
        return
    opcode, frame = received
    if opcode in _MESSAGES:
        session.received(frame.data)
    elif opcode == _CLOSE:
        session.end()


def _close(
    wrapped: Callable[..., Any], connection: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    _sessions.forget(connection)
    return wrapped(*args, **kwargs)


def _handshake(connection: Any) -> Outgoing | None:
    if connection not in _opened:
        return None
    url, headers = _opened[connection]
    parts = urlsplit(url)
    return Outgoing(
        method="WEBSOCKET",
        host=parts.hostname or "",
        port=parts.port,
        path=parts.path,
        headers=_by_name(headers),
        read_body=lambda: None,
    )


def _by_name(given: Any) -> dict[str, str]:
    """Headers as a mapping, or as lines."""
    if isinstance(given, dict):
        pairs = cast("dict[str, str]", given).items()
    else:
        pairs = (
            (name, value) for name, _, value in (str(line).partition(":") for line in given or ())
        )
    return {str(name).strip().lower(): str(value).strip() for name, value in pairs}


_sessions = Sessions(_handshake)
