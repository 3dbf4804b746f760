"""Tags and trace go to the organisation's own services, and to nobody else."""

from __future__ import annotations

import json
import string
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import anthropic
import httpx
import httpx2
import pytest
import requests
import urllib3
from opentelemetry import baggage, context, propagate, trace
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.instrumentation.utils import suppress_http_instrumentation
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from spantally import _tags, attribute, env
from spantally.propagation import TagPropagator
from support.reading import AIOHTTP, HTTPX, REQUESTS, URLLIB3
from support.replay import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.replay import Replay

CHAT = {"model": "gpt-4o", "messages": []}
SAID = Answer(b'{"id": "c1", "usage": {"prompt_tokens": 3, "completion_tokens": 4}}')
WAYS = {
    "httpx": HTTPX["whole"],
    "requests": REQUESTS["whole"],
    "urllib3": URLLIB3["preloaded"],
    "aiohttp": AIOHTTP["read, twice"],
}
MODULES = pytest.mark.parametrize("module", [httpx, httpx2])


def asking(url: str) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    url, content = url + "/v1/chat/completions", json.dumps(CHAT).encode()
    return {"method": "POST", "url": url, "content": content, "headers": headers}


@MODULES
def test_a_call_to_an_own_service_carries_trace_and_tags(
    module: Any, spans: Any, provider: Replay
) -> None:
    with attribute(team="t", customer="acme & söhne, 50 %"):
        module.post(provider.url + "/rooms/search", json={})
    (headers,) = provider.seen
    arrived = propagate.extract(headers)
    tags = _tags.tag_attributes(arrived)
    assert tags["spantally.tag.team"] == "t"
    assert tags["spantally.tag.customer"] == "acme & söhne, 50 %"
    assert tags["spantally.tag_sources"] == "team=baggage,customer=baggage"
    assert "traceparent" in headers


@MODULES
def test_a_provider_gets_neither_tags_nor_trace(module: Any, spans: Any, provider: Replay) -> None:
    provider.answer = Answer(b'{"usage": {"prompt_tokens": 1}}')
    with attribute(team="t"):
        module.post(provider.url + "/v1/chat/completions", json=CHAT)
    (headers,) = provider.seen
    assert not {"baggage", "traceparent", "tracestate"} & headers.keys()
    assert spans.only()["spantally.tag.team"] == "t"


