"""What a forward target gets: the span as it came, with our cost on it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from spantally_pricing import RateTable
from spantally_processor.booking import BookedRequest, OpenRequest, book
from spantally_processor.config import Target
from spantally_processor.dialects import views
from spantally_processor.errors import PermanentSinkError, TransientSinkError
from spantally_processor.otlp.values import attributes_of
from spantally_processor.pricer import Pricer
from spantally_processor.sinks import SinkBatch
from spantally_processor.sinks.cost_attributes import with_costs
from spantally_processor.sinks.otlp_client import without_credentials
from spantally_processor.sinks.otlp_forward import ForwardSink
from support.backend import Backend, a_backend
from support.otlp import a_call, a_request, a_span
from support.processor import AWAY, running, settings_in, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opentelemetry.proto.trace.v1.trace_pb2 import Span

PRICER = Pricer(RateTable.bundled())

GPT_5 = (Decimal("1.25") * 1000 + Decimal(10) * 100) / 1_000_000
"""USD of a call as `a_call` makes it, from the published rates of gpt-5."""


@pytest.fixture
def backend() -> Iterator[Backend]:
    with a_backend() as backend:
        yield backend


def booked(body: bytes) -> BookedRequest:
    request = OpenRequest(1, "", 1, "application/x-protobuf", "", body)
    return book(request, PRICER)


def forwarded(span: Span) -> dict[str, object]:
    """The attributes of a span after forwarding."""
    request = booked(a_request(span).SerializeToString())
    (view,) = views(type(request.message).FromString(with_costs(request)).resource_spans)
    return attributes_of(view.message.attributes)


def costs(attributes: dict[str, object]) -> dict[str, object]:
    prefix = "spantally.cost."
    return {k.removeprefix(prefix): v for k, v in attributes.items() if k.startswith(prefix)}


def test_a_priced_call_carries_its_cost() -> None:
    assert costs(forwarded(a_call())) == {
        "status": "priced",
        "amount": str(GPT_5),
        "list_amount": str(GPT_5),
        "source": "computed",
        "usd": float(GPT_5),
        "currency": "USD",
        "table_version": PRICER.version,
    }


def test_an_unpriced_call_carries_a_reason_and_no_amount() -> None:
    attributes = forwarded(
        a_call(gen_ai__request__model="mystery-1", gen_ai__response__model="mystery-1")
    )

    assert costs(attributes) == {
        "status": "unpriced",
        "reason": "unknown_model",
        "table_version": PRICER.version,
    }


def test_a_cost_that_the_sender_claimed_is_removed_from_every_span() -> None:
    claimed = {"spantally.cost.amount": "0.01", "spantally.cost.usd": 0.01, "x": 1}
    agent = {"openinference.span.kind": "AGENT", "llm.token_count.prompt": 5}

    assert costs(forwarded(a_call(**claimed)))["amount"] == str(GPT_5)
    assert forwarded(a_span(claimed)) == {"x": 1}
    assert costs(forwarded(a_span(claimed | agent))) == {}
    assert forwarded(a_span(claimed, span_id=b"")) == {"x": 1}


def test_everything_else_leaves_as_it_came() -> None:
    span = a_call()
    span.trace_state = "vendor=1"
    span.flags = 0x103
    span.dropped_attributes_count = 4
    span.events.add(name="an event", time_unix_nano=5)
    span.links.add(trace_id=b"t" * 16, span_id=b"s" * 8)
    unknown_field = b"\xfa\x3f\x03abc"  # field 1023, which no OTLP message has
    request = a_request(a_span({"x": 1}))
    request.resource_spans[0].schema_url = "https://example/1"
    request.resource_spans[0].scope_spans[0].spans.append(
        type(span).FromString(span.SerializeToString() + unknown_field)
    )
    body = request.SerializeToString()

    sent = type(request).FromString(with_costs(booked(body)))

    for message in sent.resource_spans[0].scope_spans[0].spans:
        kept = [p for p in message.attributes if not p.key.startswith("spantally.cost.")]
        del message.attributes[:]
        message.attributes.extend(kept)
    assert unknown_field in body
    assert sent.SerializeToString(deterministic=True) == body


def batch(body: bytes) -> SinkBatch[BookedRequest]:
    return SinkBatch(requests=[booked(body)], booked_ns=1, token="t")


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
def test_what_a_retry_can_fix_is_transient_and_the_wait_is_the_targets(
    backend: Backend, status: int
) -> None:
    backend.status = status
    backend.headers = {"retry-after": "7"}
    sink = ForwardSink(Target(url=backend.url))

    with pytest.raises(TransientSinkError, match=str(status)) as error:
        sink.write(sink.maker.pack(batch(a_request(a_call()).SerializeToString())))
    sink.close()

    assert error.value.retry_after_s == 7.0


@pytest.mark.parametrize("status", [301, 400, 401, 404, 413, 500])
def test_what_a_retry_cannot_fix_is_permanent(backend: Backend, status: int) -> None:
    backend.status = status
    sink = ForwardSink(Target(url=backend.url))

    with pytest.raises(PermanentSinkError, match=str(status)):
        sink.write(sink.maker.pack(batch(a_request(a_call()).SerializeToString())))
    sink.close()


def test_spans_that_the_target_rejects_in_part_are_a_permanent_error(backend: Backend) -> None:
    backend.answer = b"\x0a\x06\x08\x02\x12\x02no"  # partial_success{2, "no"}
    sink = ForwardSink(Target(url=backend.url))

    with pytest.raises(PermanentSinkError, match="rejected 2 spans: 'no'"):
        sink.write(sink.maker.pack(batch(a_request(a_call()).SerializeToString())))
    sink.close()


def test_a_target_that_is_not_there_is_transient() -> None:
    sink = ForwardSink(Target(url="http://127.0.0.1:1"))

    with pytest.raises(TransientSinkError, match="ConnectError"):
        sink.write(sink.maker.pack(batch(a_request(a_call()).SerializeToString())))
    sink.close()


def test_an_endpoint_without_a_path_is_a_base_and_credentials_stay_out_of_its_name() -> None:
    names = [
        "http://langfuse:secret@127.0.0.1:9/api/public/otel/v1/traces?key=secret",
        "http://127.0.0.1:9",
    ]
    sinks = [ForwardSink(Target(url=url)) for url in names]
    for sink in sinks:
        sink.close()

    assert [sink.name for sink in sinks] == [
        "forward:http://127.0.0.1:9/api/public/otel/v1/traces",
        "forward:http://127.0.0.1:9/v1/traces",
    ]
    assert without_credentials("https://u:p@[::1]:1/x") == "https://[::1]:1/x"


def test_the_forwarded_amount_is_the_ledgers_amount(tmp_path: Path, backend: Backend) -> None:
    spans = [a_call(gen_ai__usage__output_tokens=n) for n in (0, 1, 12345)]
    spans.append(a_call(gen_ai__response__model="mystery", gen_ai__request__model="mystery"))
    with running(settings_in(tmp_path, forward=(Target(url=backend.url),))) as processor:
        for span in spans:
            processor.post(a_request(span).SerializeToString())
        processor.settle()
        until(lambda: len(backend.spans) == len(spans))
        rows = processor.rows("select span_id, toString(cost) from llm_spans")
        assert processor.metric("spantally_spans_forwarded_total") == len(spans)

    in_ledger = {span_id: None if cost is None else Decimal(cost) for span_id, cost in rows}
    sent = {
        s.span_id.hex(): costs(attributes_of(s.attributes)).get("amount") for s in backend.spans
    }
    assert backend.paths[0] == "/v1/traces"
    assert {k: None if v is None else Decimal(str(v)) for k, v in sent.items()} == in_ledger
    assert list(in_ledger.values()).count(None) == 1


def test_a_target_that_is_down_keeps_nothing_from_the_ledger_and_gets_everything_later(
    tmp_path: Path, backend: Backend
) -> None:
    backend.status = 503
    with running(settings_in(tmp_path, forward=(Target(url=backend.url),))) as processor:
        processor.post(a_request(a_call()).SerializeToString())
        processor.settle()
        assert processor.rows("select count() from llm_spans") == [(1,)]
        until(lambda: backend.refused)

    backend.status = 200
    with running(settings_in(tmp_path, forward=(Target(url=backend.url),))):
        until(lambda: len(backend.spans) == 1)


def test_a_ledger_that_is_down_keeps_nothing_from_the_target(
    tmp_path: Path, backend: Backend
) -> None:
    with running(
        settings_in(tmp_path, store=AWAY, forward=(Target(url=backend.url),))
    ) as processor:
        processor.post(a_request(a_call()).SerializeToString())
        until(lambda: len(backend.spans) == 1)
        pending = processor.metrics()['spantally_spans_pending{destination="ledger"}']
        assert pending == 1

    with running(settings_in(tmp_path, forward=(Target(url=backend.url),))) as processor:
        processor.settle()
        assert processor.rows("select count(), sum(cost) from llm_spans") == [(1, GPT_5)]
    assert len(backend.spans) == 1


def test_what_a_target_refuses_for_good_is_set_aside_and_the_next_one_is_sent(
    tmp_path: Path, backend: Backend
) -> None:
    backend.status = 400
    with running(settings_in(tmp_path, forward=(Target(url=backend.url),))) as processor:
        processor.post(a_request(a_call()).SerializeToString())
        until(lambda: processor.metric("spantally_spans_quarantined_total") == 1)
        backend.status = 200
        processor.post(a_request(a_call()).SerializeToString())
        until(lambda: len(backend.spans) == 1)
