"""What leaves: one call for one request however many libraries it passes, and nothing of ours in it."""

from __future__ import annotations

import asyncio
import io
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import httpx
import pytest
import requests
import urllib3
from opentelemetry import baggage, context, trace
from spantally import attribute, env
from spantally.transports.requests import RequestsInstrumentor
from spantally.transports.urllib3 import Urllib3Instrumentor
from support.reading import AIOBOTOCORE, AIOHTTP, BOTOCORE, REQUESTS, URLLIB3
from support.replay import Answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.replay import Replay

CHAT = {"model": "gpt-4o", "messages": []}
SAID = Answer(b'{"id": "c1", "usage": {"prompt_tokens": 3, "completion_tokens": 4}}')
WAYS = {
    "requests": REQUESTS["whole"],
    "urllib3": URLLIB3["preloaded"],
    "aiohttp": AIOHTTP["read, twice"],
    "botocore": BOTOCORE["whole"],
    "aiobotocore": AIOBOTOCORE["whole"],
}


def chat_request(url: str, **headers: str) -> dict[str, Any]:
    return {
        "method": "POST",
        "url": url + "/v1/chat/completions",
        "content": json.dumps(CHAT).encode(),
        "headers": {"Content-Type": "application/json", **headers},
    }


@pytest.mark.parametrize("library", WAYS)
def test_neither_tags_nor_trace_leave_with_an_llm_call(
    library: str, spans: Any, provider: Replay
) -> None:
    """The stand-in has a private address, where any other request would carry them."""
    provider.answer = SAID
    token = context.attach(baggage.set_baggage("other", "thing"))
    with trace.get_tracer("app").start_as_current_span("app"), attribute(team="search"):
        WAYS[library](chat_request(provider.url), None)
    context.detach(token)
    assert spans.only()["spantally.tag.team"] == "search"
    assert not {"baggage", "traceparent", "tracestate"} & set(provider.seen[0])
    assert "search" not in str(provider.seen)


@pytest.mark.parametrize("library", ["requests", "urllib3", "aiohttp"])
def test_any_other_request_to_an_own_host_still_carries_them(
    library: str, spans: Any, provider: Replay
) -> None:
    with trace.get_tracer("app").start_as_current_span("app"), attribute(team="search"):
        WAYS[library]({**chat_request(provider.url), "url": provider.url + "/health"}, None)
    assert "spantally.tag.team=search" in provider.seen[0]["baggage"]
    assert spans.llm() == []


