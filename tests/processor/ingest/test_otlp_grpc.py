"""The gRPC door: the right status to everything, and the next request is served."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from spantally_processor.limits import Limits
from support.otlp import a_call, a_request, a_span
from support.processor import AWAY, Processor, running, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TRACES = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
LOGS = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"

SMALL = Limits(body_bytes=1 << 20, in_flight_bytes=1 << 21)


@pytest.fixture(scope="module")
def processor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processor]:
    with running(
        settings_in(tmp_path_factory.mktemp("grpc"), store=AWAY, limits=SMALL)
    ) as processor:
        yield processor


def send(
    processor: Processor,
    body: bytes,
    method: str = TRACES,
    compression: grpc.Compression = grpc.Compression.NoCompression,
) -> bytes:
    with grpc.insecure_channel(processor.grpc) as channel:
        return channel.unary_unary(method)(body, timeout=10, compression=compression)


def refusal(processor: Processor, body: bytes, **options: object) -> grpc.RpcError:
    with pytest.raises(grpc.RpcError) as refused:
        send(processor, body, **options)
    return refused.value


def good_body() -> bytes:
    return a_request(a_call()).SerializeToString()


def test_success_is_an_empty_response(processor: Processor) -> None:
    assert send(processor, good_body()) == b""
    assert send(processor, good_body(), compression=grpc.Compression.Gzip) == b""


def test_malformed_protobuf_is_an_invalid_argument_and_the_next_request_is_served(
    processor: Processor,
) -> None:
    error = refusal(processor, b"\xff\xff\xff")

    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    trailers = dict(error.trailing_metadata())
    assert Status.FromString(trailers["grpc-status-details-bin"]).code == 3
    assert "google.rpc.retryinfo-bin" not in trailers
    assert send(processor, good_body()) == b""


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_a_message_over_the_limit_is_refused_whether_compressed_or_not(
    processor: Processor, compression: grpc.Compression
) -> None:
    body = a_request(a_span({"x": "y" * (2 << 20)})).SerializeToString()

    error = refusal(processor, body, compression=compression)

    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert send(processor, good_body()) == b""


def test_a_full_spool_asks_to_come_back_in_both_trailers(tmp_path: Path) -> None:
    with running(settings_in(tmp_path, store=AWAY, spool_max_bytes=10)) as processor:
        error = refusal(processor, good_body())

    assert error.code() is grpc.StatusCode.UNAVAILABLE
    trailers = dict(error.trailing_metadata())
    (detail,) = Status.FromString(trailers["grpc-status-details-bin"]).details
    standard = RetryInfo()
    assert detail.Unpack(standard)
    python = RetryInfo.FromString(trailers["google.rpc.retryinfo-bin"])
    assert standard == python
    assert standard.retry_delay.seconds == 1


def test_spans_without_valid_ids_are_named_as_rejected(processor: Processor) -> None:
    body = a_request(a_call(), a_span(span_id=b"")).SerializeToString()

    answer = ExportTraceServiceResponse.FromString(send(processor, body))

    assert answer.partial_success.rejected_spans == 1


def test_logs_are_answered_as_rejected_whole(processor: Processor) -> None:
    logs = ScopeLogs(log_records=[LogRecord(severity_text="INFO")] * 3)
    request = ExportLogsServiceRequest(resource_logs=[ResourceLogs(scope_logs=[logs])])

    answer = send(processor, request.SerializeToString(), method=LOGS)

    partial = ExportLogsServiceResponse.FromString(answer).partial_success
    assert partial.rejected_log_records == 3
    assert refusal(processor, b"\xff", method=LOGS).code() is grpc.StatusCode.INVALID_ARGUMENT


def test_a_service_that_we_do_not_have_is_unimplemented(processor: Processor) -> None:
    error = refusal(processor, b"", method="/opentelemetry.proto.collector.profiles/Export")

    assert error.code() is grpc.StatusCode.UNIMPLEMENTED


def test_the_same_request_over_http_and_grpc_is_kept_once(tmp_path: Path) -> None:
    body = good_body()

    with running(settings_in(tmp_path, store=AWAY)) as processor:
        assert send(processor, body) == b""
        assert processor.post(body).status_code == 200
        metrics = processor.metrics()

    assert metrics['spantally_spans_deduplicated_total{layer="request"}'] == 1
