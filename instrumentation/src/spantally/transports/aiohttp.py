"""aiohttp: a hook on `ClientSession._request`, which every way to make a request comes down to.

Redirects are followed inside it. The body is seen by a tee around the response's `content`, which has been
decoded by then unless the session was told not to. Headers that the session itself adds to every request
are read, but cannot be taken off here.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, cast

from spantally._call import Call, Current
from spantally._guard import guarded
from spantally._hosts import is_internal
from spantally._observe import begin, take_off
from spantally._recognise import Outgoing
from spantally._stream import Tee
from spantally.transports import _aiohttp_websockets
from spantally.transports._patching import LibraryInstrumentor
from spantally.transports._requests import AnyCase, body_in_memory

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import ModuleType

    from spantally.transports._patching import Wrapper

_TAKEN_ALONG = ("baggage", "traceparent")
_NOT_SENT = {
    "ClientConnectorError", "ConnectionTimeoutError", "ServerFingerprintMismatch", "InvalidURL",
    "NonHttpUrlClientError", "ClientHttpProxyError",
}  # fmt: skip
"""Exceptions that mean: no byte of the request left."""


class AiohttpInstrumentor(LibraryInstrumentor):
    """LLM calls through aiohttp."""

    package = "aiohttp"

    def hooks(self, module: ModuleType) -> list[tuple[type, str, Wrapper]]:
        """Everything goes through a session; each hop of a redirect is a request of its own."""
        return [
            (module.ClientSession, "_request", _request),
            (module.ClientRequest, "__init__", _hop),
            *_aiohttp_websockets.hooks(module),
        ]


async def _request(
    wrapped: Callable[..., Awaitable[Any]],
    session: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    begun = _begin(session, kwargs, *args)
    if begun is None:
        return await wrapped(*args, **kwargs)
    call, changed = begun
    try:
        with Current(call):
            response = await wrapped(*args, **{**kwargs, **changed})
    except BaseException as error:
        _fail(call, error)
        raise
    if not observe(call, response, decoded=_is_decoded(session, kwargs) is not False):
        call.end()
    return response


def _hop(
    wrapped: Callable[..., None], hop: object, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    _clean(kwargs, *args)
    wrapped(*args, **kwargs)


@guarded
def _clean(given: dict[str, Any], _: str, url: Any, **__: Any) -> None:
    """What a redirect takes along: aiohttp sends the headers of the first request again."""
    headers: MutableMapping[str, str] = given.get("headers") or {}
    host = str(url.host or "")
    if any(name in headers for name in _TAKEN_ALONG) and not is_internal(host):
        take_off(host, headers)


@guarded
def _begin(
    session: Any, kwargs: dict[str, Any], method: str, str_or_url: Any
) -> tuple[Call, dict[str, Any]] | None:
    """The call, and what to send in place of what the app gave."""
    url = session._build_url(str_or_url)
    headers = _headers(session.headers, kwargs.get("headers"))
    changed: dict[str, Any] = {}

    def replace_body(content: bytes) -> Callable[[], None]:
        changed.update(data=content, json=None)
        headers.setdefault("content-type", "application/json")
        if "content-length" in headers:
            headers["content-length"] = str(len(content))
        headers["accept-encoding"] = "identity"
        return changed.clear

    data = kwargs.get("data")
    call = begin(
        Outgoing(
            method=method.upper(),
            host=url.host or "",
            port=None if url.is_default_port() else url.port,
            path=url.raw_path,
            headers=headers,
            read_body=lambda: _body_of(session, kwargs.get("json"), data),
            replace_body=replace_body if data is None or body_in_memory(data) else None,
        )
    )
    if call is None:
        return None
    if headers.changed is not None:
        changed["headers"] = headers.changed
    return call, changed


def _headers(default: Any, given: Any) -> AnyCase:
    own = cast("Any", given if isinstance(given, MutableMapping) else dict(given or ()))
    return AnyCase({**default, **own} if default else own)


def _body_of(session: Any, document: Any, data: Any) -> bytes | None:
    """The request's body if it is in memory. The text fields of a form are given as a JSON object."""
    if document is not None:
        return session.json_serialize(document).encode()
    fields: Any = getattr(data, "_fields", None)  # of aiohttp.FormData, in 3.8 to 3.14
    if fields is not None:
        data = {options["name"]: value for options, _, value in fields}
    if isinstance(data, Mapping):
        form = cast("Mapping[str, object]", data)
        return json.dumps({name: v for name, v in form.items() if isinstance(v, str)}).encode()
    return body_in_memory(getattr(data, "_value", data))  # aiohttp's own payloads keep it there