@pytest.mark.parametrize("library", WAYS)
def test_tags_in_the_requests_own_headers_are_read_and_stripped(
    library: str, spans: Any, provider: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(env.SPANTALLY_TAG_HEADERS, "X-Team")
    monkeypatch.setenv(env.SPANTALLY_STRIP_TAG_HEADERS, "true")
    env.forget()
    provider.answer = SAID
    request = chat_request(provider.url, **{"X-TEAM": "ads", "X-Other": "kept"})
    WAYS[library](request, None)
    assert spans.only()["spantally.tag.team"] == "ads"
    assert "x-team" not in provider.seen[0]
    assert provider.seen[0]["x-other"] == "kept"
    assert request["headers"]["X-TEAM"] == "ads", "the app's own mapping is left as it was"


@pytest.mark.parametrize("library", ["requests", "urllib3", "aiohttp", "botocore"])
def test_a_baggage_header_that_somebody_wrote_before_loses_our_tags_only(
    library: str, spans: Any, provider: Replay
) -> None:
    provider.answer = SAID
    WAYS[library](chat_request(provider.url, baggage="spantally.tag.team=ads,other=thing"), None)
    assert spans.only()["gen_ai.usage.input_tokens"] == 3
    assert provider.seen[0]["baggage"] == "other=thing"


def test_aiohttp_below_httpx_is_one_call(spans: Any, provider: Replay) -> None:
    class Transport(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            async with (
                aiohttp.ClientSession() as session,
                session.request(
                    request.method, str(request.url), data=await request.aread(),
                    headers={"content-type": "application/json"},
                ) as response,
            ):  # fmt: skip
                return httpx.Response(response.status, content=await response.read())

    async def call() -> None:
        async with httpx.AsyncClient(transport=Transport()) as client:
            await client.post(provider.url + "/v1/chat/completions", json=CHAT)

    provider.answer = SAID
    asyncio.run(call())
    assert spans.only()["gen_ai.usage.input_tokens"] == 3


def test_a_library_that_is_switched_off_leaves_its_calls_to_the_one_below(
    spans: Any, provider: Replay
) -> None:
    provider.answer = SAID
    RequestsInstrumentor().uninstrument()
    try:
        WAYS["requests"](chat_request(provider.url), None)
        assert spans.only()["gen_ai.usage.input_tokens"] == 3
        spans.clear()
        Urllib3Instrumentor().uninstrument()
        try:
            WAYS["requests"](chat_request(provider.url), None)
            assert spans.llm() == []
        finally:
            Urllib3Instrumentor().instrument()
    finally:
        RequestsInstrumentor().instrument()


def form_of_requests(url: str, file: Any) -> None:
    requests.post(url, data={"model": "whisper-1"}, files={"file": ("a.wav", file)}, timeout=5)


def form_of_urllib3(url: str, file: Any) -> None:
    urllib3.request("POST", url, fields={"model": "whisper-1", "file": ("a.wav", file.read())})


def form_of_aiohttp(url: str, file: Any) -> None:
    async def call() -> None:
        form = aiohttp.FormData({"model": "whisper-1"})
        form.add_field("file", file, filename="a.wav")
        async with aiohttp.ClientSession() as session, session.post(url, data=form) as response:
            await response.read()

    asyncio.run(call())


@pytest.mark.parametrize("send", [form_of_requests, form_of_urllib3, form_of_aiohttp])
def test_the_model_in_a_form_is_read_and_the_file_is_sent_whole(
    send: Callable[[str, Any], None], spans: Any, provider: Replay
) -> None:
    provider.answer = SAID
    send(provider.url + "/v1/chat/completions", io.BytesIO(b"RIFF" * 1000))
    assert spans.only()["gen_ai.request.model"] == "whisper-1"
    assert b"RIFF" * 1000 in provider.bodies[0]


def test_json_and_a_base_url_of_aiohttp(spans: Any, provider: Replay) -> None:
    async def call() -> None:
        headers = {"content-type": "application/json", "x-of-the-session": "yes"}
        async with (
            aiohttp.ClientSession(provider.url, headers=headers) as session,
            session.post("/v1/chat/completions?a=b", json=CHAT) as response,
        ):
            await response.read()

    provider.answer = SAID
    asyncio.run(call())
    assert spans.only()["gen_ai.request.model"] == "gpt-4o"
    assert provider.seen[0]["x-of-the-session"] == "yes"


def pieces_of(body: dict[str, Any]) -> Any:
    yield from (json.dumps(body)[i : i + 5].encode() for i in range(0, 60, 5))


@pytest.mark.parametrize(
    "send",
    [
        lambda url: requests.post(url, data=pieces_of(CHAT), timeout=5),
        lambda url: urllib3.request("POST", url, body=pieces_of(CHAT)),
    ],
    ids=["requests", "urllib3"],
)
def test_a_streamed_upload_is_left_alone(send: Any, spans: Any, provider: Replay) -> None:
    provider.answer = SAID
    send(provider.url + "/v1/chat/completions")
    assert spans.only()["gen_ai.usage.input_tokens"] == 3
    assert json.loads(provider.bodies[0]) == CHAT


def test_a_file_as_body_is_sent_whole(spans: Any, provider: Replay, tmp_path: Path) -> None:
    path = tmp_path / "body.json"
    path.write_text(json.dumps(CHAT))
    provider.answer = SAID
    with path.open("rb") as file:
        requests.post(provider.url + "/v1/chat/completions", data=file, timeout=5)
    assert json.loads(provider.bodies[0]) == CHAT
    assert spans.only()["gen_ai.usage.input_tokens"] == 3


def test_an_adapter_that_is_not_built_on_urllib3_is_seen_too(spans: Any, provider: Replay) -> None:
    class Adapter(requests.adapters.BaseAdapter):
        def send(self, request: Any, **how: Any) -> Any:
            response = requests.Response()
            response.status_code = 200
            response.raw = io.BytesIO(SAID.body)
            response.url = request.url
            return response

        def close(self) -> None:
            pass

    with requests.Session() as session:
        session.mount("http://", Adapter())
        url = provider.url + "/v1/chat/completions"
        assert session.post(url, json=CHAT, stream=True).json()["id"] == "c1"
        assert session.post(url, json=CHAT).json()["id"] == "c1"
    assert [dict(span.attributes)["gen_ai.usage.input_tokens"] for span in spans.llm()] == [3, 3]
