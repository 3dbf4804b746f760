"""`websockets`: frames of client connections, sync and asyncio.

The hooks are on `send`, `recv` and `close` of the two connection classes of websockets 13 and later, which the
SDKs of OpenAI and Google use. A message that is sent or received in fragments is not seen, nor are
connections of the legacy classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakKeyDictionary, finalize

import wrapt
from opentelemetry.instrumentation.instrumentor import BaseInstrumentor

from spantally._guard import guarded
from spantally._recognise import Outgoing
from spantally._session import open_session

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, MutableMapping
    from types import ModuleType

    from spantally._session import Session

_MODULES = ("websockets.asyncio.client", "websockets.sync.client")


class _Request(Protocol):
    path: str
    headers: MutableMapping[str, str]


class _Connection(Protocol):
    request: _Request | None


_sessions: WeakKeyDictionary[_Connection, Session | None] = WeakKeyDictionary()
_patched: dict[type, dict[str, Any]] = {}


class WebsocketsInstrumentor(BaseInstrumentor):
    """LLM sessions through websockets."""

    def instrumentation_dependencies(self) -> Collection[str]:
        return ()

    def _instrument(self, **kwargs: Any) -> None:
        for module in _MODULES:
            wrapt.register_post_import_hook(_patch, module)

    def _uninstrument(self, **kwargs: Any) -> None:
        for connection, methods in _patched.items():
            for name in methods:
                delattr(connection, name)
        _patched.clear()


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
    session = _session_of(connection)
    if session is not None and args and isinstance(args[0], (str, bytes)):
        session.sent(args[0])
    return wrapped(*args, **kwargs)


def _recv(
    wrapped: Callable[..., Any],
    connection: _Connection,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    message = wrapped(*args, **kwargs)
    session = _session_of(connection)
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
    session = _session_of(connection)
    if session is not None:
        session.received(message)
    return message


def _close(
    wrapped: Callable[..., Any],
    connection: _Connection,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    session = _session_of(connection)
    if session is not None:
        session.end()
    return wrapped(*args, **kwargs)


_SYNC: dict[str, Any] = {"send": _send, "recv": _recv, "close": _close}
_ASYNC: dict[str, Any] = {"send": _send, "recv": _recv_async, "close": _close}


@guarded
def _session_of(connection: _Connection) -> Session | None:
    """The session of a connection, opened when its first frame passes."""
    if connection not in _sessions:
        session = _open(connection)
        _sessions[connection] = session
        if session is not None:
            finalize(connection, session.end)
    return _sessions[connection]


def _open(connection: _Connection) -> Session | None:
    request = connection.request
    if request is None:
        return None
    host, colon, port = request.headers.get("Host", "").rpartition(":")
    if not colon:
        host, port = port, ""
    return open_session(
        Outgoing(
            method="WEBSOCKET",
            host=host.lower().strip("[]"),
            port=int(port) if port.isdigit() else None,
            path=request.path.partition("?")[0],
            headers=request.headers,
            read_body=lambda: None,
        )
    )