@guarded
def _is_decoded(session: Any, kwargs: dict[str, Any]) -> bool:
    asked = kwargs.get("auto_decompress")
    return session.auto_decompress if asked is None else asked


@guarded
def _fail(call: Call, error: BaseException) -> None:
    names = {kind.__name__ for kind in type(error).__mro__}
    if "ClientResponseError" in names and error.__cause__ is None:
        refusal: Any = error  # by raise_for_status
        call.respond(refusal.status, refusal.headers or {})
        call.end()
    else:
        call.fail(error, sent=_NOT_SENT.isdisjoint(names))


@guarded
def observe(call: Call, response: Any, *, decoded: bool) -> bool:
    """Let the call see a response: what was read of it already, or what will be."""
    call.respond(response.status, response.headers)
    body = response._body  # read already by a callback of the app's
    if body is not None:
        feed = call.feed_decoded if decoded else call.feed
        feed(body)
        call.end()
    else:
        response.content = StreamTee(response.content, call, decoded=decoded)
    if call.hides_usage and (decoded or not response.headers.get("content-encoding")):
        from spantally.transports._aiohttp_without_usage import hide_usage  # noqa: PLC0415 - needs aiohttp

        hide_usage(response)
    return True


class StreamTee(Tee):
    """Around an `aiohttp.StreamReader`."""

    _self_decoded: bool
    _self_cancelled: BaseException | None
    _self_methods: Any

    def __init__(self, stream: Any, call: Call, *, decoded: bool) -> None:
        super().__init__(stream, call)
        self._self_decoded = decoded
        self._self_cancelled = None
        self._self_methods = stream.__class__  # called with the tee, they read through the tee

    async def read(self, n: int = -1) -> bytes:
        """Read at most `n` bytes, or to the end."""
        return self._saw(await self._watch(self.__wrapped__.read(n)), last=n < 0)

    async def readany(self) -> bytes:
        """Read what is there."""
        return self._saw(await self._watch(self.__wrapped__.readany()))

    async def readchunk(self) -> tuple[bytes, bool]:
        """Read to the end of the chunk that was sent."""
        data, ends_chunk = await self._watch(self.__wrapped__.readchunk())
        return self._saw(data), ends_chunk

    async def readline(self, **how: Any) -> bytes:
        """Read a line."""
        return self._saw(await self._watch(self.__wrapped__.readline(**how)))

    async def readuntil(self, *separator: bytes, **how: Any) -> bytes:
        """Read up to a separator."""
        return self._saw(await self._watch(self.__wrapped__.readuntil(*separator, **how)))

    async def readexactly(self, n: int) -> bytes:
        """Read `n` bytes, no less."""
        try:
            data = await self._watch(self.__wrapped__.readexactly(n))
        except asyncio.IncompleteReadError as error:
            self._saw(error.partial, last=True)
            raise
        return self._saw(data)

    def read_nowait(self, n: int = -1) -> bytes:
        """Read what has come already."""
        return self._saw(self.__wrapped__.read_nowait(n))

    def iter_chunked(self, n: int) -> Any:
        """Pieces of at most `n` bytes."""
        return self._self_methods.iter_chunked(self, n)

    def iter_any(self) -> Any:
        """Pieces as they come."""
        return self._self_methods.iter_any(self)

    def iter_chunks(self) -> Any:
        """Pieces as they come, and whether each ends a chunk that was sent."""
        return self._self_methods.iter_chunks(self)

    def __aiter__(self) -> Any:
        return self._self_methods.__aiter__(self)

    def set_exception(self, *error: BaseException) -> None:
        """The response is closed: it has no other way to tell its content."""
        self.__wrapped__.set_exception(*error)
        if self._self_cancelled is not None and not self.__wrapped__.at_eof():
            self._self_call.fail(self._self_cancelled)
        self._self_call.end()

    async def _watch(self, reading: Awaitable[Any]) -> Any:
        try:
            return await reading
        except asyncio.IncompleteReadError:
            raise
        except asyncio.CancelledError as error:
            # A single read may have been given up, to be tried again: `wait_for(content.readline(), 1)`.
            self._self_cancelled = error
            raise
        except BaseException as error:
            self._self_call.fail(error)
            raise

    def _saw(self, data: bytes, *, last: bool = False) -> bytes:
        self._tell(data, last=last)
        return data

    @guarded
    def _tell(self, data: bytes, *, last: bool) -> None:
        self._self_cancelled = None
        if data and self._self_decoded:
            self._self_call.feed_decoded(data)
        elif data:  # a decoder that is at its end takes nothing, not even nothing
            self._self_call.feed(data)
        if last or self.__wrapped__.at_eof():
            self._self_call.end()
