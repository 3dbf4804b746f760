"""What one sender may ask for, and all of them: items, inflation, calls, connections."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import grpc
import orjson
import pytest
from hypothesis import given
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from spantally_processor.errors import Malformed, TooLarge
from spantally_processor.limits import Limits
from spantally_processor.otlp.json_outline import check_json_items
from spantally_processor.otlp.outline import check_items
from support.bombs import JSON_BOMBS, PROTOBUF_BOMBS, a_bomb, a_json_bomb
from support.otlp import a_call, a_request
from support.otlp_requests import requests
from support.processor import AWAY, running, settings_in

if TYPE_CHECKING:
    from pathlib import Path

    from google.protobuf.message import Message

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


@pytest.mark.parametrize("kind", PROTOBUF_BOMBS)
def test_a_body_of_empty_messages_is_refused_before_it_is_decoded(kind: str) -> None:
    limit = Limits().items
    bomb = a_bomb(kind, 16 << 20)
    started = time.process_time()

    with pytest.raises(TooLarge, match=f"more than {limit}"):
        check_items(bomb, limit)

    assert time.process_time() - started < 2
    small = a_bomb(kind, 200)
    assert ExportTraceServiceRequest.FromString(small).resource_spans, "the bomb is what it says"
    check_items(small, 130)  # a hundred, and what they are in


@pytest.mark.parametrize("kind", JSON_BOMBS)
def test_a_body_of_json_is_refused_before_it_is_parsed(kind: str) -> None:
    limit = Limits().items
    started = time.process_time()

    with pytest.raises(TooLarge, match=f"more than {limit}"):
        check_json_items(a_json_bomb(kind, 16 << 20), limit)

    assert time.process_time() - started < 2


def test_texts_of_json_are_no_items_and_are_looked_at_once() -> None:
    texts = orjson.dumps({"x": ['{[,"\\' * 400_000] * 5})
    check_json_items(texts, 500_000)
    started = time.process_time()
    for never_ends in (b'"' + b'a\\"' * 3_000_000, b"{" * 10 + b'"' + b"{,\\" * 2_000_000):
        check_json_items(never_ends, 500_000)
    assert time.process_time() - started < 2


def test_a_body_within_the_limit_passes_and_one_item_more_does_not() -> None:
    plain = [pair for pair in a_call().attributes if not pair.value.HasField("array_value")]
    body = a_request(*(Span(attributes=plain) for _ in range(10)), resource={}).SerializeToString()
    items = 1 + 1 + 10 + 10 * len(plain)

    check_items(body, items)
    with pytest.raises(TooLarge):
        check_items(body, items - 1)
    check_json_items(b"[" + b"{}," * 10, 11)
    with pytest.raises(TooLarge):
        check_json_items(b"[" + b"{}," * 10, 9)


@given(requests)
def test_what_is_counted_is_what_is_there_but_for_small_lists(
    request_: ExportTraceServiceRequest,
) -> None:
    body, spans, items = request_.SerializeToString(), spans_in(request_), items_in(request_)

    check_items(body, 5 * items + 128 * spans + 20)
    if len(body) > items:
        with pytest.raises(TooLarge):
            check_items(body, (items - 1) // 2)


def spans_in(request_: ExportTraceServiceRequest) -> int:
    return sum(len(scope.spans) for group in request_.resource_spans for scope in group.scope_spans)


def items_in(message: Message) -> int:
    """Every message below one, but those that are there once: a resource, a scope, a status, a value."""
    found = 0
    for field, value in message.ListFields():
        if field.message_type is not None:
            below = value if field.is_repeated else [value]
            found += sum(field.is_repeated + items_in(each) for each in below)
    return found


@pytest.mark.parametrize(
    "body",
    [
        b"\x0a\xff\xff",
        b"\x0a\x7f\x00",
        b"\x0b\x0b\x0b",
        b"\x80" * 20,
        b"\x0a\x06" + b"\x12\x7f\x12\x02\x12\x00",
    ],
    ids=[
        "cut in a length",
        "cut in a message",
        "a group",
        "an endless number",
        "longer than around it",
    ],
)
def test_what_is_no_message_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        check_items(body, 1)


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
        release.wait(60)
        yield a_request(a_call()).SerializeToString()

    with (
        running(settings_in(tmp_path, store=AWAY, limits=Limits(grpc_calls=2))) as processor,
        grpc.insecure_channel(processor.grpc) as channel,
    ):
        export = channel.stream_unary(EXPORT)
        held = [export.future(slowly()) for _ in range(2)]
        deadline = time.monotonic() + 30
        code = None
        while code is not grpc.StatusCode.UNAVAILABLE and time.monotonic() < deadline:
            # A call of this loop may have come in before the second of these, which was then the one too many.
            held = [export.future(slowly()) if call.done() else call for call in held]
            try:
                channel.unary_unary(EXPORT)(a_request(a_call()).SerializeToString(), timeout=20)
            except grpc.RpcError as error:
                code = error.code()
        assert code is grpc.StatusCode.UNAVAILABLE
        release.set()
        assert [call.result(10) for call in held] == [b"", b""]
        assert channel.unary_unary(EXPORT)(a_request(a_call()).SerializeToString()) == b""


def test_a_call_over_grpc_whose_message_does_not_arrive_is_given_up(tmp_path: Path) -> None:
    never = threading.Event()
    limits = Limits(body_deadline_s=0.2)

    def nothing() -> object:
        never.wait(10)
        yield b""

    with (
        running(settings_in(tmp_path, store=AWAY, limits=limits)) as processor,
        grpc.insecure_channel(processor.grpc) as channel,
        pytest.raises(grpc.RpcError, match=r"did not arrive within 0\.2 s"),
    ):
        channel.stream_unary(EXPORT)(nothing(), timeout=5)
    never.set()


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
