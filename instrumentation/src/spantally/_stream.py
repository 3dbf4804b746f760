"""A tee: the app reads its response, the call sees each chunk on the way.

The proxies are the stream that they wrap in every respect (attributes, `isinstance`) and read nothing
by themselves. Both shells drive the same call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import wrapt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from spantally._call import Call


if TYPE_CHECKING:
    _Proxy = wrapt.ObjectProxy[Any]
else:
    _Proxy = wrapt.ObjectProxy  # wrapt 1 cannot be subscripted


class Tee(_Proxy):
    """What every tee is: a proxy with a call that ends with it, at the latest."""

    _self_call: Call

    def __init__(self, stream: Any, call: Call) -> None:
        super().__init__(stream)
        self._self_call = call

    def __del__(self) -> None:
        call = getattr(self, "_self_call", None)
        if call is not None:
            call.abandon()


class SyncTee(Tee):
    """Around an `httpx.SyncByteStream`."""

    def __iter__(self) -> Iterator[bytes]:
        call = self._self_call
        try:
            for chunk in self.__wrapped__:
                call.feed(chunk)
                yield chunk
        except GeneratorExit:
            raise
        except BaseException as error:
            call.fail(error)
            raise
        call.end()

    def close(self) -> None:
        """Close the stream; the call ends with what was read."""
        try:
            self.__wrapped__.close()
        finally:
            self._self_call.abandon()


class AsyncTee(Tee):
    """Around an `httpx.AsyncByteStream`."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        call = self._self_call
        try:
            async for chunk in self.__wrapped__:
                call.feed(chunk)
                yield chunk
        except GeneratorExit:
            raise
        except BaseException as error:
            call.fail(error)
            raise
        call.end()

    async def aclose(self) -> None:
        """Close the stream; the call ends with what was read."""
        try:
            await self.__wrapped__.aclose()
        finally:
            self._self_call.abandon()
