"""The HTTP door: the right OTLP answer to everything, and the next request is served."""

from __future__ import annotations

import contextlib
import gzip
import socket
import time
import zlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import orjson
import pytest
from google.protobuf.json_format import MessageToDict
from google.rpc.status_pb2 import Status
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    Gauge,
    Metric,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from spantally_processor.limits import Limits
from spantally_processor.otlp.other_signals import NOT_KEPT
from support.otlp import a_call, a_request, a_span
from support.processor import AWAY, Processor, running, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JSON = "application/json"
PROTOBUF = "application/x-protobuf"

SMALL = Limits(wire_bytes=4096, body_bytes=1 << 22, in_flight_bytes=1 << 23, body_deadline_s=0.3)


@pytest.fixture(scope="module")
def processor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processor]:
    with running(
        settings_in(tmp_path_factory.mktemp("http"), store=AWAY, limits=SMALL)
    ) as processor:
        yield processor


def good_body() -> bytes:
    return a_request(a_call()).SerializeToString()


def outcomes(processor: Processor) -> dict[str, float]:
    """Requests over HTTP by outcome."""
    counts: dict[str, float] = {}
    for name, count in processor.metrics().items():
        if name.startswith("spantally_requests_total{") and 'transport="http"' in name:
            outcome = name.partition('outcome="')[2].partition('"')[0]
            counts[outcome] = counts.get(outcome, 0) + count
    return counts


def assert_serves(processor: Processor) -> None:
    assert processor.post(good_body()).status_code == 200


BAD: dict[str, tuple[bytes, dict[str, str], int, str]] = {
    "malformed protobuf": (b"\xff\xff\xff", {}, 400, "malformed"),
    "malformed json": (b"{", {"content_type": JSON}, 400, "malformed"),
    "truncated gzip": (
        gzip.compress(b"x" * 99)[:-9],
        {"content_encoding": "gzip"},
        400,
        "malformed",
    ),
    "corrupt gzip": (b"no gzip at all", {"content_encoding": "gzip"}, 400, "malformed"),
    "wrong content type": (good_body(), {"content_type": "text/plain"}, 415, "unsupported_media"),
    "wrong encoding": (good_body(), {"content_encoding": "br"}, 415, "unsupported_media"),
    "too large on the wire": (bytes(4097), {}, 413, "too_large"),
    "far too large on the wire": (bytes(100_000), {}, 413, "too_large"),
    "too large inflated": (
        gzip.compress(bytes(1 << 23)),
        {"content_encoding": "gzip"},
        413,
        "too_large",
    ),
    "gzip bomb": (gzip.compress(bytes(2 << 20)), {"content_encoding": "gzip"}, 413, "too_large"),
}


@pytest.mark.parametrize(("body", "headers", "status", "outcome"), BAD.values(), ids=BAD)
def test_a_bad_request_gets_the_right_error_is_counted_and_the_next_one_is_served(
    processor: Processor, body: bytes, headers: dict[str, str], status: int, outcome: str
) -> None:
    before = outcomes(processor).get(outcome, 0)
    kept = processor.metric("spantally_spans_received_total")

    response = processor.post(body, **headers)

    assert response.status_code == status
    assert "retry-after" not in response.headers
    assert outcomes(processor)[outcome] == before + 1
    assert processor.metric("spantally_spans_received_total") == kept
    assert_serves(processor)


@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
def test_an_error_is_a_status_in_the_requests_own_content_type(
    processor: Processor, content_type: str
) -> None:
    response = processor.post(b"\xff\xff", content_type=content_type)

    assert response.headers["content-type"] == content_type
    if content_type == JSON:
        assert response.json()["code"] == 3
        assert "JSON" in response.json()["message"]
    else:
        assert Status.FromString(response.content).code == 3


def test_an_unknown_path_is_404_and_another_method_is_405(processor: Processor) -> None:
    assert processor.post(good_body(), path="/v1/trace").status_code == 404
    response = httpx.get(processor.http + "/v1/traces")
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert httpx.post(processor.http + "/metrics").status_code == 405


