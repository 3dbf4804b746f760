"""Every way that an HTTP library offers to make a request and to read what comes back.

A way takes the request (`method`, `url`, `content`, `headers`) and perhaps a proxy, and returns what the app
read. The tables are by library, as (name, way).
"""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING, Any

import aiobotocore.httpsession
import aiobotocore.response
import aiohttp
import botocore.awsrequest
import botocore.httpsession
import botocore.response
import httpx
import httpx2
import requests
import urllib3

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Way = Callable[[dict[str, Any], str | None], Any]


def _httpx(module: Any, read: Callable[[Any], Any], *, stream: bool = True) -> Way:
    def way(request: dict[str, Any], proxy: str | None = None) -> Any:
        with module.Client(proxy=proxy) as client:
            if not stream:
                return read(client.request(**request))
            with client.stream(**request) as response:
                return read(response)

    return way


def _httpx_async(module: Any, read: Callable[[Any], Awaitable[Any]]) -> Way:
    def way(request: dict[str, Any], proxy: str | None = None) -> Any:
        async def send() -> Any:
            async with (
                module.AsyncClient(proxy=proxy) as client,
                client.stream(**request) as response,
            ):
                return await read(response)

        return asyncio.run(send())

    return way


def _httpx_ways(module: Any) -> dict[str, Way]:
    return {
        "whole": _httpx(module, lambda response: response.content, stream=False),
        "read, twice": _httpx(module, lambda response: (response.read(), response.text)),
        "iter_bytes": _httpx(module, lambda response: b"".join(response.iter_bytes())),
        "iter_bytes(70)": _httpx(module, lambda response: b"".join(response.iter_bytes(70))),
        "iter_raw": _httpx(module, lambda response: b"".join(response.iter_raw())),
        "iter_lines": _httpx(module, lambda response: list(response.iter_lines())),
        "aread": _httpx_async(module, lambda response: response.aread()),
        "aiter_bytes": _httpx_async(module, lambda response: _joined(response.aiter_bytes())),
        "aiter_raw": _httpx_async(module, lambda response: _joined(response.aiter_raw())),
    }


async def _joined(pieces: Any) -> bytes:
    return b"".join([piece async for piece in pieces])


HTTPX = _httpx_ways(httpx)
HTTPX2 = _httpx_ways(httpx2)


def _urllib3(read: Callable[[Any], Any], **how: Any) -> Way:
    def way(request: dict[str, Any], proxy: str | None = None) -> Any:
        pool = urllib3.ProxyManager(proxy) if proxy else urllib3.PoolManager()
        with pool:
            response = pool.request(
                request["method"], request["url"], body=request["content"], headers=request["headers"],
                **{"preload_content": False, **how},
            )  # fmt: skip
            return read(response)

    return way


def _read_into(response: Any) -> bytes:
    buffer, found = bytearray(70), b""
    while count := response.readinto(buffer):
        found += buffer[:count]
    return found


def _in_block(response: Any) -> bytes:
    with response as entered:
        return entered.read()


def _line_by_line(response: Any) -> bytes:
    return b"".join(iter(response.readline, b""))


def _one_by_one(response: Any) -> bytes:
    """`next` is readline, as of any file."""
    found: list[bytes] = []
    try:
        while True:
            found.append(response.__next__())
    except StopIteration:
        return b"".join(found)


def _some_then_all(response: Any) -> bytes:
    return response.read(10) + response.read() + response.read()


URLLIB3: dict[str, Way] = {
    "preloaded": _urllib3(lambda response: response.data, preload_content=True),
    "preloaded as sent": _urllib3(
        lambda response: response.data, preload_content=True, decode_content=False
    ),
    "data, twice": _urllib3(lambda response: (response.data, response.data)),
    "json": _urllib3(lambda response: (response.json(), response.json())),
    "read": _urllib3(lambda response: response.read()),
    "read as sent": _urllib3(lambda response: response.read(decode_content=False)),
    "read(70)": _urllib3(lambda response: b"".join(iter(lambda: response.read(70), b""))),
    "read(70) as sent": _urllib3(
        lambda response: b"".join(iter(lambda: response.read(70, decode_content=False), b""))
    ),
    "read(10), the rest": _urllib3(_some_then_all),
    "read1": _urllib3(lambda response: b"".join(iter(response.read1, b""))),
    "read1(70) as sent": _urllib3(
        lambda response: b"".join(iter(lambda: response.read1(70, decode_content=False), b""))
    ),
    "stream": _urllib3(lambda response: b"".join(response.stream())),
    "stream decoded": _urllib3(lambda response: b"".join(response.stream(70, decode_content=True))),
    "stream as sent": _urllib3(lambda response: b"".join(response.stream(70, False))),
    "readinto": _urllib3(_read_into),
    "iterate": _urllib3(b"".join),
    "readline": _urllib3(_line_by_line),
    "readlines": _urllib3(lambda response: b"".join(response.readlines())),
    "next": _urllib3(_one_by_one),
    "with": _urllib3(_in_block),
    "io.BufferedReader": _urllib3(lambda response: io.BufferedReader(response, 90).read()),
    "io.TextIOWrapper": _urllib3(lambda response: io.TextIOWrapper(response).read()),
}
URLLIB3_CHUNKED: dict[str, Way] = {
    "read_chunked": _urllib3(lambda response: b"".join(response.read_chunked())),
    "read_chunked decoded": _urllib3(
        lambda response: b"".join(response.read_chunked(70, decode_content=True))
    ),
}


