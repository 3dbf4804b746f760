"""The processor's own metrics, sent to an OTLP/HTTP endpoint now and then.

A convenience beside /metrics: a push that fails is counted, logged once for a spell, and forgotten; the
next one has newer numbers.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import httpx
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AggregationTemporality,
    Gauge,
    Metric,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from spantally_processor.otlp.decode import PROTOBUF

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from spantally_processor.telemetry import Family

_log = logging.getLogger(__name__)

INTERVAL_S = 30.0


class MetricsPush:
    """One endpoint."""

    def __init__(self, url: str, *, timeout_s: float = 5.0) -> None:
        parts = urlsplit(url)
        path = parts.path if parts.path.strip("/") else "/v1/metrics"
        self._endpoint = urlunsplit(parts._replace(path=path))
        self._client = httpx.Client(timeout=timeout_s)
        self._started_ns = time.time_ns()
        self._in_trouble = False

    def send(self, families: Sequence[Family]) -> bool:
        """Sends the numbers as they are now; returns whether they were taken."""
        body = as_otlp(families, self._started_ns, time.time_ns()).SerializeToString()
        try:
            response = self._client.post(
                self._endpoint, content=body, headers={"content-type": PROTOBUF}
            )
            taken = response.is_success
            trouble = f"answered {response.status_code}"
        except httpx.TransportError as error:
            taken, trouble = False, type(error).__name__
        if not taken and not self._in_trouble:
            _log.warning("metrics_to takes nothing for now: %s", trouble)
        self._in_trouble = not taken
        return taken

    def close(self) -> None:
        """Closes the connection."""
        self._client.close()


def as_otlp(
    families: Iterable[Family], started_ns: int, now_ns: int
) -> ExportMetricsServiceRequest:
    """Returns the metrics as an OTLP request; counters are cumulative since `started_ns`."""
    metrics: list[Metric] = []
    for family in families:
        points = [
            NumberDataPoint(
                attributes=_attributes(labels),
                start_time_unix_nano=started_ns if family.kind == "counter" else 0,
                time_unix_nano=now_ns,
                as_double=value,
            )
            for labels, value in family.samples
        ]
        metric = Metric(name=family.metric, description=family.help_text)
        if family.kind == "counter":
            temporality = AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
            metric.sum.CopyFrom(
                Sum(data_points=points, aggregation_temporality=temporality, is_monotonic=True)
            )
        else:
            metric.gauge.CopyFrom(Gauge(data_points=points))
        metrics.append(metric)
    scope = ScopeMetrics(scope=InstrumentationScope(name="spantally.processor"), metrics=metrics)
    resource = Resource(attributes=_attributes([("service.name", "spantally-processor")]))
    return ExportMetricsServiceRequest(
        resource_metrics=[ResourceMetrics(resource=resource, scope_metrics=[scope])]
    )


def _attributes(pairs: Iterable[tuple[str, str]]) -> list[KeyValue]:
    return [KeyValue(key=key, value=AnyValue(string_value=value)) for key, value in pairs]
