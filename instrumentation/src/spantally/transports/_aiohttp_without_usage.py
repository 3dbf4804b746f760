"""What aiohttp hands to the app, without the chunk of usage that we asked for.

Imported once aiohttp is: a `StreamReader` of its own, which gets what it has not from the connection but from
the tee around the response's reader. So every way to read is aiohttp's own.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiohttp import StreamReader
from multidict import CIMultiDict, CIMultiDictProxy

from spantally._stream_usage import UsageRemover, forget_length, without_usage

if TYPE_CHECKING:
    from spantally.transports.aiohttp import StreamTee


def hide_usage(response: Any) -> None:
    """Take the chunk out of what the app is going to read, or has in memory already."""
    if response._body is None:
        chunked = response.headers.get("transfer-encoding", "").lower() == "chunked"
        response.content = WithoutUsage(response.content, chunked=chunked)
    else:
        shown = without_usage(response._body)
        response._body = response._body if shown is None else shown
    headers = CIMultiDict(response.headers)
    forget_length(headers)
    response._headers = CIMultiDictProxy(headers)


class _NoConnection:
    """What a reader needs of a protocol; the tee's own has the connection, and slows it down."""

    connected = True
    _reading_paused = False

    def pause_reading(self) -> None:
        pass

    def resume_reading(self, **_: bool) -> None:
        pass


class WithoutUsage(StreamReader):
    """Around a `StreamTee`."""

    def __init__(self, tee: StreamTee, *, chunked: bool) -> None:
        protocol: Any = _NoConnection()
        super().__init__(protocol, 2**16, loop=asyncio.get_running_loop())
        self._tee: Any = tee
        self._remover = UsageRemover()
        if chunked:
            self.begin_http_chunk_receiving()

    async def _wait(self, func_name: str) -> None:
        piece, ends_chunk = await self._tee.readchunk()
        self._take(piece, ends_chunk=ends_chunk)

    def _take(self, piece: bytes, *, ends_chunk: bool = False) -> None:
        self.feed_data(self._remover.feed(piece))
        if ends_chunk:
            self.end_http_chunk_receiving()
        if self._tee.at_eof() and not self._eof:
            self.feed_data(self._remover.finish())
            self.feed_eof()

    async def wait_eof(self) -> None:
        """Wait until everything has come."""
        await self._tee.wait_eof()

    def read_nowait(self, n: int = -1) -> bytes:
        """Read what has come already."""
        self._take(self._tee.read_nowait())
        return super().read_nowait(n)

    def set_exception(self, exc: BaseException, *cause: Any, **named: Any) -> None:
        """The response is closed."""
        super().set_exception(exc, *cause, **named)
        self._tee.set_exception(exc, *cause)
