"""httpx and httpx2: hooks on `Client.send` and `AsyncClient.send`.

`send` is above the transports, so custom ones (aiohttp-backed, retrying, mock) are seen too, and below
the SDKs' retries, so each attempt is. It follows redirects by itself, to where a call may begin, or tags
may not go: what it asks then is marked, and looked at where single requests are sent. The two packages
have the same shape and separate classes.
"""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, Protocol

from wrapt import FunctionWrapper

from spantally._call import Call, Current
from spantally._guard import guarded
from spantally._observe import begin
from spantally._recognise import Outgoing
from spantally._stream import AsyncTee, SyncTee
from spantally.transports._headers import Headers
from spantally.transports._httpx_without_usage import hide_usage
from spantally.transports._patching import LibraryInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from types import ModuleType

    from spantally.transports._patching import Wrapper

_NOT_SENT = {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol"}
"""Exceptions of both packages that mean: no byte of the request left."""

_REDIRECTED = "_spantally_redirected"
_FOLLOWING, _SINGLE = "_build_redirect_request", "_send_single_request"
"""Private names of httpx 0.28 and httpx2 2.16."""


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


class _Instrumentor(LibraryInstrumentor):
    def hooks(self, module: ModuleType) -> list[tuple[type, str, Wrapper]]:
        both = next((kind for kind in module.Client.__mro__ if _FOLLOWING in vars(kind)), None)
        follows = both is not None and hasattr(module.Client, _SINGLE)
        return [
            (module.Client, "send", _send),
            (module.AsyncClient, "send", _send_async),
            *([(both, _FOLLOWING, _redirect)] if both and follows else []),
        ]


class HttpxInstrumentor(_Instrumentor):
    """LLM calls through httpx."""

    package = "httpx"


class Httpx2Instrumentor(_Instrumentor):
    """LLM calls through httpx2."""

    package = "httpx2"


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


def _redirect(
    wrapped: Callable[..., Any], client: object, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    request = wrapped(*args, **kwargs)
    _mark(client, request, *args, **kwargs)
    return request


@guarded
def _mark(client: Any, redirected: Any, request: Any, *_: Any, **__: Any) -> None:
    """Have this client look at what it asks next; those that are never redirected have no hook there."""
    setattr(redirected, _REDIRECTED, True)
    if _SINGLE not in vars(client):
        single = getattr(client, _SINGLE)
        send = _send_async if iscoroutinefunction(single) else _send
        setattr(client, _SINGLE, FunctionWrapper(single, _if_redirected(send)))
    if redirected.stream is request.stream and hasattr(request, "_content"):
        redirected._content = request._content  # the body goes along, and can be read as before


def _if_redirected(send: Wrapper) -> Wrapper:
    def single(
        wrapped: Callable[..., Any], client: object, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        if args and hasattr(args[0], _REDIRECTED):
            return send(wrapped, client, args, kwargs)
        return wrapped(*args, **kwargs)

    return single


@guarded
def _begin(request: _Request, **_: Any) -> Call | None:
    url, headers = request.url, Headers(request.headers)
    call = begin(
        Outgoing(
            method=request.method,
            host=url.host,
            port=url.port,
            path=url.raw_path.partition(b"?")[0].decode("ascii"),
            headers=headers,
            read_body=lambda: _body_of(request),
            replace_body=lambda content: _replace_body(request, content),
        )
    )
    headers.let_go()
    return call


@guarded
def _observe(call: Call, response: _Response, tee: type[SyncTee | AsyncTee]) -> bool:
    headers = Headers(response.headers)
    headers.let_go()
    call.respond(response.status_code, headers)
    if response.is_closed:
        call.read(response.content)
    else:
        response.stream = tee(response.stream, call)
    if call.restore_request:
        call.restore_request()
    if call.hides_usage:
        hide_usage(response, asynchronous=tee is AsyncTee)
    return True


@guarded
def _fail(call: Call, error: BaseException) -> None:
    if call.restore_request:
        call.restore_request()
    names = {kind.__name__ for kind in type(error).__mro__}
    call.fail(error, sent=not names & _NOT_SENT)


def _body_of(request: _Request) -> bytes | None:
    """The request's body if it is in memory; a streamed upload is left alone."""
    try:
        return request.content
    except RuntimeError:  # RequestNotRead, of either package
        return _text_of_form(request)


def _text_of_form(request: Any) -> bytes | None:
    """A form without its files; None when the upload is no form. Files stay unread."""
    boundary = getattr(request.stream, "boundary", None)
    if boundary is None:
        return None
    fields = [field for field in request.stream.fields if hasattr(field, "value")]
    parts = (b"".join(field.render()) for field in fields)
    return b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in parts)


def _replace_body(request: Any, content: bytes) -> Callable[[], None]:
    """Send this body instead, and ask for an answer that is not compressed."""
    names = ("content-length", "accept-encoding")
    before = (request.stream, request.content, {name: request.headers.get(name) for name in names})

    def put(stream: object, body: bytes, headers: Mapping[str, str | None]) -> None:
        request.stream, request._content = stream, body
        for name, value in headers.items():
            if value is None:
                request.headers.pop(name, None)
            else:
                request.headers[name] = value

    other = type(request)(request.method, request.url, content=content)
    put(other.stream, content, {"content-length": str(len(content)), "accept-encoding": "identity"})
    return lambda: put(*before)
