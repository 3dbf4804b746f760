"""Tags that come with a request, through the real server frameworks, and who is believed."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import django
import flask
import grpc
import httpx
import pytest
import wrapt
from aiohttp import ClientSession, web
from aiohttp.test_utils import RawTestServer
from django.conf import settings
from django.http import HttpResponse
from django.test import Client as DjangoClient
from django.test import override_settings
from django.urls import path
from fastapi import FastAPI
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from spantally import env
from spantally.servers.aiohttp import AiohttpServerInstrumentor
from spantally.servers.grpc import GrpcServerInstrumentor
from support.replay import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.replay import Replay

CHAT = {"model": "gpt-4o", "messages": []}
BAGGAGE = "spantally.tag.customer=acme"
URL = ""


def call_provider() -> str:
    return httpx.post(URL, json=CHAT).text


def call_django_view(request: Any) -> HttpResponse:
    return HttpResponse(call_provider())


urlpatterns = [path("", call_django_view)]


def ask_flask(headers: dict[str, str], peer: str) -> None:
    app = flask.Flask("app")
    app.add_url_rule("/", view_func=call_provider)
    FlaskInstrumentor().instrument_app(app)
    answer = app.test_client().get("/", headers=headers, environ_base={"REMOTE_ADDR": peer})
    assert answer.status_code == 200


def ask_fastapi(headers: dict[str, str], peer: str) -> None:
    app = FastAPI()
    app.add_api_route("/", call_provider)
    FastAPIInstrumentor.instrument_app(app)
    transport = httpx.ASGITransport(app, client=(peer, 4711))

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            return await client.get("/", headers=headers)

    assert asyncio.run(ask()).status_code == 200


def ask_django(headers: dict[str, str], peer: str) -> None:
    with override_settings(ROOT_URLCONF=__name__):
        answer = DjangoClient().get("/", headers=headers, REMOTE_ADDR=peer)
    assert answer.status_code == 200


def ask_aiohttp(headers: dict[str, str], peer: str) -> None:
    instrumentation = pytest.importorskip("opentelemetry.instrumentation.aiohttp_server")

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=await asyncio.to_thread(call_provider))

    async def ask() -> int:
        app: Any = web.Application()
        app.router.add_get("/", answer)
        app.freeze()
        server = RawTestServer(app._handle)

        def request_from_peer(*given: Any) -> Any:
            return app._make_request(*given).clone(remote=peer)

        await server.start_server(request_factory=request_from_peer)
        async with server, ClientSession() as session:
            return (await session.get(server.make_url("/"), headers=headers)).status

    with pytest.warns(
        DeprecationWarning, match="Inheritance"
    ):  # it inherits from what aiohttp calls final
        instrumentation.AioHttpServerInstrumentor().instrument()
    try:
        assert asyncio.run(ask()) == 200
    finally:
        instrumentation.AioHttpServerInstrumentor().uninstrument()


class _FromPeer(grpc.ServerInterceptor):
    """Before the others: what they see comes from another address."""

    def __init__(self, peer: str) -> None:
        self._peer = peer

    def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        handler, peer = continuation(handler_call_details), self._peer

        class Context(wrapt.ObjectProxy):  # type: ignore[type-arg]
            def peer(self) -> str:
                return peer

        return grpc.unary_unary_rpc_method_handler(
            lambda asked, context: handler.unary_unary(asked, Context(context))
        )


def ask_grpc(headers: dict[str, str], peer: str) -> None:
    instrumentation = pytest.importorskip("opentelemetry.instrumentation.grpc")
    answer = grpc.unary_unary_rpc_method_handler(lambda *_: call_provider().encode())
    service = grpc.method_handlers_generic_handler("s", {"m": answer})
    address = f"ipv6:%5B{peer}%5D:4711" if ":" in peer else f"ipv4:{peer}:4711"
    interceptors = [_FromPeer(address), instrumentation.server_interceptor()]
    server = grpc.server(ThreadPoolExecutor(1), handlers=[service], interceptors=interceptors)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    metadata = [(name.lower(), value) for name, value in headers.items()]
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        channel.unary_unary("/s/m")(b"", metadata=metadata, timeout=20)
    server.stop(0)


FRAMEWORKS = pytest.mark.parametrize(
    "ask", [ask_flask, ask_fastapi, ask_django, ask_aiohttp, ask_grpc]
)


@pytest.fixture(autouse=True)
def _provider(provider: Replay, monkeypatch: pytest.MonkeyPatch) -> None:
    provider.answer = Answer(b'{"usage": {"prompt_tokens": 1}}')
    monkeypatch.setattr(f"{__name__}.URL", provider.url + "/v1/chat/completions")
    monkeypatch.setenv(env.SPANTALLY_TAG_HEADERS, "X-Team, X-Tenant-Id=customer")
    env.forget()


@pytest.fixture(autouse=True, scope="module")
def _servers(exported: Any) -> Iterator[None]:
    if not settings.configured:  # for a process, by whichever test comes first
        settings.configure(ALLOWED_HOSTS=["*"], MIDDLEWARE=[], SECRET_KEY="made-up")
        django.setup()
    instrumentors = (DjangoInstrumentor(), AiohttpServerInstrumentor(), GrpcServerInstrumentor())
    for instrumentor in instrumentors:
        instrumentor.instrument()
    yield
    for instrumentor in instrumentors:
        instrumentor.uninstrument()


@FRAMEWORKS
def test_configured_headers_of_a_served_request_are_tags(
    ask: Callable[..., None], spans: Any
) -> None:
    ask({"X-Team": "search", "X-Tenant-Id": "acme", "X-Other": "no"}, "10.0.0.7")
    span = spans.only()
    assert span["spantally.tag.team"] == "search"
    assert span["spantally.tag.customer"] == "acme"
    assert span["spantally.tag_sources"] == "team=header,customer=header"


@FRAMEWORKS
def test_baggage_wins_over_a_header_and_the_header_is_kept_as_the_loser(
    ask: Callable[..., None], spans: Any
) -> None:
    ask({"X-Tenant-Id": "other", "baggage": BAGGAGE}, "10.0.0.7")
    span = spans.only()
    assert span["spantally.tag.customer"] == "acme"
    assert span["spantally.tag_conflict.customer"] == ("header=other",)


@pytest.mark.parametrize("ask", [ask_flask, ask_django])
@pytest.mark.parametrize("sent", ["söhne", "söhne".encode().decode("latin-1")])
def test_a_header_that_was_sent_as_utf8_says_what_it_said(
    ask: Callable[..., None], sent: str, spans: Any
) -> None:
    ask({"X-Team": sent}, "10.0.0.7")
    assert spans.only()["spantally.tag.team"] == "söhne"


OUTSIDE = [
    ({}, "8.8.8.8"),
    ({}, "2606:4700::1"),
    ({"X-Forwarded-For": "8.8.8.8, 10.0.0.1"}, "10.0.0.7"),
    ({"Forwarded": 'for="[2606:4700::1]:4711";proto=https;by=10.0.0.1'}, "10.0.0.7"),
    ({"X-Forwarded-For": "unknown"}, "10.0.0.7"),
]


@FRAMEWORKS
@pytest.mark.parametrize(("headers", "peer"), OUTSIDE)
def test_tags_from_outside_the_organisation_are_ignored(
    ask: Callable[..., None], headers: dict[str, str], peer: str, spans: Any, caplog: Any
) -> None:
    ask({**headers, "X-Team": "forged", "baggage": BAGGAGE}, peer)
    assert not [name for name in spans.only() if name.startswith("spantally.tag")]


@FRAMEWORKS
@pytest.mark.parametrize("trusted", ["8.8.8.0/24,2606:4700::/32", "*"])
def test_tags_from_a_trusted_source_are_believed(
    ask: Callable[..., None], trusted: str, spans: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(env.SPANTALLY_TRUSTED_SOURCES, trusted)
    env.forget()
    ask({"X-Forwarded-For": "8.8.8.8:80, 10.0.0.1", "baggage": BAGGAGE}, "10.0.0.7")
    assert spans.only()["spantally.tag.customer"] == "acme"


def test_a_faulty_trusted_source_is_named_and_the_others_hold(
    spans: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(env.SPANTALLY_TRUSTED_SOURCES, "partner.example,8.8.8.8")
    env.forget()
    ask_flask({"baggage": BAGGAGE}, "8.8.8.8")
    assert spans.only()["spantally.tag.customer"] == "acme"
    assert "'partner.example'" in caplog.text


@pytest.mark.parametrize(("strip", "sent"), [("", True), ("true", False)])
def test_headers_of_the_llm_request_itself_are_tags_and_are_stripped_if_asked(
    strip: str, sent: bool, spans: Any, provider: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(env.SPANTALLY_STRIP_TAG_HEADERS, strip)
    env.forget()
    httpx.post(URL, json=CHAT, headers={"X-Team": "search", "X-Tenant-Id": "acme & co"})
    span = spans.only()
    assert span["spantally.tag.team"] == "search"
    assert span["spantally.tag_sources"] == "team=call,customer=call"
    assert ("x-team" in provider.seen[0]) is sent