ENCODINGS = {"": bytes, "gzip": gzip.compress, "deflate": zlib.compress}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("content_type", [PROTOBUF, JSON, f"{PROTOBUF}; charset=utf-8"])
def test_success_is_empty_in_the_requests_own_content_type(
    processor: Processor, encoding: str, content_type: str
) -> None:
    body = orjson.dumps({"resourceSpans": []}) if content_type == JSON else good_body()

    response = processor.post(
        ENCODINGS[encoding](body), content_type=content_type, content_encoding=encoding
    )

    assert response.status_code == 200
    assert response.headers["content-type"] == content_type.partition(";")[0]
    assert response.content == (b"{}" if content_type == JSON else b"")


def test_an_empty_request_is_a_success(processor: Processor) -> None:
    assert processor.post(b"").status_code == 200


def test_spans_without_valid_ids_are_named_as_rejected_and_their_neighbours_are_kept(
    tmp_path: Path,
) -> None:
    request = a_request(
        a_call(),
        a_span(trace_id=b"short"),
        a_span(span_id=b""),
        a_span(trace_id=bytes(16)),
        a_span(span_id=bytes(8)),
        a_span(start_time_unix_nano=2**63),
    )
    as_json = orjson.dumps(
        MessageToDict(a_request(a_span(span_id=b"")), use_integers_for_enums=True)
    )

    with running(settings_in(tmp_path)) as processor:
        response = processor.post(request.SerializeToString())
        in_json = processor.post(as_json.replace(b"traceId", b"x"), content_type=JSON)
        processor.settle()
        rows = processor.rows("select count() from trace_steps")
        metrics = processor.metrics()

    partial = ExportTraceServiceResponse.FromString(response.content).partial_success
    assert (partial.rejected_spans, response.status_code) == (5, 200)
    assert in_json.json()["partialSuccess"]["rejectedSpans"] == "1"
    assert rows == [(1,)]
    assert metrics["spantally_spans_rejected_total"] == 6
    assert metrics["spantally_spans_received_total"] == 7


def test_a_full_spool_asks_the_sender_to_come_back_in_a_second(tmp_path: Path) -> None:
    with running(settings_in(tmp_path, store=AWAY, spool_max_bytes=10)) as processor:
        response = processor.post(good_body())
        ready = httpx.get(processor.http + "/readyz")
        alive = httpx.get(processor.http + "/healthz")

    assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    assert ready.status_code == 503
    assert ready.text.startswith("the spool is full\n")
    assert (alive.status_code, alive.text) == (200, "ok\n")


def metrics_request() -> ExportMetricsServiceRequest:
    point = NumberDataPoint(as_int=1)
    metrics = [
        Metric(name="a", gauge=Gauge(data_points=[point, point])),
        Metric(name="b", sum=Sum(data_points=[point])),
    ]
    return ExportMetricsServiceRequest(
        resource_metrics=[ResourceMetrics(scope_metrics=[ScopeMetrics(metrics=metrics)])]
    )


def logs_request() -> ExportLogsServiceRequest:
    logs = ScopeLogs(log_records=[LogRecord(severity_text="INFO")] * 3)
    return ExportLogsServiceRequest(resource_logs=[ResourceLogs(scope_logs=[logs])])


def test_metrics_and_logs_are_answered_as_rejected_whole(processor: Processor) -> None:
    before = processor.metric("spantally_items_not_kept_total")

    metrics = processor.post(metrics_request().SerializeToString(), path="/v1/metrics")
    logs = processor.post(logs_request().SerializeToString(), path="/v1/logs")

    of_metrics = ExportMetricsServiceResponse.FromString(metrics.content).partial_success
    of_logs = ExportLogsServiceResponse.FromString(logs.content).partial_success
    assert (metrics.status_code, logs.status_code) == (200, 200)
    assert (of_metrics.rejected_data_points, of_metrics.error_message) == (3, NOT_KEPT)
    assert (of_logs.rejected_log_records, of_logs.error_message) == (3, NOT_KEPT)
    assert processor.metric("spantally_items_not_kept_total") == before + 6


