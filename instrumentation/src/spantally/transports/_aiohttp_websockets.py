"""aiohttp's WebSockets: the frames of client connections, whichever method sends or receives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spantally._guard import guarded
from spantally._recognise import Outgoing
from spantally.transports._sessions import Sessions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import ModuleType

    from spantally.transports._patching import Wrapper

_OVER = {"CLOSE", "CLOSING", "CLOSED", "ERROR"}


def hooks(module: ModuleType) -> list[tuple[type, str, Wrapper]]:
    """Other methods (JSON, iteration) come down to these."""
    connection: type = module.ClientWebSocketResponse
    return [
        (connection, "send_str", _send),
        (connection, "send_bytes", _send),
        (connection, "receive", _receive),
        (connection, "close", _close),
    ]


def _send(
    wrapped: Callable[..., Any], connection: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    session = _sessions.of(connection)
    if session is not None:
        session.sent(args[0] if args else kwargs.get("data", ""))
    return wrapped(*args, **kwargs)


async def _receive(
    wrapped: Callable[..., Awaitable[Any]],
    connection: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    message = await wrapped(*args, **kwargs)
    _take(connection, message)
    return message


@guarded
def _take(connection: Any, message: Any) -> None:
    session = _sessions.of(connection)
    if session is None:
        return
    if message.type.name in {"TEXT", "BINARY"}:
        session.received(message.data)
    elif message.type.name in _OVER:
        session.end()


def _close(
    wrapped: Callable[..., Any], connection: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    session = _sessions.of(connection)
    if session is not None:
        session.end()
    return wrapped(*args, **kwargs)


def _handshake(connection: Any) -> Outgoing:
    response = connection._response
    url = response.url
    return Outgoing(
        method="WEBSOCKET",
        host=url.host or "",
        port=None if url.is_default_port() else url.port,
        path=url.raw_path,
        headers=response.request_info.headers,
        read_body=lambda: None,
    )


_sessions = Sessions(_handshake)
