"""However a call ends, by whatever library, its span ends once, with what was known by then."""

from __future__ import annotations

import asyncio
import gc
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import requests
import requests.adapters
import urllib3
from support.messages_stream import (
    BODY,
    HEADERS,
    PATH,
    aiohttp_call,
    botocore_response,
    read_some,
    requests_response,
    stream_answer,
    take_three,
    urllib3_response,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.replay import Replay


def close_urllib3(url: str) -> None:
    response = urllib3_response(url)
    response.read(300)
    response.close()


def release_urllib3(url: str) -> None:
    response = urllib3_response(url)
    response.read(300)
    response.release_conn()


def leave_urllib3_block(url: str) -> None:
    with suppress(KeyError), urllib3_response(url) as response:
        response.read(300)
        raise KeyError("the app's own")


def forget_urllib3(url: str) -> None:
    urllib3_response(url).read(300)
    gc.collect()


def stop_urllib3_stream(url: str) -> None:
    response = urllib3_response(url)
    pieces = response.stream(100)
    take_three(pieces)
    pieces.close()
    del pieces, response
    gc.collect()


def close_requests(url: str) -> None:
    with requests_response(url) as response:
        take_three(response.iter_content(100))


def forget_requests(url: str) -> None:
    take_three(requests_response(url).iter_content(100))
    gc.collect()


def close_botocore(url: str) -> None:
    response = botocore_response(url)
    response.raw.read(300)
    response.raw.close()


async def _close(response: Any) -> None:
    await response.content.readexactly(300)
    response.close()


def forget_aiohttp(url: str) -> None:
    async def call() -> None:
        async with aiohttp.ClientSession() as session:
            response = await session.post(url, data=BODY, headers=HEADERS)
            await response.content.readexactly(300)

    asyncio.run(call())
    gc.collect()


ABANDON: dict[str, Callable[[str], None]] = {
    "urllib3, closed": close_urllib3,
    "urllib3, released": release_urllib3,
    "urllib3, the app fails": leave_urllib3_block,
    "urllib3, forgotten": forget_urllib3,
    "urllib3, stream stopped": stop_urllib3_stream,
    "requests, closed": close_requests,
    "requests, forgotten": forget_requests,
    "botocore, closed": close_botocore,
    "aiohttp, left": aiohttp_call(read_some),
    "aiohttp, closed": aiohttp_call(_close),
    "aiohttp, forgotten": forget_aiohttp,
}


@pytest.mark.parametrize("abandon", ABANDON.values(), ids=ABANDON)
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning", "ignore:Unclosed:ResourceWarning")
def test_an_abandoned_stream_keeps_its_input_and_says_that_output_is_not_known(
    abandon: Any, spans: Any, provider: Replay
) -> None:
    provider.answer = stream_answer()
    abandon(provider.url + PATH)
    span = spans.only()
    assert span["spantally.usage.source"] == "partial"
    assert span["gen_ai.usage.input_tokens"] == 50
    assert "gen_ai.usage.output_tokens" not in span
    assert "error.type" not in span


CUT: dict[str, tuple[Callable[[str], Any], type[Exception], str]] = {
    "urllib3 read": (
        lambda url: urllib3_response(url).read(), urllib3.exceptions.ProtocolError, "ProtocolError",
    ),
    "urllib3 stream": (
        lambda url: list(urllib3_response(url).stream()), urllib3.exceptions.ProtocolError, "ProtocolError",
    ),
    "requests": (
        lambda url: requests_response(url).content,
        requests.exceptions.ChunkedEncodingError,
        "ProtocolError",
    ),
    "aiohttp": (
        aiohttp_call(lambda response: response.read()), aiohttp.ClientPayloadError, "ClientPayloadError",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("read", "error", "name"), CUT.values(), ids=CUT)
def test_a_stream_cut_by_the_network_fails_with_what_was_known(
    read: Any, error: type[Exception], name: str, spans: Any, provider: Replay
) -> None:
    provider.answer = stream_answer(cut=700)
    with pytest.raises(error):
        read(provider.url + PATH)
    span = spans.only()
    assert span["spantally.usage.source"] in ("partial", "missing")  # aiohttp gives up what it has
    assert str(span["error.type"]).endswith(name)


def test_a_cancelled_read_names_the_cancellation(spans: Any, provider: Replay) -> None:
    provider.answer = stream_answer(pause_s=0.02)

    async def call() -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.post(provider.url + PATH, data=BODY, headers=HEADERS) as response,
        ):
            await response.read()

    async def cancel() -> None:
        task = asyncio.create_task(call())
        await asyncio.sleep(0.3)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert spans.only()["error.type"] == "asyncio.exceptions.CancelledError"


def test_a_read_that_is_given_up_and_tried_again_is_seen_whole(
    spans: Any, provider: Replay
) -> None:
    provider.answer = stream_answer(pause_s=0.02)

    async def read(response: aiohttp.ClientResponse) -> None:
        while not response.content.at_eof():
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(response.content.readany(), 0.01)

    aiohttp_call(read)(provider.url + PATH)
    assert spans.only()["gen_ai.usage.output_tokens"] == 9
    assert spans.only()["spantally.usage.source"] == "provider"
    assert "error.type" not in spans.only()
