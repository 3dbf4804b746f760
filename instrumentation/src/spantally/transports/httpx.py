"""httpx and httpx2: hooks on `Client.send` and `AsyncClient.send`.

`send` is above the transports, so custom ones (aiohttp-backed, retrying, mock) are seen too, and below
the SDKs' retries, so each attempt is. The two packages have the same shape and separate classes; and
`httpx2.alias_httpx()` can make one module be the other, so a class is patched once by its identity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import wrapt
from opentelemetry.instrumentation.instrumentor import BaseInstrumentor

from spantally._call import Call, Current
from spantally._guard import guarded
from spantally._observe import begin
from spantally._recognise import Outgoing
from spantally._stream import AsyncTee, SyncTee

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping
    from types import ModuleType

_NOT_SENT = {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol"}
"""Exceptions of both packages that mean: no byte of the request left."""

_patched: dict[type, Any] = {}


class _Url(Protocol):
    host: str
    port: int | None
    raw_path: bytes


class _Request(Protocol):
    method: str
    url: _Url
    headers: Any

    @property
    def content(self) -> bytes: ...


class _Response(Protocol):
    status_code: int
    headers: Mapping[str, str]
    is_closed: bool
    content: bytes
    stream: Any


class _Instrumentor(BaseInstrumentor):
    """Patches one of the two packages when the app imports it."""

    package: str

    def instrumentation_dependencies(self) -> Collection[str]:
        return ()

    def _instrument(self, **kwargs: Any) -> None:
        wrapt.register_post_import_hook(_patch, self.package)

    def _uninstrument(self, **kwargs: Any) -> None:
        for client in [client for client in _patched if client.__module__.startswith(self.package)]:
            client.send = _patched.pop(client)


class HttpxInstrumentor(_Instrumentor):
    """LLM calls through httpx."""

    package = "httpx"


class Httpx2Instrumentor(_Instrumentor):
    """LLM calls through httpx2."""

    package = "httpx2"


@guarded
def _patch(module: ModuleType) -> None:
    for client, wrapper in ((module.Client, _send), (module.AsyncClient, _send_async)):
        if client not in _patched:
            _patched[client] = client.send
            client.send = wrapt.FunctionWrapper(client.send, wrapper)


def _send(
    wrapped: Callable[..., _Response], client: object, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> _Response:
    call = _begin(*args, **kwargs)
    if call is None:
        return wrapped(*args, **kwargs)
    try:
        with Current(call):
            response = wrapped(*args, **kwargs)
    except BaseException as error:
        _fail(call, error)
        raise
    if not _observe(call, response, SyncTee):
        call.end()
    return response


async def _send_async(
    wrapped: Callable[..., Awaitable[_Response]],
    client: object,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> _Response:
    call = _begin(*args, **kwargs)
    if call is None:
        return await wrapped(*args, **kwargs)
    try:
        with Current(call):
            response = await wrapped(*args, **kwargs)
    except BaseException as error:
        _fail(call, error)
        raise
    if not _observe(call, response, AsyncTee):
        call.end()
    return response


@guarded
def _begin(request: _Request, **_: Any) -> Call | None:
    url = request.url
    return begin(
        Outgoing(
            method=request.method,
            host=url.host,
            port=url.port,
            path=url.raw_path.partition(b"?")[0].decode("ascii"),
            headers=request.headers,
            read_body=lambda: _body_of(request),
        )
    )


@guarded
def _observe(call: Call, response: _Response, tee: type[SyncTee | AsyncTee]) -> bool:
    call.respond(response.status_code, response.headers)
    if response.is_closed:
        call.read(response.content)
    else:
        response.stream = tee(response.stream, call)
    return True


@guarded
def _fail(call: Call, error: BaseException) -> None:
    names = {kind.__name__ for kind in type(error).__mro__}
    call.fail(error, sent=not names & _NOT_SENT)


def _body_of(request: _Request) -> bytes | None:
    """The request's body if it is in memory; a streamed upload is left alone."""
    try:
        return request.content
    except RuntimeError:  # RequestNotRead, of either package
        return None
