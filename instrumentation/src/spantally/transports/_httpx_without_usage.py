"""What httpx and httpx2 hand to the app, without the chunk of usage that we asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import wrapt

from spantally._stream_usage import UsageRemover, forget_length, without_usage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    _Proxy = wrapt.ObjectProxy[Any]
else:
    _Proxy = wrapt.ObjectProxy  # wrapt 1 cannot be subscripted


def hide_usage(response: Any, *, asynchronous: bool) -> None:
    """Take the chunk out of what the app is going to read, or has in memory already."""
    if response.is_closed:
        shown = without_usage(response.content)
        vars(response)["_content"] = response.content if shown is None else shown
    elif response.headers.get("content-encoding"):
        # We asked for none. Decoding stays the library's, errors included; raw bytes are left as they came.
        vars(response)["_decoder"] = _Decoder(response._get_content_decoder())
    else:
        forget_length(response.headers)
        stream = AsyncWithoutUsage if asynchronous else SyncWithoutUsage
        response.stream = stream(response.stream)


class SyncWithoutUsage(_Proxy):
    """Around the tee of an `httpx.SyncByteStream`."""

    def __iter__(self) -> Iterator[bytes]:
        remover = UsageRemover()
        try:
            for chunk in self.__wrapped__:
                if shown := remover.feed(chunk):
                    yield shown
        except GeneratorExit:
            raise
        except BaseException:
            if rest := remover.finish():
                yield rest
            raise
        if rest := remover.finish():
            yield rest


class AsyncWithoutUsage(_Proxy):
    """Around the tee of an `httpx.AsyncByteStream`."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        remover = UsageRemover()
        try:
            async for chunk in self.__wrapped__:
                if shown := remover.feed(chunk):
                    yield shown
        except GeneratorExit:
            raise
        except BaseException:
            if rest := remover.finish():
                yield rest
            raise
        if rest := remover.finish():
            yield rest


class _Decoder:
    """The library's decoder, followed by the removal. httpx's gives bytes, httpx2's pieces of them."""

    def __init__(self, decoder: Any) -> None:
        self._decoder = decoder
        self._remover = UsageRemover()

    def decode(self, data: bytes) -> bytes | Iterable[bytes]:
        return self._shown(self._decoder.decode(data))

    def flush(self) -> bytes | Iterable[bytes]:
        return self._shown(self._decoder.flush(), last=True)

    def _shown(
        self, decoded: bytes | Iterable[bytes], *, last: bool = False
    ) -> bytes | Iterable[bytes]:
        whole = decoded if isinstance(decoded, bytes) else b"".join(decoded)
        shown = self._remover.feed(whole) + (self._remover.finish() if last else b"")
        return shown if isinstance(decoded, bytes) else (shown,)
