"""On channels to hosts outside: what must not leave is taken off the metadata of each call.

Imported once grpc is: the interceptors are classes of its.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
from grpc import aio

from spantally._guard import guarded
from spantally._observe import take_off

if TYPE_CHECKING:
    from collections.abc import Callable


class _Outside:
    def __init__(self, host: str) -> None:
        self._host = host

    def _intercept(self, continuation: Callable[..., Any], details: Any, request: Any) -> Any:
        return continuation(_clean(self._host, details) or details, request)


class Outside(
    _Outside,
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """Of a sync channel: every kind of call."""

    intercept_unary_unary = _Outside._intercept  # pyright: ignore[reportAssignmentType]
    intercept_unary_stream = _Outside._intercept  # pyright: ignore[reportAssignmentType]
    intercept_stream_unary = _Outside._intercept  # pyright: ignore[reportAssignmentType]
    intercept_stream_stream = _Outside._intercept  # pyright: ignore[reportAssignmentType]


def aio_outside(host: str) -> tuple[aio.ClientInterceptor, ...]:
    """Those of an asyncio channel, where each kind of call has a class of its own."""
    return tuple(kind(host) for kind in _AIO)


class _AioOutside(_Outside):
    async def _intercept_aio(
        self, continuation: Callable[..., Any], details: Any, request: Any
    ) -> Any:
        return await self._intercept(continuation, details, request)


class _UnaryUnary(_AioOutside, aio.UnaryUnaryClientInterceptor):
    intercept_unary_unary = _AioOutside._intercept_aio  # pyright: ignore[reportAssignmentType]


class _UnaryStream(_AioOutside, aio.UnaryStreamClientInterceptor):
    intercept_unary_stream = _AioOutside._intercept_aio  # pyright: ignore[reportAssignmentType]


class _StreamUnary(_AioOutside, aio.StreamUnaryClientInterceptor):
    intercept_stream_unary = _AioOutside._intercept_aio  # pyright: ignore[reportAssignmentType]


class _StreamStream(_AioOutside, aio.StreamStreamClientInterceptor):
    intercept_stream_stream = _AioOutside._intercept_aio  # pyright: ignore[reportAssignmentType]


_AIO: tuple[Callable[[str], aio.ClientInterceptor], ...] = (
    _UnaryUnary,
    _UnaryStream,
    _StreamUnary,
    _StreamStream,
)


@guarded
def _clean(host: str, details: Any) -> Any:
    headers: dict[str, Any] = dict(details.metadata or ())
    take_off(host, headers)
    return with_headers(details, headers)


def with_headers(details: Any, headers: dict[str, Any]) -> Any:
    """The details of a call, of whose metadata so much is left."""
    pairs: list[tuple[str, Any]] = list(details.metadata or ())
    before: dict[str, Any] = dict(details.metadata or ())
    changed = {name: value for name, value in headers.items() if before.get(name) != value}
    kept = [(name, changed.get(name, value)) for name, value in pairs if name in headers]
    if kept == pairs:
        return details
    is_aio = isinstance(details.metadata, aio.Metadata)
    return details._replace(metadata=aio.Metadata(*kept) if is_aio else tuple(kept))
