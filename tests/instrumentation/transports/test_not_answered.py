"""What was never sent, timed out or was refused: whether it was billed, and how often it is seen."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import botocore.awsrequest
import botocore.exceptions
import botocore.httpsession
import pytest
import requests
import requests.adapters
import urllib3
from support.messages_stream import (
    BODY,
    HEADERS,
    PATH,
    STREAM,
    aiohttp_call,
    botocore_response,
    read_some,
    requests_response,
    stream_answer,
    urllib3_response,
)
from support.replay import Answer
from urllib3.util import Retry

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.replay import Replay

CHAT = json.dumps({"id": "c", "usage": {"prompt_tokens": 3, "completion_tokens": 4}}).encode()
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
        lambda: aiohttp_call(read_some)(REFUSED), aiohttp.ClientConnectorError,
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
