"""A redirect leads elsewhere: what was written for an own service does not go along."""

from __future__ import annotations

import asyncio
import urllib.request
from typing import TYPE_CHECKING, Any

import aiohttp
import httpx
import httpx2
import pytest
import requests
import urllib3
from opentelemetry import propagate
from spantally import attribute, env
from support.replay import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

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


def test_a_gateway_of_ones_own_that_redirects_elsewhere_takes_no_tags_along(
    spans: Any, provider: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(env.SPANTALLY_HOSTS, "gw.internal=litellm")
    env.forget()
    elsewhere = {"location": "http://partner.example/v1/chat/completions"}
    provider.first = [Answer(b"", status=307, headers=elsewhere)]
    provider.answer = SAID
    with attribute(team="t"):
        url, proxies = "http://gw.internal/v1/chat/completions", {"http": provider.url}
        requests.post(url, json=CHAT, proxies=proxies, timeout=20)
    own, other = provider.seen
    assert "spantally.tag.team=t" in own["baggage"]
    assert other["host"] == "partner.example"
    assert "baggage" not in other
