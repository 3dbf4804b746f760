"""`websockets`: frames of client connections, sync and asyncio.

The hooks are on `send`, `recv` and `close` of the two connection classes of websockets 13 and later, which the
SDKs of OpenAI and Google use. A message that is sent or received in fragments is not seen, nor are
connections of the legacy classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import wrapt
from opentelemetry.instrumentation.instrumentor import BaseInstrumentor

from spantally._guard import guarded
from spantally._recognise import Outgoing
from spantally.transports._sessions import Sessions
from spantally.transports._websocket_client import WebsocketClientInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, MutableMapping
    from types import ModuleType

_MODULES = ("websockets.asyncio.client", "websockets.sync.client")
_WHOLE: tuple[type, ...] = (str, bytes, bytearray, memoryview)
"""Messages that are no fragments."""


class _Request(Protocol):
    path: str
    headers: MutableMapping[str, str]


class _Connection(Protocol):
    request: _Request | None


_patched: dict[type, dict[str, Any]] = {}


class WebsocketsInstrumentor(BaseInstrumentor):
    """LLM sessions through websockets, and through websocket-client."""

    def instrumentation_dependencies(self) -> Collection[str]:
        return ()

    def _instrument(self, **kwargs: Any) -> None:
        for module in _MODULES:
            wrapt.register_post_import_hook(_patch, module)
        WebsocketClientInstrumentor().instrument()

    def _uninstrument(self, **kwargs: Any) -> None:
        for connection, methods in _patched.items():
            for name in methods:
                delattr(connection, name)
        _patched.clear()
        WebsocketClientInstrumentor().uninstrument()


@guarded
def _patch(module: ModuleType) -> None:
    connection: type = module.ClientConnection
    if connection in _patched:
        return
    asynchronous = module.__name__.startswith("websockets.asyncio")
    wrappers = _ASYNC if asynchronous else _SYNC
    # The methods are inherited: the hooks lie over them, and are taken off by deleting them.
    _patched[connection] = {name: getattr(connection, name) for name in wrappers}
    for name, wrapper in wrappers.items():
        setattr(connection, name, wrapt.FunctionWrapper(_patched[connection][name], wrapper))


def _send(
    wrapped: Callable[..., Any],
    connection: _Connection,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    """Sync and async alike: what is sent is seen before it goes."""
    session = _sessions.of(connection)
    frame: Any = args[0] if args else kwargs.get("message")
    if session is not None and isinstance(frame, _WHOLE):
        session.sent(frame)
    return wrapped(*args, **kwargs)


def _recv(
    wrapped: Callable[..., Any],
    connection: _Connection,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    message = wrapped(*args, **kwargs)
    session = _sessions.of(connection)
    if session is not None:
        session.received(message)
    return message


async def _recv_async(
    wrapped: Callable[..., Awaitable[Any]],
    connection: _Connection,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    message = await wrapped(*args, **kwargs)
    session = _sessions.of(connection)
    if session is not None:
        session.received(message)
    return message


def _close(
    wrapped: Callable[..., Any],
    connection: _Connection,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    session = _sessions.of(connection)
    if session is not None:
        session.end()
    return wrapped(*args, **kwargs)


_SYNC: dict[str, Any] = {"send": _send, "recv": _recv, "close": _close}
_ASYNC: dict[str, Any] = {"send": _send, "recv": _recv_async, "close": _close}


def _handshake(connection: _Connection) -> Outgoing | None:
    request = connection.request
    if request is None:
        return None
    host, colon, port = request.headers.get("Host", "").rpartition(":")
    if not colon:
        host, port = port, ""
    return Outgoing(
        method="WEBSOCKET",
        host=host.lower().strip("[]"),
        port=int(port) if port.isdigit() else None,
        path=request.path.partition("?")[0],
        headers=request.headers,
        read_body=lambda: None,
    )


_sessions = Sessions(_handshake)
