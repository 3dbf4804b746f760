"""Tags and trace go to the organisation's own services, and to nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anthropic
import httpx
import httpx2
import pytest
from opentelemetry import context, propagate, trace
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