@pytest.mark.parametrize("library", WAYS)
def test_a_gateway_of_ones_own_gets_both_and_its_spans_join_the_trace(
    library: str, spans: Any, provider: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(env.SPANTALLY_HOSTS, f"127.0.0.1:{provider.port}=litellm")
    env.forget()
    provider.answer = SAID
    tracer = trace.get_tracer("app")
    with tracer.start_as_current_span("app") as app, attribute(team="t"):
        WAYS[library](asking(provider.url), None)
    (headers,) = provider.seen
    arrived = propagate.extract(headers)
    there = trace.get_current_span(arrived).get_span_context()
    assert there.trace_id == app.get_span_context().trace_id
    ids = {span.context.span_id for span in spans.all() if span.kind is trace.SpanKind.CLIENT}
    assert there.span_id in ids, "below the call, or the HTTP client's span in it"
    assert _tags.tags_in_baggage(arrived) == {"team": "t"}
    assert spans.only()["spantally.tag.team"] == "t"


def test_a_gateway_on_a_public_host_gets_neither(
    spans: Any, provider: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(env.SPANTALLY_HOSTS, "gateway.example=litellm")
    env.forget()
    provider.answer = SAID
    with attribute(team="t"), httpx.Client(proxy=provider.url) as client:
        client.post("http://gateway.example/v1/chat/completions", json=CHAT)
    (headers,) = provider.seen
    assert not {"baggage", "traceparent", "tracestate"} & headers.keys()
    assert spans.only()["spantally.tag.team"] == "t"


def test_an_own_gateway_gets_the_tags_of_a_trace_that_was_sampled_out(
    spans: Any, provider: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(env.SPANTALLY_HOSTS, f"127.0.0.1:{provider.port}=litellm")
    env.forget()
    provider.answer = SAID
    tracer = TracerProvider(sampler=ALWAYS_OFF).get_tracer("app")
    with attribute(team="t"), tracer.start_as_current_span("app"):
        httpx.post(provider.url + "/v1/chat/completions", json=CHAT)
    arrived = propagate.extract(provider.seen[0])
    assert _tags.tags_in_baggage(arrived) == {"team": "t"}
    assert not trace.get_current_span(arrived).get_span_context().trace_flags.sampled


@MODULES
def test_another_organisations_host_gets_the_trace_but_no_tags(
    module: Any, spans: Any, provider: Replay
) -> None:
    """The stand-in is the proxy, so that a public host name can be called for real."""
    with attribute(team="t"), module.Client(proxy=provider.url) as client:
        client.post("http://partner.example/api", json={})
    (headers,) = provider.seen
    assert headers["host"] == "partner.example"
    assert "baggage" not in headers
    assert "traceparent" in headers


def test_a_propagator_that_the_app_sets_itself_lets_nothing_more_through(
    spans: Any, provider: Replay
) -> None:
    provider.answer = SAID
    arrived = baggage.set_baggage("spantally.tag.team", "t")
    before = propagate.get_global_textmap()
    token = context.attach(arrived)
    try:
        propagate.set_global_textmap(
            CompositePropagator([TraceContextTextMapPropagator(), W3CBaggagePropagator()])
        )
        httpx.post(provider.url + "/v1/chat/completions", json=CHAT)
        httpx.get("http://partner.example/rooms", proxy=provider.url)
    finally:
        context.detach(token)
        propagate.set_global_textmap(before)
    assert [{"baggage", "traceparent"} & seen.keys() for seen in provider.seen] == [
        set(),
        {"traceparent"},
    ]


def test_a_message_queue_carries_the_tags(spans: Any) -> None:
    carrier: dict[str, str] = {}
    kind = trace.SpanKind.PRODUCER
    with attribute(team="t"), trace.get_tracer("q").start_as_current_span("publish", kind=kind):
        propagate.inject(carrier)
    received = propagate.extract(carrier)
    assert _tags.tag_attributes(received)["spantally.tag.team"] == "t"


@pytest.mark.parametrize(
    ("host", "carried"), [("rooms.internal:80", True), ("partner.example", False)]
)
@MODULES
def test_a_request_that_was_sampled_out_carries_tags_by_the_host_among_its_headers(
    module: Any, host: str, spans: Any, provider: Replay, *, carried: bool
) -> None:
    tracer = TracerProvider(sampler=ALWAYS_OFF).get_tracer("app")
    proxied = module.Client(proxy=provider.url)
    with attribute(team="t"), tracer.start_as_current_span("app"), proxied as client:
        client.post(f"http://{host}/rooms", json={})
    assert ("baggage" in provider.seen[0]) is carried


def test_a_request_that_was_sampled_out_carries_no_tags_where_its_host_is_not_known(
    spans: Any,
) -> None:
    carrier: dict[str, str] = {}
    tracer = TracerProvider(sampler=ALWAYS_OFF).get_tracer("app")
    with attribute(team="t"), tracer.start_as_current_span("POST"):
        propagate.inject(carrier)
    assert "baggage" not in carrier


GETS: dict[str, Callable[[str, str], object]] = {
    "httpx": lambda url, proxy: httpx.get(url, proxy=proxy),
    "requests": lambda url, proxy: requests.get(url, proxies={"http": proxy}, timeout=20),
    "urllib3": lambda url, proxy: urllib3.ProxyManager(proxy).request("GET", url),
}


@pytest.mark.parametrize("library", GETS)
def test_a_request_that_is_no_llm_call_brings_a_provider_no_trace_either(
    library: str, spans: Any, provider: Replay
) -> None:
    with attribute(team="t"):
        GETS[library]("http://api.openai.com/v1/models", provider.url)
    assert not {"baggage", "traceparent"} & provider.seen[0].keys()


@pytest.mark.parametrize("library", GETS)
@pytest.mark.parametrize(
    ("host", "carried"), [("134744072", False), ("0x08080808", False), ("rooms.internal.", True)]
)
def test_numbers_are_addresses_outside_and_a_last_dot_changes_nothing(
    host: str, library: str, spans: Any, provider: Replay, *, carried: bool
) -> None:
    with attribute(team="t"):
        GETS[library](f"http://{host}/rooms", provider.url)
    assert ("baggage" in provider.seen[0]) is carried


@pytest.mark.parametrize(("host", "carried"), [("rooms.internal", True), ("a.example", False)])
def test_with_the_sdk_disabled_tags_go_to_own_hosts_only(
    host: str, spans: Any, provider: Replay, monkeypatch: pytest.MonkeyPatch, *, carried: bool
) -> None:
    """No request has a span then, which would tell where it goes."""
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    with attribute(team="t"), context_of_nothing():
        httpx.get(f"http://{host}/rooms", proxy=provider.url)
    assert ("baggage" in provider.seen[0]) is carried


@contextmanager
def context_of_nothing() -> Iterator[None]:
    """OpenTelemetry's httpx hook with the tracer of a disabled SDK."""
    instrumentor = HTTPXClientInstrumentor()
    instrumentor.uninstrument()
    instrumentor.instrument(tracer_provider=trace.NoOpTracerProvider())
    try:
        yield
    finally:
        instrumentor.uninstrument()
        instrumentor.instrument()


def test_a_client_span_that_does_not_tell_its_host_lets_no_tag_through() -> None:
    """It may have lost it to the limit of attributes."""
    carrier: dict[str, str] = {}
    limits = SpanLimits(max_span_attributes=1)
    tracer = TracerProvider(span_limits=limits).get_tracer("http")
    asked = {"http.request.method": "GET", "url.full": "http://a.example/", "server.port": 80}
    begun = tracer.start_as_current_span("GET", kind=trace.SpanKind.CLIENT, attributes=asked)
    with attribute(team="t"), begun:
        TagPropagator(CompositePropagator([W3CBaggagePropagator()])).inject(carrier)
    assert carrier == {}


def test_tags_that_the_app_wrote_itself_do_not_leave_where_nothing_is_injected(
    spans: Any, provider: Replay
) -> None:
    written: dict[str, str] = {}
    with attribute(team="t"):
        propagate.inject(written)
    with suppress_http_instrumentation(), urllib3.ProxyManager(provider.url) as pool:
        pool.request("GET", "http://partner.example/rooms", headers=written)
    assert "baggage" in written
    assert "baggage" not in provider.seen[0]


def test_tags_that_an_sdk_put_on_the_request_itself_are_taken_off(
    spans: Any, provider: Replay
) -> None:
    """A user may switch the Anthropic SDK's own propagation on; it runs before our hook."""
    provider.answer = Answer(b'{"usage": {"input_tokens": 1, "output_tokens": 1}}')
    client = anthropic.Anthropic(
        api_key="made-up",
        base_url=provider.url,
        default_headers={"baggage": "mine=1,spantally.tag.team=t"},
    )
    client.messages.create(model="m", max_tokens=1, messages=[])
    assert provider.seen[0]["baggage"] == "mine=1"


def test_without_any_instrumentation_a_tag_is_in_no_baggage() -> None:
    with attribute(team="t"):
        assert "baggage" not in {k: v for k, v in context.get_current().items() if "team" in str(v)}


AWKWARD = ["a b", "a+b", "50 %", "a,b;c=d", '"quoted"', "söhne", "日本", "a%20b"]


@pytest.mark.parametrize("value", AWKWARD)
def test_a_value_arrives_as_it_was_set_whatever_characters_it_has(value: str) -> None:
    carrier: dict[str, str] = {}
    with attribute(customer=value):
        propagate.inject(carrier)
    assert set(carrier["baggage"]) <= set(string.ascii_letters + string.digits + "%=._-"), (
        "other languages' readers disagree about anything else"
    )
    assert _tags.tags_in_baggage(propagate.extract(carrier)) == {"customer": value}


@pytest.mark.parametrize(("number", "length"), [(80, 5), (60, 190)])
def test_beyond_what_baggage_has_room_for_the_first_class_tags_go_first(
    number: int, length: int, spans: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """64 members, or 8192 bytes: https://www.w3.org/TR/baggage/#limits."""
    carrier: dict[str, str] = {}
    many = {f"a-{n:02}": "v" * length for n in range(number)}
    with attribute({**many, "team": "t", "outcome": "o"}):
        propagate.inject(carrier)
        here = _tags.tag_attributes(context.get_current())
    arrived = _tags.tags_in_baggage(propagate.extract(carrier))
    assert len(here) == number + 3, "the process itself keeps all of them"
    assert {"team": "t", "outcome": "o"}.items() <= arrived.items()
    assert len(arrived) <= 64
    assert len(carrier["baggage"]) <= 8192
    assert 20 < len(arrived) < number


def test_baggage_of_others_goes_on_beside_the_tags() -> None:
    carrier: dict[str, str] = {}
    token = context.attach(baggage.set_baggage("tenant", "x"))
    try:
        with attribute(team="t"):
            propagate.inject(carrier)
    finally:
        context.detach(token)
    assert dict(baggage.get_all(propagate.extract(carrier))) == {
        "tenant": "x",
        "spantally.tag.team": "t",
    }
