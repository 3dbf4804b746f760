"""Tags and trace go to the organisation's own services, and to nobody else."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any

import anthropic
import httpx
import httpx2
import pytest
from opentelemetry import baggage, context, propagate, trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from spantally import _tags, attribute
from support.replay import Answer

if TYPE_CHECKING:
    from support.replay import Replay

CHAT = {"model": "gpt-4o", "messages": []}
MODULES = pytest.mark.parametrize("module", [httpx, httpx2])


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


def test_a_message_queue_carries_the_tags(spans: Any) -> None:
    carrier: dict[str, str] = {}
    kind = trace.SpanKind.PRODUCER
    with attribute(team="t"), trace.get_tracer("q").start_as_current_span("publish", kind=kind):
        propagate.inject(carrier)
    received = propagate.extract(carrier)
    assert _tags.tag_attributes(received)["spantally.tag.team"] == "t"


def test_an_unsampled_request_carries_no_tags_because_its_host_is_not_known(spans: Any) -> None:
    carrier: dict[str, str] = {}
    tracer = TracerProvider(sampler=ALWAYS_OFF).get_tracer("app")
    with attribute(team="t"), tracer.start_as_current_span("POST"):
        propagate.inject(carrier)
    assert "baggage" not in carrier


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
