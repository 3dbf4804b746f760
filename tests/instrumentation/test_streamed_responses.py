"""A body that is made while it is sent: its calls belong to the request and have tags set between steps."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import django
import httpx
import pytest
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, StreamingHttpResponse
from django.test import override_settings
from django.urls import path
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from flask import Flask, Response
from opentelemetry import context, trace
from opentelemetry.instrumentation.django import DjangoInstrumentor as OtelDjango
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from spantally import attribute
from spantally.servers.django import DjangoInstrumentor
from spantally.servers.starlette import StarletteInstrumentor
from spantally.servers.werkzeug import WerkzeugInstrumentor
from support.replay import Answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from support.replay import Replay

SAID = {"baggage": "spantally.tag.team=web"}
OURS = (WerkzeugInstrumentor, DjangoInstrumentor, StarletteInstrumentor)


@pytest.fixture(autouse=True)
def _hooks(exported: Any) -> Iterator[None]:
    for make in OURS:
        make().instrument()
    yield
    for make in OURS:
        make().uninstrument()


def body_of(url: str) -> Callable[[], Iterator[str]]:
    """Calls between its steps; `feature` is set over two of them."""

    def call() -> None:
        chat = {"model": "gpt-4o", "messages": []}
        httpx.post(url + "/v1/chat/completions", json=chat)

    def body() -> Iterator[str]:
        yield "a"
        with attribute(feature="stream"):
            call()
            yield "b"
            call()
        yield "c"
        call()

    return body


def async_body_of(url: str) -> Callable[[], AsyncIterator[str]]:
    async def body() -> AsyncIterator[str]:
        for step in body_of(url)():
            yield step
            await asyncio.sleep(0)

    return body


def flask_app(body: Callable[[], Any]) -> Callable[[], str]:
    app = Flask("shop")
    FlaskInstrumentor().instrument_app(app)
    app.get("/s")(lambda: Response(body()))
    transport = httpx.WSGITransport(app)
    return lambda: _get(transport)


def _get(transport: httpx.WSGITransport) -> str:
    with httpx.Client(transport=transport, base_url="http://127.0.0.1") as client:
        return client.get("/s", headers=SAID).text


def _get_async(app: Any) -> str:
    async def get() -> str:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return (await client.get("/s", headers=SAID)).text

    return asyncio.run(get())


urlpatterns: list[Any] = []


def django_app(body: Callable[[], Any]) -> Callable[[], str]:
    if not settings.configured:
        settings.configure(ALLOWED_HOSTS=["*"], MIDDLEWARE=[], SECRET_KEY="made-up")
        django.setup()

    def view(_: Any) -> HttpResponse:
        return StreamingHttpResponse(body())  # pyright: ignore[reportReturnType]

    urlpatterns[:] = [path("s", view)]
    return lambda: _with_django(lambda: _get(httpx.WSGITransport(get_wsgi_application())))


def async_django_app(body: Callable[[], Any]) -> Callable[[], str]:
    django_app(body)
    return lambda: _with_django(lambda: _get_async(get_asgi_application()))


def _with_django(get: Callable[[], str]) -> str:
    OtelDjango().instrument()
    try:
        with override_settings(ROOT_URLCONF=__name__):
            return get()
    finally:
        OtelDjango().uninstrument()


def fastapi_app(body: Callable[[], Any]) -> Callable[[], str]:
    app = FastAPI()
    app.get("/s")(lambda: StreamingResponse(body()))
    FastAPIInstrumentor().instrument_app(app)
    return lambda: _get_async(app)


APPS = {
    "flask": (flask_app, body_of),
    "django": (django_app, body_of),
    "django async": (async_django_app, async_body_of),
    "fastapi": (fastapi_app, body_of),
    "fastapi async": (fastapi_app, async_body_of),
}


@pytest.mark.parametrize("name", APPS)
def test_calls_of_a_streamed_body_belong_to_the_request(
    name: str, spans: Any, provider: Replay, caplog: pytest.LogCaptureFixture
) -> None:
    provider.answer = Answer(json.dumps({"usage": {"prompt_tokens": 1}}).encode())
    make, body = APPS[name]
    assert make(body(provider.url))() == "abc"
    calls = [dict(span.attributes) for span in spans.llm()]
    assert [call["spantally.tag.team"] for call in calls] == ["web"] * 3
    assert [call.get("spantally.tag.feature") for call in calls] == ["stream", "stream", None]
    served = [span for span in spans.all() if span.kind is trace.SpanKind.SERVER]
    assert {span.context.trace_id for span in spans.llm()} == {served[0].context.trace_id}
    assert "Failed to detach" not in caplog.text
    assert not trace.get_current_span(context.get_current()).get_span_context().is_valid


def test_a_body_that_is_given_up_is_closed_in_its_context(spans: Any, provider: Replay) -> None:
    closed: list[str] = []

    def body() -> Iterator[str]:
        try:
            yield "a"
            yield "b"
        finally:
            with attribute(feature="late"):
                httpx.post(provider.url + "/v1/chat/completions", json={"messages": []})
            closed.append("yes")

    app = Flask("shop")
    FlaskInstrumentor().instrument_app(app)
    app.get("/s")(lambda: Response(body()))
    with app.test_client() as client:
        response = client.get("/s", headers=SAID, buffered=False)
        next(iter(response.response))
        response.close()
    assert closed == ["yes"]
    (call,) = spans.llm()
    assert call.attributes["spantally.tag.feature"] == "late"
    assert call.attributes["spantally.tag.team"] == "web"
