"""The interceptors of `transports/grpc.py`. Imported once grpc is: they are classes of its."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import grpc
from grpc import aio

from spantally._call import Call, Current
from spantally._guard import guarded
from spantally._observe import begin
from spantally._recognise import Outgoing
from spantally._stream import Tee
from spantally.transports._grpc_outside import with_headers
from spantally.transports._grpc_rest import answer_of, rest_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from typing_extensions import Self

    Address = tuple[str, int | None]

_EOF: object = vars(aio)["EOF"]
_DOCUMENT = {"content-type": "application/json"}
_LINES = {"content-type": "application/x-ndjson"}

_HTTP = {
    "INVALID_ARGUMENT": 400, "FAILED_PRECONDITION": 400, "OUT_OF_RANGE": 400, "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403, "NOT_FOUND": 404, "ALREADY_EXISTS": 409, "ABORTED": 409,
    "RESOURCE_EXHAUSTED": 429, "INTERNAL": 500, "UNKNOWN": 500, "UNIMPLEMENTED": 501, "UNAVAILABLE": 503,
}  # fmt: skip
"""What the provider refused with. After `CANCELLED` and `DEADLINE_EXCEEDED` it may have answered."""


class Interceptor(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    """Of a sync channel."""

    def __init__(self, address: Address) -> None:
        self._address = address

    def intercept_unary_unary(
        self, continuation: Callable[..., Any], client_call_details: Any, request: Any
    ) -> Any:
        """One request, one response."""
        begun = _begin(self._address, client_call_details, request, streams=False)
        if begun is None:
            return continuation(client_call_details, request)
        call, details = begun
        outcome = _make(call, continuation, details, request)
        _await(call, outcome, details.method)
        return outcome

    def intercept_unary_stream(
        self, continuation: Callable[..., Any], client_call_details: Any, request: Any
    ) -> Any:
        """One request, a stream of responses."""
        begun = _begin(self._address, client_call_details, request, streams=True)
        if begun is None:
            return continuation(client_call_details, request)
        call, details = begun
        return StreamTee(_make(call, continuation, details, request), call, details.method)


def aio_interceptors(address: Address) -> tuple[aio.ClientInterceptor, ...]:
    """Those of an asyncio channel, where each kind of call has a class of its own."""
    return AioInterceptor(address), AioStreamInterceptor(address)


class AioInterceptor(aio.UnaryUnaryClientInterceptor):
    """Of an asyncio channel: one request, one response."""

    def __init__(self, address: Address) -> None:
        self._address = address

    async def intercept_unary_unary(
        self, continuation: Callable[..., Awaitable[Any]], client_call_details: Any, request: Any
    ) -> Any:
        """See the class."""
        begun = _begin(self._address, client_call_details, request, streams=False)
        if begun is None:
            return await continuation(client_call_details, request)
        call, details = begun
        try:
            with Current(call):
                rpc = await continuation(details, request)
            message = await rpc
        except BaseException as error:
            _fail(call, error)
            raise
        _answer(call, message, details.method)
        return rpc


class AioStreamInterceptor(aio.UnaryStreamClientInterceptor):
    """Of an asyncio channel: one request, a stream of responses."""

    def __init__(self, address: Address) -> None:
        self._address = address

    async def intercept_unary_stream(
        self, continuation: Callable[..., Awaitable[Any]], client_call_details: Any, request: Any
    ) -> Any:
        """See the class."""
        begun = _begin(self._address, client_call_details, request, streams=True)
        if begun is None:
            return await continuation(client_call_details, request)
        call, details = begun
        try:
            with Current(call):
                rpc = await continuation(details, request)
        except BaseException as error:
            _fail(call, error)
            raise
        return AioStreamTee(rpc, call, details.method)


@guarded
def _begin(
    address: Address, details: Any, request: Any, *, streams: bool
) -> tuple[Call, Any] | None:
    """The call, and its details: without what must not leave in the metadata."""
    method = details.method.decode() if isinstance(details.method, bytes) else details.method
    rest = rest_of(method, request, streams=streams)
    if rest is None:
        return None
    headers: dict[str, Any] = {"content-type": "application/json", **dict(details.metadata or ())}
    host, port = address
    outgoing = Outgoing(rest.method, host, port, rest.path, headers, lambda: rest.body)
    call = begin(outgoing)
    if call is None:
        return None
    return call, with_headers(details, headers)


def _make(call: Call, continuation: Callable[..., Any], details: Any, request: Any) -> Any:
    try:
        with Current(call):
            return continuation(details, request)
    except BaseException as error:
        _fail(call, error)
        raise


@guarded
def _await(call: Call, outcome: Any, method: str) -> None:
    outcome.add_done_callback(partial(_done, call, method))


@guarded
def _done(call: Call, method: str, outcome: Any) -> None:
    if outcome.cancelled():
        _fail(call, grpc.FutureCancelledError())
    elif (error := outcome.exception()) is not None:
        _fail(call, error)
    else:
        _answer(call, outcome.result(), method)


@guarded
def _answer(call: Call, message: Any, method: str | bytes) -> None:
    call.respond(200, _DOCUMENT)
    call.read(answer_of(_text(method), message))


@guarded
def _fail(call: Call, error: BaseException, *, began: bool = False) -> None:
    """Tell the call how it failed; what the provider refused before it `began` to answer was not billed."""
    code = getattr(error, "code", None)
    name = getattr(code() if callable(code) else None, "name", "")
    if name in _HTTP and not began:
        call.respond(_HTTP[name], _DOCUMENT)
        call.read(json.dumps({"error": {"status": name}}).encode())
    else:
        call.fail(type(name, (Exception,), {"__module__": "grpc"})() if name else error)


def _text(method: str | bytes) -> str:
    return method.decode() if isinstance(method, bytes) else method


class _StreamTee(Tee):
    _self_method: str
    _self_began: bool

    def __init__(self, stream: Any, call: Call, method: str | bytes) -> None:
        super().__init__(stream, call)
        self._self_method = _text(method)
        self._self_began = False

    def cancel(self) -> Any:
        """The app wants no more."""
        try:
            return self.__wrapped__.cancel()
        finally:
            self._self_call.abandon()

    @guarded
    def _saw(self, message: Any) -> None:
        self._begins()
        self._self_call.feed_decoded(answer_of(self._self_method, message) + b"\n")

    @guarded
    def _ended(self) -> None:
        self._begins()
        self._self_call.end()

    def _begins(self) -> None:
        if not self._self_began:
            self._self_began = True
            self._self_call.respond(200, _LINES)

    def _failed(self, error: BaseException) -> None:
        _fail(self._self_call, error, began=self._self_began)


class StreamTee(_StreamTee):
    """Around what a sync stream is read from."""

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        try:
            message = next(self.__wrapped__)
        except StopIteration:
            self._ended()
            raise
        except BaseException as error:
            self._failed(error)
            raise
        self._saw(message)
        return message


class AioStreamTee(_StreamTee):
    """Around an asyncio call; it is read by iteration, or message by message."""

    async def __aiter__(self) -> AsyncIterator[Any]:
        try:
            async for message in self.__wrapped__:
                self._saw(message)
                yield message
        except GeneratorExit:
            self._self_call.abandon()
            raise
        except BaseException as error:
            self._failed(error)
            raise
        self._ended()

    async def read(self) -> Any:
        """The next message; `grpc.aio.EOF` at the end."""
        try:
            message = await self.__wrapped__.read()
        except BaseException as error:
            self._failed(error)
            raise
        if message is _EOF:
            self._ended()
        else:
            self._saw(message)
        return message
