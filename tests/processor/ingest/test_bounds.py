"""What one sender may ask for, and all of them: items, inflation, calls, connections."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span
from spantally_processor.errors import Malformed, TooLarge
from spantally_processor.limits import Limits
from spantally_processor.otlp.outline import check_items
from support.otlp import a_call, a_request
from support.processor import AWAY, running, settings_in

if TYPE_CHECKING:
    from pathlib import Path

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


def a_bomb(kind: str, bytes_: int) -> bytes:
    """A body of empty messages, two bytes each."""

    def wrapped(tag: int, data: bytes) -> bytes:
        size, rest = bytearray(), len(data)
        while rest > 0x7F:
            size.append(rest & 0x7F | 0x80)
            rest >>= 7
        return bytes((tag,)) + bytes(size) + bytes((rest,)) + data

    empties = {"spans": 0x12, "scopes": 0x12, "resources": 0x0A, "attributes": 0x4A, "events": 0x5A}
    body = bytes((empties[kind], 0)) * (bytes_ // 2)
    if kind in ("attributes", "events"):
        body = wrapped(0x12, body)
    if kind in ("attributes", "events", "spans"):
        body = wrapped(0x12, body)
    return body if kind == "resources" else wrapped(0x0A, body)


@pytest.mark.parametrize("kind", ["spans", "scopes", "resources", "attributes", "events"])
def test_a_body_of_empty_messages_is_refused_before_it_is_decoded(kind: str) -> None:
    bomb = a_bomb(kind, 16 << 20)
    started = time.monotonic()

    with pytest.raises(TooLarge, match="more than 1000000"):
        check_items(bomb, Limits().items)

    assert time.monotonic() - started < 3
    small = a_bomb(kind, 200)
    parsed = ExportTraceServiceRequest.FromString(small)
    assert parsed.resource_spans, "the bomb is what it says"
    check_items(small, 100 + 3)  # with what they are in


def test_a_body_within_the_limit_passes_and_one_item_more_does_not() -> None:
    spans = [Span(attributes=a_call().attributes) for _ in range(10)]
    scope = ScopeSpans(spans=spans)
    body = ExportTraceServiceRequest(
        resource_spans=[ResourceSpans(scope_spans=[scope])]
    ).SerializeToString()
    items = 1 + 1 + 10 + sum(len(span.attributes) for span in spans)

    check_items(body, items)
    with pytest.raises(TooLarge):
        check_items(body, items - 1)


def test_what_is_no_message_is_malformed() -> None:
    with pytest.raises(Malformed):
        check_items(b"\x0a\xff\xff", 1)


def test_limits_are_those_of_the_settings(tmp_path: Path) -> None:
    body = a_request(*(a_call() for _ in range(3000))).SerializeToString()
    repetitive = a_request(*[a_call()] * 9000).SerializeToString()
    limits = Limits(items=20_000, ratio=5)
    with running(settings_in(tmp_path, store=AWAY, limits=limits)) as processor:
        assert processor.post(body).status_code == 413
        zipped = gzip.compress(repetitive)
        assert processor.post(zipped, content_encoding="gzip").status_code == 413
        assert processor.post(a_request(a_call()).SerializeToString()).status_code == 200


def test_calls_over_grpc_are_bounded_and_the_next_is_asked_to_come_back(tmp_path: Path) -> None:
    release = threading.Event()

    def slowly() -> object:
        release.wait(10)
        yield a_request(a_call()).SerializeToString()

    with (
        running(settings_in(tmp_path, store=AWAY, limits=Limits(grpc_calls=2))) as processor,
        grpc.insecure_channel(processor.grpc) as channel,
    ):
        export = channel.stream_unary(EXPORT)
        held = [export.future(slowly()) for _ in range(2)]
        deadline = time.monotonic() + 5
        code = None
        while code is not grpc.StatusCode.UNAVAILABLE and time.monotonic() < deadline:
            try:
                channel.unary_unary(EXPORT)(a_request(a_call()).SerializeToString(), timeout=5)
            except grpc.RpcError as error:
                code = error.code()
        assert code is grpc.StatusCode.UNAVAILABLE
        release.set()
        assert [call.result(10) for call in held] == [b"", b""]
        assert channel.unary_unary(EXPORT)(a_request(a_call()).SerializeToString()) == b""


def test_connections_are_bounded_and_the_next_is_asked_to_come_back(tmp_path: Path) -> None:
    body = a_request(a_call()).SerializeToString()
    with running(settings_in(tmp_path, store=AWAY, limits=Limits(connections=20))) as processor:
        url = urlsplit(processor.http)
        idle = [socket.create_connection((url.hostname or "", url.port or 0)) for _ in range(40)]
        time.sleep(0.2)
        assert processor.post(body).status_code == 503
        for one in idle:
            one.close()
        deadline = time.monotonic() + 5
        while (status := processor.post(body).status_code) != 200:
            assert time.monotonic() < deadline
        assert status == 200
