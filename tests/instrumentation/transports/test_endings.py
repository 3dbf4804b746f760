"""However a call ends, by whatever library, its span ends once, with what was known by then."""

from __future__ import annotations

import asyncio
import gc
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import aiohttp
import botocore.awsrequest
import botocore.exceptions
import botocore.httpsession
import pytest
import requests
import requests.adapters
import urllib3
from support.replay import Answer
from urllib3.util import Retry

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.replay import Replay

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
CHAT = json.dumps({"id": "c", "usage": {"prompt_tokens": 3, "completion_tokens": 4}}).encode()
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


def take_three(pieces: Any) -> None:
    for _ in range(3):
        next(pieces)


def close_botocore(url: str) -> None:
    response = botocore_response(url)
    response.raw.read(300)
    response.raw.close()


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


async def _read_some(response: Any) -> None:
    await response.content.readexactly(300)


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
    "aiohttp, left": aiohttp_call(_read_some),
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


REFUSED = "http://127.0.0.1:9/v1/messages"
NOT_SENT: dict[str, tuple[Callable[[], Any], type[Exception]]] = {
    "urllib3": (lambda: urllib3_response(REFUSED), urllib3.exceptions.NewConnectionError),
    "urllib3, retried": (
        lambda: urllib3_response(REFUSED, retries=Retry(1)), urllib3.exceptions.MaxRetryError,
    ),
    "requests": (lambda: requests_response(REFUSED), requests.ConnectionError),
    "botocore": (
        lambda: botocore_response(REFUSED), botocore.exceptions.EndpointConnectionError,
    ),
    "aiohttp": (
        lambda: aiohttp_call(_read_some)(REFUSED), aiohttp.ClientConnectorError,
    ),
    "requests, by a proxy": (
        lambda: requests.post(
            REFUSED, data=BODY, headers=HEADERS, timeout=5, proxies={"http": "http://127.0.0.1:9"}
        ),
        requests.exceptions.ProxyError,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("send", "error"), NOT_SENT.values(), ids=NOT_SENT)
def test_what_was_never_sent_was_not_billed(
    send: Any, error: type[Exception], spans: Any, provider: Replay
) -> None:
    with pytest.raises(error):
        send()
    sources = [dict(span.attributes)["spantally.usage.source"] for span in spans.llm()]
    assert set(sources) == {"not_billed"}


TIMEOUT: dict[str, tuple[Callable[[str], Any], type[Exception]]] = {
    "urllib3": (
        lambda url: urllib3_response(url, timeout=0.1), urllib3.exceptions.ReadTimeoutError,
    ),
    "requests": (lambda url: requests_response(url, timeout=0.1), requests.ReadTimeout),
    "botocore": (
        lambda url: botocore_response(url, timeout=(5, 0.1)), botocore.exceptions.ReadTimeoutError,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("send", "error"), TIMEOUT.values(), ids=TIMEOUT)
def test_what_timed_out_after_it_was_sent_has_unknown_usage(
    send: Any, error: type[Exception], spans: Any, provider: Replay
) -> None:
    provider.answer = stream_answer(delay_s=0.5)
    with pytest.raises(error):
        send(provider.url + PATH)
    assert spans.only()["spantally.usage.source"] == "missing"
    assert str(spans.only()["error.type"]).endswith(error.__name__)


def test_an_aiohttp_call_that_timed_out_after_it_was_sent_has_unknown_usage(
    spans: Any, provider: Replay
) -> None:
    provider.answer = stream_answer(delay_s=0.5)

    async def call() -> None:
        patience = aiohttp.ClientTimeout(total=0.1)
        async with aiohttp.ClientSession(timeout=patience) as session:
            await session.post(provider.url + PATH, data=BODY, headers=HEADERS)

    with pytest.raises(asyncio.TimeoutError):
        asyncio.run(call())
    assert spans.only()["spantally.usage.source"] == "missing"


def limited() -> Answer:
    return Answer(b'{"error": {"code": "rate_limit"}}', 429, headers={"retry-after": "0"})


def requests_with_retries(url: str, retries: Retry) -> bytes:
    with requests.Session() as session:
        session.mount("http://", requests.adapters.HTTPAdapter(max_retries=retries))
        return session.post(url, data=BODY, headers=HEADERS, timeout=5).content


def urllib3_with_retries(url: str, retries: Retry) -> bytes:
    return (
        urllib3.PoolManager().request("POST", url, body=BODY, headers=HEADERS, retries=retries).data
    )


def pool_with_retries(url: str, retries: Retry) -> bytes:
    with urllib3.connection_from_url(url) as pool:
        return pool.urlopen("POST", PATH, BODY, HEADERS, retries).data


WITH_RETRIES = [requests_with_retries, urllib3_with_retries, pool_with_retries]
AGAIN = Retry(3, status_forcelist=[429], allowed_methods=None, backoff_factor=0)


@pytest.mark.parametrize("send", WITH_RETRIES)
def test_each_attempt_of_urllib3s_own_retries_is_a_span(
    send: Any, spans: Any, provider: Replay
) -> None:
    provider.first = [limited(), limited()]
    provider.answer = Answer(CHAT.replace(b"prompt_", b"input_"))
    assert send(provider.url + PATH, AGAIN) == provider.answer.body
    attempts = [dict(span.attributes) for span in spans.llm()]
    assert [a.get("http.request.resend_count", 0) for a in attempts] == [0, 1, 2]
    assert [a["http.response.status_code"] for a in attempts] == [429, 429, 200]
    assert [a["spantally.usage.source"] for a in attempts] == ["not_billed"] * 2 + ["provider"]
    assert len({span.parent and span.parent.span_id for span in spans.llm()}) == 1


@pytest.mark.parametrize("send", WITH_RETRIES)
def test_retries_that_are_used_up_were_refused_every_time(
    send: Any, spans: Any, provider: Replay
) -> None:
    provider.answer = limited()
    with pytest.raises((urllib3.exceptions.MaxRetryError, requests.exceptions.RetryError)):
        send(provider.url + PATH, AGAIN)
    attempts = [dict(span.attributes) for span in spans.llm()]
    assert len(attempts) == len(provider.seen) == 4
    assert {a["spantally.usage.source"] for a in attempts} == {"not_billed"}
    assert {a["http.response.status_code"] for a in attempts} == {429}


def test_a_retry_of_another_request_inside_a_call_is_not_taken_for_its_own(
    spans: Any, provider: Replay
) -> None:
    """As when a session's authentication fetches a token first."""
    with requests.Session() as session:

        def authenticate(request: Any) -> Any:
            token = urllib3.PoolManager().request("POST", provider.url + "/token", retries=AGAIN)
            assert token.status == 200
            return request

        prepared = requests.Request("POST", provider.url + PATH, HEADERS, data=BODY).prepare()
        send = session.get_adapter(prepared.url).send

        class Adapter(requests.adapters.HTTPAdapter):
            def send(self, request: Any, **how: Any) -> Any:
                return send(authenticate(request), **how)

        session.mount("http://", Adapter())
        provider.first = [limited(), Answer(b"{}")]
        provider.answer = Answer(CHAT)
        session.send(prepared)
    assert len(provider.seen) == 3
    assert "http.request.resend_count" not in spans.only()


def aiohttp_content(url: str) -> bytes:
    found: list[bytes] = []

    async def read(response: Any) -> None:
        found.append(await response.read())

    aiohttp_call(read)(url)
    return found[0]


REDIRECTED = {
    "requests": lambda url: requests_response(url).content,
    "urllib3": lambda url: urllib3_response(url, retries=Retry(3)).read(),
    "urllib3 pool": lambda url: pool_with_retries(url, Retry(3)),
    "aiohttp": aiohttp_content,
}


@pytest.mark.parametrize("send", REDIRECTED.values(), ids=REDIRECTED)
def test_a_redirect_is_followed_within_one_call(send: Any, spans: Any, provider: Replay) -> None:
    provider.first = [
        Answer(b"", 307, headers={"location": "/elsewhere/1"}),
        Answer(b"", 308, headers={"location": "/elsewhere/2"}),
    ]
    provider.answer = stream_answer()
    assert send(provider.url + PATH) == STREAM
    assert [seen[":request"].split("/", 1)[1] for seen in provider.seen] == [
        "v1/messages", "elsewhere/1", "elsewhere/2",
    ]  # fmt: skip
    assert spans.only()["http.response.status_code"] == 200
    assert spans.only()["gen_ai.usage.output_tokens"] == 9


def test_an_error_raised_for_a_status_was_not_billed(spans: Any, provider: Replay) -> None:
    provider.answer = limited()

    async def call() -> None:
        async with aiohttp.ClientSession(raise_for_status=True) as session:
            await session.post(provider.url + PATH, data=BODY, headers=HEADERS)

    with pytest.raises(aiohttp.ClientResponseError):
        asyncio.run(call())
    assert spans.only()["spantally.usage.source"] == "not_billed"
    assert spans.only()["http.response.status_code"] == 429