def _requests(read: Callable[[Any], Any], *, stream: bool = True) -> Way:
    def way(request: dict[str, Any], proxy: str | None = None) -> Any:
        with requests.Session() as session:
            session.trust_env = False
            response = session.request(
                request["method"], request["url"], data=request["content"], headers=request["headers"],
                stream=stream, proxies={"http": proxy} if proxy else None,
            )  # fmt: skip
            return read(response)

    return way


def _closed(response: requests.Response) -> bytes:
    with response:
        return b"".join(response.iter_content(70))


REQUESTS: dict[str, Way] = {
    "whole": _requests(lambda response: (response.content, response.text), stream=False),
    "content, twice": _requests(lambda response: (response.content, response.content)),
    "iter_content(70)": _requests(lambda response: b"".join(response.iter_content(70))),
    "iter_content(None)": _requests(lambda response: b"".join(response.iter_content(None))),
    "iter_content, decoded to text": _requests(
        lambda response: list(response.iter_content(70, decode_unicode=True))
    ),
    "iter_lines": _requests(lambda response: list(response.iter_lines())),
    "iterate": _requests(b"".join),
    "with": _requests(_closed),
    "raw.read": _requests(lambda response: response.raw.read()),
    "raw.read decoded": _requests(lambda response: response.raw.read(decode_content=True)),
    "raw.stream": _requests(lambda response: b"".join(response.raw.stream(70))),
    "raw.stream decoded": _requests(
        lambda response: b"".join(response.raw.stream(70, decode_content=True))
    ),
    "raw, iterated": _requests(lambda response: b"".join(response.raw)),
}


def _aiohttp(read: Callable[[Any], Awaitable[Any]], **how: Any) -> Way:
    def way(request: dict[str, Any], proxy: str | None = None) -> Any:
        async def send() -> Any:
            async with (
                aiohttp.ClientSession(**how) as session,
                session.request(
                    request["method"], request["url"], data=request["content"] or None,
                    proxy=proxy,
                    headers=request["headers"],
                ) as response,
            ):  # fmt: skip
                return await read(response)

        return asyncio.run(send())

    return way


async def _until_empty(read: Callable[[], Awaitable[bytes]]) -> bytes:
    found = b""
    while piece := await read():
        found += piece
    return found


async def _read_exactly(response: Any) -> bytes:
    found = b""
    try:
        while True:
            found += await response.content.readexactly(70)
    except asyncio.IncompleteReadError as error:
        return found + error.partial


async def _read_nowait(response: Any) -> bytes:
    await response.content.wait_eof()
    return response.content.read_nowait()


async def _chunks(response: Any) -> bytes:
    return b"".join([piece async for piece, _ in response.content.iter_chunks()])


async def _read_twice(response: Any) -> tuple[bytes, str]:
    return await response.read(), await response.text()


AIOHTTP: dict[str, Way] = {
    "read, twice": _aiohttp(_read_twice),
    "json": _aiohttp(lambda response: response.json(content_type=None)),
    "content.read": _aiohttp(lambda response: response.content.read()),
    "content.read as sent": _aiohttp(
        lambda response: response.content.read(), auto_decompress=False
    ),
    "content.read(70)": _aiohttp(lambda r: _until_empty(lambda: r.content.read(70))),
    "readany": _aiohttp(lambda r: _until_empty(r.content.readany)),
    "readline": _aiohttp(lambda r: _until_empty(r.content.readline)),
    "readuntil": _aiohttp(lambda r: _until_empty(lambda: r.content.readuntil(b"}"))),
    "readexactly": _aiohttp(_read_exactly),
    "read_nowait": _aiohttp(_read_nowait),
    "iter_any": _aiohttp(lambda r: _joined(r.content.iter_any())),
    "iter_chunked": _aiohttp(lambda r: _joined(r.content.iter_chunked(70))),
    "iter_chunks": _aiohttp(_chunks),
    "async for": _aiohttp(lambda r: _joined(r.content)),
}


