"""From an exporter's socket to rows with money: real exporters, real spool, real chDB."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import orjson
import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from support.otlp import GPT_5_CALL, a_call, a_request, a_span
from support.processor import AWAY, Processor, running, settings_in, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opentelemetry.sdk.trace.export import SpanExporter

GPT_5 = (Decimal("1.25") * 1000 + Decimal(10) * 100) / 1_000_000


def exporter_to(processor: Processor, kind: str) -> SpanExporter:
    if kind == "grpc":
        return GrpcExporter(endpoint=f"http://{processor.grpc}", insecure=True)
    compression = {"http": Compression.NoCompression}.get(kind) or Compression(kind)
    return HttpExporter(endpoint=f"{processor.http}/v1/traces", compression=compression)


@pytest.mark.parametrize("kind", ["grpc", "http", "gzip", "deflate"])
def test_an_apps_exporter_fills_the_ledger(processor: Processor, kind: str) -> None:
    provider = TracerProvider(resource=Resource({"service.name": "shop"}))
    provider.add_span_processor(BatchSpanProcessor(exporter_to(processor, kind)))
    tracer = provider.get_tracer("spantally")
    tags = {"spantally.tag.workflow": "concierge", "spantally.tag_sources": "workflow=explicit"}
    with tracer.start_as_current_span("plan stay", attributes={"thread.name": "pool_0"}) as root:
        for _ in range(3):
            with tracer.start_as_current_span("chat gpt-5", attributes={**GPT_5_CALL, **tags}):
                pass
    provider.shutdown()
    processor.settle()

    trace_id = f"{root.get_span_context().trace_id:032x}"
    assert processor.rows(
        "select trace_id, service, workflow, tag_sources['workflow'], count(), sum(cost)"
        " from llm_spans group by all"
    ) == [(trace_id, "shop", "concierge", "explicit", 3, 3 * GPT_5)]
    assert processor.rows(
        "select name, parent_span_id = '', thread from trace_steps order by name"
    ) == [*[("chat gpt-5", 0, "")] * 3, ("plan stay", 1, "pool_0")]


def test_a_row_explains_itself(processor: Processor) -> None:
    processor.post(a_request(a_call()).SerializeToString())
    processor.settle()

    lines = processor.rows(
        "select line.1, line.2, line.3, line.4, line.5, line.6 from llm_spans array join"
        " arrayZip(lines.meter, lines.quantity, lines.unit_price, lines.per, lines.factor,"
        " lines.amount) as line order by line.1"
    )
    assert [(meter, quantity, price) for meter, quantity, price, *_ in lines] == [
        ("input_tokens", 1000, Decimal("1.25")),
        ("output_tokens", 100, 10),
    ]
    assert all(q * p / per * factor == amount for _, q, p, per, factor, amount in lines)
    assert processor.rows("select cost, attribution_missing, rank, role from llm_spans") == [
        (GPT_5, ["feature", "customer", "workflow", "environment"], 3, "call")
    ]


def test_an_unknown_cost_is_null_with_its_reason(processor: Processor) -> None:
    unknown = {
        "unknown_model": a_call(gen_ai__request__model="m", gen_ai__response__model="m"),
        "unconfigured_host": a_call(spantally__provider__source="unknown"),
        "no_usage": a_call(
            gen_ai__usage__input_tokens=None,
            gen_ai__usage__output_tokens=None,
            spantally__usage__source="missing",
        ),
        "invalid_usage": a_call(gen_ai__usage__input_tokens=-5),
    }
    processor.post(a_request(*unknown.values()).SerializeToString())
    processor.settle()

    rows = processor.rows("select span_id, pricing_status, unpriced_reason, cost from llm_spans")
    assert sorted(rows) == sorted(
        (span.span_id.hex(), "unpriced", reason, None) for reason, span in unknown.items()
    )
    metrics = processor.metrics()
    models = {reason: "gpt-5-2025-08-07" for reason in unknown} | {"unknown_model": "m"}
    assert all(
        metrics[f'spantally_llm_spans_unpriced_total{{model="{model}",reason="{reason}"}}'] == 1
        for reason, model in models.items()
    )


def test_an_attempt_that_was_refused_costs_nothing_and_a_wrapper_without_counts_has_no_cost(
    processor: Processor,
) -> None:
    no_counts = {"gen_ai.usage.input_tokens": None, "gen_ai.usage.output_tokens": None}
    refused = a_call(
        **no_counts, spantally__usage__source="not_billed", http__response__status_code=429
    )
    agent = a_call(**no_counts, gen_ai__operation__name="invoke_agent")
    processor.post(a_request(refused).SerializeToString())
    processor.post(a_request(agent, scope="some.framework").SerializeToString())
    processor.settle()

    rows = processor.rows("select role, pricing_status, cost, unpriced_reason from llm_spans")
    assert sorted(rows) == [("aggregate", "", None, ""), ("call", "not_billed", Decimal(0), "")]


def test_json_and_protobuf_of_the_same_spans_give_the_same_rows(processor: Processor) -> None:
    span = a_call(gen_ai__usage__cache_read__input_tokens=10)
    plain = MessageToDict(a_request(span), use_integers_for_enums=True)
    (fields,) = plain["resourceSpans"][0]["scopeSpans"][0]["spans"]
    fields |= {"traceId": "AB" * 16, "spanId": "cd" * 8}
    processor.post(a_request(span).SerializeToString())
    processor.post(orjson.dumps(plain), content_type="application/json")
    processor.settle()

    first, second = processor.rows(
        "select * except (trace_id, span_id, ingested_at, stored_at) from llm_spans"
    )
    assert first == second
    ids = processor.rows("select trace_id, span_id from llm_spans")
    assert ("ab" * 16, "cd" * 8) in ids


def test_the_same_request_twice_changes_no_total_and_neither_does_a_restart(
    tmp_path: Path,
) -> None:
    body = a_request(a_call(), a_call()).SerializeToString()
    for _ in range(2):
        with running(settings_in(tmp_path)) as processor:
            for _ in range(2):
                assert processor.post(body).status_code == 200
            processor.settle()
            rows = processor.rows("select count(), sum(cost) from llm_calls")

    assert rows == [(2, 2 * GPT_5)]


def test_the_same_spans_in_other_batches_change_no_total(processor: Processor) -> None:
    one, two, three = a_call(), a_call(), a_call()
    for spans in ((one, two), (two, three, two), (one, three)):
        processor.post(a_request(*spans).SerializeToString())
        processor.settle()

    assert processor.rows("select count(), sum(cost) from llm_calls") == [(3, 3 * GPT_5)]


def test_spans_of_many_months_in_one_request_are_all_booked(processor: Processor) -> None:
    months = [a_span(start_time_unix_nano=n * 31 * 86400 * 10**9) for n in range(200)]
    processor.post(a_request(*months, a_call()).SerializeToString())
    processor.settle()

    assert processor.rows("select count() from trace_steps") == [(201,)]
    assert processor.metric("spantally_spans_quarantined_total") == 0


def test_every_received_span_is_accounted_for(tmp_path: Path) -> None:
    twice = a_call()
    first = a_request(a_call(), a_span(), twice, twice, a_span(span_id=b"")).SerializeToString()
    second = a_request(a_call(), a_span()).SerializeToString()
    with running(settings_in(tmp_path, store=AWAY)) as processor:
        for body in (first, first, second, b"\xff"):
            processor.post(body)
        before = processor.metrics()
    with running(settings_in(tmp_path)) as processor:
        processor.post(second)
        processor.settle()
        after = processor.metrics()

    assert before["spantally_spans_received_total"] == 5 + 5 + 2
    assert before['spantally_spans_deduplicated_total{layer="request"}'] == 5
    assert before['spantally_spans_pending{destination="ledger"}'] == 7
    assert after["spantally_spans_recovered_total"] == 7
    assert after["spantally_spans_received_total"] == 2
    assert after['spantally_spans_deduplicated_total{layer="request"}'] == 2
    assert after['spantally_spans_deduplicated_total{layer="batch"}'] == 1
    assert after["spantally_spans_rejected_total"] == 1
    assert after["spantally_spans_stored_total"] == 5
    assert after['spantally_spans_pending{destination="ledger"}'] == 0


READ = (
    "gen_ai.provider.name",
    "gen_ai.request.model",
    "gen_ai.response.model",
    "gen_ai.response.id",
    "gen_ai.response.time_to_first_chunk",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.cache_read.input_tokens",
    "http.response.status_code",
    "http.request.resend_count",
    "error.type",
    "service.name",
    "service.version",
    "deployment.environment.name",
    "spantally.stated_cost.usd",
    "spantally.stated_cost.source",
    "spantally.service_tier",
    "spantally.tag.team",
    "spantally.tag.floor",
    "spantally.tag_sources",
    "spantally.usage.source",
    "spantally.usage.web_search.requests",
)
"""Attributes whose values end in a column."""

plain = st.one_of(
    st.text(max_size=8),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.sampled_from(["0.1234567890123456789", "1e-30", "999999999.9", "\x00", "é" * 300]),
    st.booleans(),
)


@settings(max_examples=12)
@given(st.lists(st.dictionaries(st.sampled_from(READ), plain, min_size=8), min_size=1, max_size=20))
def test_no_attribute_value_keeps_a_span_from_the_ledger(
    ledger: Processor, spans: list[dict[str, object]]
) -> None:
    marked = [a_call(**span, gen_ai__operation__name="chat") for span in spans]
    stored = ledger.metric("spantally_spans_stored_total")

    ledger.post(a_request(*marked, resource=spans[0]).SerializeToString())
    until(lambda: booked(ledger) == stored + len(marked))

    assert ledger.metric("spantally_spans_quarantined_total") == 0


def booked(processor: Processor) -> float:
    metrics = ("spantally_spans_stored_total", "spantally_spans_quarantined_total")
    return sum(processor.metric(name) for name in metrics)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processor]:
    with running(settings_in(tmp_path_factory.mktemp("ledger"))) as processor:
        yield processor
