"""Metrics and logs, which we do not keep and say so.

An app's exporter that is pointed at us with all its signals should work without noise; but nothing
may pretend to be stored. So the answer is a success that names everything as rejected.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import orjson
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsPartialSuccess,
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsPartialSuccess,
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)

from spantally_processor.errors import Malformed
from spantally_processor.otlp.decode import JSON
from spantally_processor.otlp.json_mapper import JsonObject, objects, parse_json

if TYPE_CHECKING:
    from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

NOT_KEPT = "spantally keeps traces; send metrics and logs to your Collector"


class Signal(Enum):
    """The signals beside traces, by the last part of their path."""

    METRICS = "metrics"
    LOGS = "logs"


def items_in(signal: Signal, body: bytes, content_type: str) -> int:
    """Returns how many data points or log records a decompressed body holds; raises Malformed."""
    if content_type == JSON:
        data = parse_json(body)
        return _json_points(data) if signal is Signal.METRICS else _json_logs(data)
    try:
        return _points(body) if signal is Signal.METRICS else _logs(body)
    except DecodeError as error:
        raise Malformed(f"the body is not an OTLP {signal.value} request: {error}") from None


def answer(signal: Signal, rejected: int, content_type: str) -> bytes:
    """Returns the response that names `rejected` items as not kept."""
    if content_type == JSON:
        field = "rejectedDataPoints" if signal is Signal.METRICS else "rejectedLogRecords"
        partial = {field: str(rejected), "errorMessage": NOT_KEPT}
        return orjson.dumps({"partialSuccess": partial} if rejected else {})
    if not rejected:
        return b""
    if signal is Signal.METRICS:
        points = ExportMetricsPartialSuccess(rejected_data_points=rejected, error_message=NOT_KEPT)
        return ExportMetricsServiceResponse(partial_success=points).SerializeToString()
    records = ExportLogsPartialSuccess(rejected_log_records=rejected, error_message=NOT_KEPT)
    return ExportLogsServiceResponse(partial_success=records).SerializeToString()


def _points(body: bytes) -> int:
    return sum(
        _points_of(metric)
        for group in ExportMetricsServiceRequest.FromString(body).resource_metrics
        for scope in group.scope_metrics
        for metric in scope.metrics
    )


def _points_of(metric: Metric) -> int:
    kind = metric.WhichOneof("data")
    return 0 if kind is None else len(getattr(metric, kind).data_points)


def _logs(body: bytes) -> int:
    return sum(
        len(scope.log_records)
        for group in ExportLogsServiceRequest.FromString(body).resource_logs
        for scope in group.scope_logs
    )


def _json_points(data: JsonObject) -> int:
    return sum(
        len(list(objects(kind, "dataPoints")))
        for group in objects(data, "resourceMetrics")
        for scope in objects(group, "scopeMetrics")
        for metric in objects(scope, "metrics")
        for kind in metric.values()
        if isinstance(kind, dict)
    )


def _json_logs(data: JsonObject) -> int:
    return sum(
        len(list(objects(scope, "logRecords")))
        for group in objects(data, "resourceLogs")
        for scope in objects(group, "scopeLogs")
    )