@pytest.mark.parametrize(
    ("path", "request_", "field"),
    [
        ("/v1/metrics", metrics_request(), "rejectedDataPoints"),
        ("/v1/logs", logs_request(), "rejectedLogRecords"),
    ],
)
def test_metrics_and_logs_in_json_are_answered_in_json(
    processor: Processor, path: str, request_: object, field: str
) -> None:
    body = orjson.dumps(MessageToDict(request_))  # type: ignore[arg-type]

    response = processor.post(body, path=path, content_type=JSON)

    assert response.json() == {"partialSuccess": {field: "3", "errorMessage": NOT_KEPT}}
    assert processor.post(b"{}", path=path, content_type=JSON).json() == {}
    assert processor.post(b"{", path=path, content_type=JSON).status_code == 400


def test_a_body_that_does_not_arrive_is_given_up(processor: Processor) -> None:
    url = urlsplit(processor.http)
    head = (
        f"POST /v1/traces HTTP/1.1\r\nhost: {url.netloc}\r\n"
        f"content-type: {PROTOBUF}\r\ncontent-length: 100\r\n\r\nsome"
    )
    started = time.monotonic()
    with socket.create_connection((url.hostname, url.port)) as client:
        client.sendall(head.encode())
        answer = client.recv(4096)

    assert answer.startswith(b"HTTP/1.1 400")
    assert time.monotonic() - started < 5
    assert_serves(processor)


@pytest.mark.parametrize(
    "sent",
    [
        [],
        [b"POST /v1/traces HTTP/1.1\r\nhost: x\r\n"],
        [b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n", b"PO"],
    ],
    ids=["nothing", "half of the headers", "half of the second request"],
)
def test_a_connection_whose_headers_do_not_arrive_is_cut(
    processor: Processor, sent: list[bytes]
) -> None:
    url = urlsplit(processor.http)
    started = time.monotonic()
    with socket.create_connection((url.hostname, url.port)) as client:
        client.settimeout(5)
        for number, piece in enumerate(sent, 1):
            client.sendall(piece)
            if number < len(sent):
                assert client.recv(4096).startswith(b"HTTP/1.1 200")
        with contextlib.suppress(ConnectionResetError):
            while client.recv(4096):
                pass

    assert time.monotonic() - started < 4
    assert_serves(processor)


def test_a_client_that_hangs_up_is_counted(processor: Processor) -> None:
    url = urlsplit(processor.http)
    head = (
        f"POST /v1/traces HTTP/1.1\r\nhost: {url.netloc}\r\n"
        f"content-type: {PROTOBUF}\r\ncontent-length: 100\r\n\r\nsome"
    )
    before = outcomes(processor).get("client_gone", 0)
    with socket.create_connection((url.hostname, url.port)) as client:
        client.sendall(head.encode())

    end = time.monotonic() + 5
    while outcomes(processor).get("client_gone", 0) == before:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_many_large_requests_at_once_are_asked_to_come_back(tmp_path: Path) -> None:
    limits = Limits(wire_bytes=1 << 20, body_bytes=1 << 20, in_flight_bytes=1000)
    body = a_request(a_span({"x": "y" * 2000})).SerializeToString()

    with running(settings_in(tmp_path, store=AWAY, limits=limits)) as processor:
        too_many = processor.post(body)
        assert too_many.status_code == 503
        assert_serves(processor)


@settings(max_examples=150)
@given(
    body=st.one_of(st.binary(max_size=300), st.binary(max_size=300).map(gzip.compress)),
    content_type=st.sampled_from([PROTOBUF, JSON, "text/plain", ""]),
    encoding=st.sampled_from(["", "gzip", "deflate", "zstd", "br"]),
    path=st.sampled_from(["/v1/traces", "/v1/metrics", "/v1/logs", "/"]),
)
def test_any_bytes_get_an_answer(
    client: httpx.Client, body: bytes, content_type: str, encoding: str, path: str
) -> None:
    headers = {"content-type": content_type, "content-encoding": encoding}

    response = client.post(path, content=body, headers=headers)

    assert response.status_code in (200, 400, 404, 413, 415)


@pytest.fixture(scope="module")
def client(processor: Processor) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=processor.http) as client:
        yield client
