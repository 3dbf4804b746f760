"""Metrics and logs, which we do not keep and say so.

An app's exporter that is pointed at us with all its signals should work without noise; but nothing
may pretend to be stored. So the answer is a success that names everything as rejected.
"""

from __future__ import annotations

import itertools
from enum import Enum
from typing import TYPE_CHECKING

import orjson
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsPartialSuccess,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsPartialSuccess,
    ExportMetricsServiceResponse,
)

from spantally_processor.errors import Malformed, TooLarge
from spantally_processor.otlp.decode import JSON
from spantally_processor.otlp.json_mapper import JsonObject, objects, parse_json
from spantally_processor.otlp.json_outline import check_json_items
from spantally_processor.otlp.wire import fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Place = tuple[int, int]

NOT_KEPT = "spantally keeps traces; send metrics and logs to your Collector"


class Signal(Enum):
    """The signals beside traces, by the last part of their path."""

    METRICS = "metrics"
    LOGS = "logs"


_METRIC_KINDS = (5, 7, 9, 10, 11)
_ITEMS: Mapping[Signal, Sequence[Sequence[int]]] = {
    Signal.METRICS: ((1,), (2,), (2,), _METRIC_KINDS, (1,)),
    Signal.LOGS: ((1,), (2,), (2,)),
}
"""Field numbers from the request down to what is counted: data points, log records."""


def items_in(signal: Signal, body: bytes, content_type: str, limit: int) -> int:
    """Returns how many data points or log records a decompressed body holds.

    Raises Malformed, and TooLarge where looking would take too long.
    """
    if content_type == JSON:
        check_json_items(body, limit)
        data = parse_json(body)
        return _json_points(data) if signal is Signal.METRICS else _json_logs(data)
    try:
        return _count(body, _ITEMS[signal], limit)
    except (DecodeError, IndexError) as error:
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


def _count(body: bytes, path: Sequence[Sequence[int]], limit: int) -> int:
    """Counts the messages at the end of a path, which are found by their lengths and not decoded."""
    steps = itertools.count(1)

    def inside(places: Iterable[Place], numbers: Sequence[int]) -> Iterator[Place]:
        for start, end in places:
            for field in fields(body, start, end):
                if next(steps) > limit:
                    raise TooLarge(f"the body has more than {limit} fields")
                if field.number in numbers:
                    yield field.start, field.end

    places: Iterable[Place] = [(0, len(body))]
    for numbers in path:
        places = inside(places, numbers)
    return sum(1 for _ in places)


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
