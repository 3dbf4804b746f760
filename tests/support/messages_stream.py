"""A streamed message of Anthropic's shape, and clients below the SDKs that ask for it."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import botocore.awsrequest
import botocore.exceptions
import botocore.httpsession
import requests
import requests.adapters
import urllib3
from support.replay import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

USAGE = {"input_tokens": 20, "cache_read_input_tokens": 30, "output_tokens": 1}
START = {"type": "message_start", "message": {"id": "msg_1", "model": "m", "usage": USAGE}}
TEXT = {"type": "content_block_delta", "delta": {"text": "x" * 20}}
DELTA = {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 9}}
STREAM = b"".join(
    b"event: %b\ndata: %b\n\n" % (event["type"].encode(), json.dumps(event).encode())
    for event in (START, *[TEXT] * 50, DELTA, {"type": "message_stop"})
)
BODY = json.dumps({"model": "m", "max_tokens": 9, "messages": [], "stream": True}).encode()
HEADERS = {"content-type": "application/json"}
PATH = "/v1/messages"


def stream_answer(**how: Any) -> Answer:
    return Answer(STREAM, content_type="text/event-stream", chunk=100, **how)


def urllib3_response(url: str, **how: Any) -> Any:
    pool = urllib3.PoolManager(retries=how.pop("retries", False))
    return pool.request("POST", url, body=BODY, headers=HEADERS, preload_content=False, **how)


def requests_response(url: str, **how: Any) -> Any:
    return requests.post(
        url, data=BODY, headers=HEADERS, stream=True, timeout=how.get("timeout", 10)
    )


def botocore_response(url: str, **how: Any) -> Any:
    session = botocore.httpsession.URLLib3Session(**how)
    request = botocore.awsrequest.AWSRequest("POST", url, HEADERS, BODY, stream_output=True)
    return session.send(request.prepare())


def take_three(pieces: Any) -> None:
    for _ in range(3):
        next(pieces)


def aiohttp_call(read: Callable[[Any], Any]) -> Callable[[str], None]:
    def run(url: str) -> None:
        async def call() -> None:
            async with (
                aiohttp.ClientSession() as session,
                session.post(url, data=BODY, headers=HEADERS) as response,
            ):
                await read(response)

        asyncio.run(call())

    return run


async def read_some(response: Any) -> None:
    await response.content.readexactly(300)
