"""A redirect leads elsewhere: what was written for an own service does not go along."""

from __future__ import annotations

import asyncio
import urllib.request
from contextlib import nullcontext
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import aiohttp
import httpx
import httpx2
import pytest
import requests
import urllib3
from opentelemetry import propagate
from opentelemetry.instrumentation.utils import suppress_http_instrumentation
from spantally import attribute, env
from spantally.transports.httpx import HttpxInstrumentor
from support.replay import Answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from support.replay import Replay

CHAT = {"model": "gpt-4o", "messages": []}
SAID = Answer(b'{"id": "c1", "usage": {"prompt_tokens": 3, "completion_tokens": 4}}')


def _redirected(module: Any) -> Callable[[str, str], None]:
    def get(url: str, proxy: str) -> None:
        with module.Client(proxy=proxy, follow_redirects=True) as client:
            client.get(url)

    return get


def _redirected_requests(url: str, proxy: str) -> None:
    with requests.Session() as session:
        session.get(url, proxies={"http": proxy})


def _redirected_urllib3(url: str, proxy: str) -> None:
    with urllib3.ProxyManager(proxy) as pool:
        pool.request("GET", url)


def _redirected_aiohttp(url: str, proxy: str) -> None:
    async def get() -> None:
        async with aiohttp.ClientSession() as session, session.get(url, proxy=proxy) as response:
            await response.read()

    asyncio.run(get())


def _redirected_urllib(url: str, proxy: str) -> None:
    headers: dict[str, str] = {}
    propagate.inject(headers)  # as OpenTelemetry's instrumentation does
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": proxy}))
    with opener.open(urllib.request.Request(url, headers=headers)) as response:  # noqa: S310 - http
        response.read()


REDIRECTED = {
    "httpx": _redirected(httpx), "httpx2": _redirected(httpx2), "requests": _redirected_requests,
    "urllib3": _redirected_urllib3, "aiohttp": _redirected_aiohttp, "urllib": _redirected_urllib,
}  # fmt: skip


@pytest.mark.parametrize("library", REDIRECTED)
@pytest.mark.parametrize("host", ["partner.example", "api.openai.com"])
def test_tags_do_not_go_on_with_a_redirect_from_an_own_service_to_elsewhere(
    host: str, library: str, spans: Any, provider: Replay
) -> None:
    elsewhere = {"location": f"http://{host}/v1/models"}
    provider.first = [Answer(b"", status=302, headers=elsewhere)]
    provider.answer = Answer(b"{}")
    with attribute(team="t"):
        REDIRECTED[library]("http://rooms.internal/rooms", provider.url)
    own, other = provider.seen
    assert other[":request"].startswith(f"GET http://{host}/v1/models")
    assert "spantally.tag.team=t" in own["baggage"]
    assert "baggage" not in other
    assert "traceparent" not in other or host == "partner.example", (
        "a provider gets no trace either"
    )


def _posted(module: Any) -> Callable[[str, str], None]:
    def post(url: str, proxy: str) -> None:
        with module.Client(proxy=proxy, follow_redirects=True) as client:
            client.post(url, json=CHAT)

    return post


def _posted_async(module: Any) -> Callable[[str, str], None]:
    async def post(url: str, proxy: str) -> None:
        async with module.AsyncClient(proxy=proxy, follow_redirects=True) as client:
            await client.post(url, json=CHAT)

    return lambda url, proxy: asyncio.run(post(url, proxy))


def _posted_requests(url: str, proxy: str) -> None:
    with requests.Session() as session:
        session.post(url, json=CHAT, proxies={"http": proxy})


def _posted_urllib3(url: str, proxy: str) -> None:
    with urllib3.ProxyManager(proxy) as pool:
        pool.request("POST", url, json=CHAT)


def _posted_aiohttp(url: str, proxy: str) -> None:
    async def post() -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, json=CHAT, proxy=proxy) as response,
        ):
            await response.read()

    asyncio.run(post())


POSTED = {
    "httpx": _posted(httpx), "httpx, async": _posted_async(httpx),
    "httpx2": _posted(httpx2), "httpx2, async": _posted_async(httpx2),
    "requests": _posted_requests, "urllib3": _posted_urllib3, "aiohttp": _posted_aiohttp,
}  # fmt: skip


ALONE: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "OpenTelemetry's instrumentation is there, too": nullcontext,
    "nobody else is there": suppress_http_instrumentation,
}


@pytest.mark.parametrize("alone", ALONE)
@pytest.mark.parametrize("library", POSTED)
def test_a_gateway_of_ones_own_that_redirects_elsewhere_takes_no_tags_along(
    library: str, alone: str, spans: Any, provider: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(env.SPANTALLY_HOSTS, "gw.internal=litellm")
    env.forget()
    elsewhere = {"location": "http://partner.example/v1/chat/completions"}
    provider.first = [Answer(b"", status=307, headers=elsewhere)]
    provider.answer = SAID
    with ALONE[alone](), attribute(team="t"):
        POSTED[library]("http://gw.internal/v1/chat/completions", provider.url)
    own, other = provider.seen
    assert "spantally.tag.team=t" in own["baggage"]
    assert other[":request"].startswith("POST http://partner.example/")
    assert "baggage" not in other


@pytest.mark.parametrize("alone", ALONE)
@pytest.mark.parametrize("library", [name for name in POSTED if name != "aiohttp"])
def test_a_call_that_an_own_service_redirects_to_a_provider_is_recorded(
    library: str, alone: str, spans: Any, provider: Replay
) -> None:
    elsewhere = {"location": "http://api.openai.com/v1/chat/completions"}
    provider.first = [Answer(b"", status=307, headers=elsewhere)]
    provider.answer = SAID
    with ALONE[alone](), attribute(team="t"):
        POSTED[library]("http://rooms.internal/choose", provider.url)
    _, other = provider.seen
    assert other[":request"].startswith("POST http://api.openai.com/")
    call = spans.only()
    assert call["gen_ai.provider.name"] == "openai"
    assert call["gen_ai.request.model"] == "gpt-4o"
    assert call["gen_ai.usage.output_tokens"] == 4
    assert call["spantally.tag.team"] == "t"


def test_an_httpx_without_what_is_private_in_it_is_still_looked_at() -> None:
    class Client:
        def send(self) -> None: ...

    module: Any = SimpleNamespace(Client=Client, AsyncClient=Client)
    assert [name for _, name, _ in HttpxInstrumentor().hooks(module)] == ["send", "send"]
