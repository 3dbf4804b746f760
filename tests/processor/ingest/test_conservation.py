"""Not one span is unaccounted for, at whatever moment the metrics are read."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import httpx
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from spantally_processor.metrics_push import MetricsPush, as_otlp
from spantally_processor.telemetry import Counter, Gauge, Telemetry, prometheus_text
from support.otlp import a_call, a_request, a_span
from support.processor import AWAY, Processor, running, settings_in

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

IN = ("received", "recovered", "replayed")
OUT = ("stored", "deduplicated", "rejected", "quarantined")


def books(processor: Processor) -> tuple[float, float]:
    """What came in, and where it is, of one reading."""
    metrics = processor.metrics()

    def total(name: str) -> float:
        named = (value for key, value in metrics.items() if key.partition("{")[0] == name)
        return sum(named)

    pending = metrics['spantally_spans_pending{destination="ledger"}']
    came = sum(total(f"spantally_spans_{name}_total") for name in IN)
    went = sum(total(f"spantally_spans_{name}_total") for name in OUT)
    return came, went + pending


def test_the_books_balance_at_every_moment(tmp_path: Path) -> None:
    twice = a_call()
    bodies = [a_request(a_call(), a_span(), twice, a_span(span_id=b"")) for _ in range(60)]

    with running(settings_in(tmp_path, store=AWAY)) as processor:
        processor.post(bodies[0].SerializeToString())
        assert books(processor) == (4, 4)

    with running(settings_in(tmp_path)) as processor:

        def send(offset: int) -> None:
            with httpx.Client() as client:
                for body in bodies[offset:] + bodies[:offset]:
                    client.post(
                        processor.http + "/v1/traces",
                        content=body.SerializeToString(),
                        headers={"content-type": "application/x-protobuf"},
                    )

        senders = [threading.Thread(target=send, args=(offset,)) for offset in (0, 20)]
        for sender in senders:
            sender.start()
        readings = []
        while any(sender.is_alive() for sender in senders):
            readings.append(books(processor))
        for sender in senders:
            sender.join()
        processor.settle()
        readings.append(books(processor))

    assert [reading for reading in readings if reading[0] != reading[1]] == []
    assert len(readings) > 20
    assert readings[-1][0] == 4 + 2 * 60 * 4


def test_the_same_numbers_leave_as_otlp() -> None:
    telemetry = Telemetry()
    telemetry.count(Counter.RECEIVED, 3)
    telemetry.count(Counter.UNPRICED, 2, reason="unknown_model", model="m")
    telemetry.expect("ledger", 5)
    families = telemetry.families([Gauge("spantally_lag_seconds", "Age.", [({}, 1.5)])])

    request = as_otlp(families, 1, 2)

    (scope,) = request.resource_metrics[0].scope_metrics
    points = {}
    for metric in scope.metrics:
        data = metric.sum if metric.HasField("sum") else metric.gauge
        for point in data.data_points:
            labels = ",".join(f'{p.key}="{p.value.string_value}"' for p in point.attributes)
            points[f"{metric.name}{{{labels}}}" if labels else metric.name] = point.as_double
    lines = prometheus_text(families).splitlines()
    rows = [line.rpartition(" ") for line in lines if not line.startswith("#")]
    assert points == {name: float(number) for name, _, number in rows}
    assert points['spantally_llm_spans_unpriced_total{model="m",reason="unknown_model"}'] == 2


def test_metrics_are_pushed_to_an_endpoint(tmp_path: Path) -> None:
    """A processor's own OTLP door stands for the endpoint: it answers metrics, and counts them."""
    with running(settings_in(tmp_path, store=AWAY)) as processor:
        push = MetricsPush(processor.http)
        families = Telemetry().families()
        assert push.send(families)
        push.close()
        request = as_otlp(families, 1, 2)
        points = ExportMetricsServiceRequest.FromString(request.SerializeToString())
        assert points.resource_metrics[0].scope_metrics[0].metrics
        assert processor.metric("spantally_items_not_kept_total") >= len(Counter)


def test_an_endpoint_that_is_away_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    push = MetricsPush("http://127.0.0.1:1")
    for _ in range(3):
        assert not push.send([])
    push.close()

    assert len([record for record in caplog.records if "metrics_to" in record.message]) == 1