def _botocore(read: Callable[[Any], Any], *, stream: bool = True) -> Way:
    def way(request: dict[str, Any], proxy: str | None = None) -> Any:
        session = botocore.httpsession.URLLib3Session(proxies={"http": proxy} if proxy else None)
        prepared = botocore.awsrequest.AWSRequest(
            method=request["method"], url=request["url"], data=request["content"],
            headers=request["headers"], stream_output=stream,
        ).prepare()  # fmt: skip
        try:
            return read(session.send(prepared))
        finally:
            session.close()

    return way


def _body(response: Any) -> botocore.response.StreamingBody:
    return botocore.response.StreamingBody(response.raw, response.headers.get("content-length"))


def _in_pieces(response: Any) -> bytes:
    body = _body(response)
    return b"".join(iter(lambda: body.read(70), b""))


BOTOCORE: dict[str, Way] = {
    "whole": _botocore(lambda response: response.content, stream=False),
    "content, twice": _botocore(lambda response: (response.content, response.content)),
    "StreamingBody.read": _botocore(lambda response: _body(response).read()),
    "StreamingBody.read(70)": _botocore(_in_pieces),
    "StreamingBody.readinto": _botocore(lambda response: _read_into(_body(response))),
    "StreamingBody.iter_chunks": _botocore(lambda r: b"".join(_body(r).iter_chunks(70))),
    "StreamingBody.iter_lines": _botocore(lambda response: list(_body(response).iter_lines(70))),
    "StreamingBody.readlines": _botocore(lambda response: _body(response).readlines()),
    "StreamingBody, with": _botocore(lambda response: _in_block(_body(response))),
    "raw.stream, as EventStream does": _botocore(lambda r: b"".join(r.raw.stream())),
}


def _aiobotocore(read: Callable[[Any], Awaitable[Any]], *, stream: bool = True) -> Way:
    def way(request: dict[str, Any], proxy: str | None = None) -> Any:
        prepared = botocore.awsrequest.AWSRequest(
            method=request["method"], url=request["url"], data=request["content"],
            headers=request["headers"], stream_output=stream,
        ).prepare()  # fmt: skip

        async def send() -> Any:
            proxies = {"http": proxy} if proxy else None
            async with aiobotocore.httpsession.AIOHTTPSession(proxies=proxies) as session:
                response = await session.send(prepared)
                try:
                    return await read(response)
                finally:
                    response.raw.close()

        return asyncio.run(send())

    return way


def _aio_body(response: Any) -> Any:
    length = response.headers.get("content-length")
    return aiobotocore.response.AioStreamingBody(response.raw, length)


async def _lines(response: Any) -> list[bytes]:
    return [line async for line in _aio_body(response).iter_lines(70)]


async def _content_twice(response: Any) -> tuple[bytes, bytes]:
    return await response.content, await response.content


AIOBOTOCORE: dict[str, Way] = {
    "whole": _aiobotocore(lambda response: response.content, stream=False),
    "content, twice": _aiobotocore(_content_twice),
    "StreamingBody.read": _aiobotocore(lambda response: _aio_body(response).read()),
    "StreamingBody.iter_chunks": _aiobotocore(lambda r: _joined(_aio_body(r).iter_chunks(70))),
    "StreamingBody.iter_lines": _aiobotocore(_lines),
    "content.iter_chunks, as EventStream does": _aiobotocore(lambda r: _chunks(r.raw)),
}

DECODED: dict[str, tuple[Way, ...]] = {
    "httpx": (HTTPX["whole"], HTTPX["iter_bytes"], HTTPX["aiter_bytes"]),
    "httpx2": (HTTPX2["aiter_bytes"], HTTPX2["whole"], HTTPX2["iter_bytes"]),
    "requests": (REQUESTS["content, twice"], REQUESTS["iter_content(None)"], REQUESTS["iterate"]),
    "urllib3": (URLLIB3["stream decoded"], URLLIB3["preloaded"], URLLIB3["read1"]),
    "aiohttp": (AIOHTTP["iter_chunks"], AIOHTTP["iter_any"], AIOHTTP["content.read"]),
}
"""Ways that give the body as the provider wrote it, whatever its encoding, some for each library."""
