"""Targets of every kind: over gRPC and HTTP, with a UI's own cost attributes, without content."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from spantally_pricing import RateTable
from spantally_processor.booking import BookedRequest, OpenRequest, book
from spantally_processor.config import Target
from spantally_processor.errors import PermanentSinkError, TransientSinkError
from spantally_processor.otlp.values import attributes_of
from spantally_processor.pricer import Pricer
from spantally_processor.sinks.cost_attributes import CONTENT, with_costs
from spantally_processor.sinks.otlp_client import GrpcClient, client_of
from support.backend import a_backend
from support.otlp import a_call, a_request, a_span, attributes
from support.processor import AWAY, running, settings_in, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opentelemetry.proto.trace.v1.trace_pb2 import Span

PRICER = Pricer(RateTable.bundled())
SERVICE = "opentelemetry.proto.collector.trace.v1.TraceService"
IN, OUT = Decimal("1.25") * 1000 / 1_000_000, Decimal(10) * 100 / 1_000_000
"""USD of a call as `a_call` makes it, from the published rates of gpt-5."""


class GrpcBackend:
    """A tracing backend on a real gRPC server."""

    def __init__(self) -> None:
        self.url = ""
        self.bodies: list[bytes] = []
        self.metadata: list[dict[str, str | bytes]] = []
        self.refuses: grpc.StatusCode | None = None
        self.answer = b""

    def export(self, body: bytes, context: grpc.ServicerContext) -> bytes:
        if self.refuses is not None:
            context.abort(self.refuses, "as it was told")
        self.bodies.append(body)
        self.metadata.append(dict(context.invocation_metadata()))
        return self.answer


@contextmanager
def a_grpc_backend() -> Iterator[GrpcBackend]:
    backend = GrpcBackend()
    server = grpc.server(ThreadPoolExecutor(2))
    method = grpc.unary_unary_rpc_method_handler(backend.export)
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler(SERVICE, {"Export": method})]
    )
    backend.url = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield backend
    finally:
        server.stop(0).wait()


def booked(*spans: Span) -> BookedRequest:
    body = a_request(*spans).SerializeToString()
    return book(OpenRequest(1, "", len(spans), "application/x-protobuf", "", body), PRICER)


def spans_in(body: bytes) -> list[Span]:
    message = ExportTraceServiceRequest.FromString(body)
    return [s for r in message.resource_spans for c in r.scope_spans for s in c.spans]


def test_every_kind_of_target_gets_every_span_in_the_same_bytes(tmp_path: Path) -> None:
    with a_grpc_backend() as remote, a_backend() as web, a_backend() as third:
        headers = {"authorization": "Bearer key"}
        targets = (
            Target(url=remote.url, protocol="grpc", headers=headers),
            Target(url=web.url, headers=headers),
            Target(url=f"{third.url}/api/otel/v1/traces"),
        )
        sent = [a_call(), a_span({"x": 1})]
        with running(settings_in(tmp_path, store=AWAY, forward=targets)) as processor:
            for span in sent:
                processor.post(a_request(span).SerializeToString())
            until(lambda: len(remote.bodies) == len(web.bodies) == len(third.bodies) == 2)

    assert remote.bodies == web.bodies == third.bodies
    assert remote.metadata[0]["authorization"] == "Bearer key"
    assert third.paths[0] == "/api/otel/v1/traces"


RETRIED = ("UNAVAILABLE", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED", "ABORTED")
REFUSED = ("INVALID_ARGUMENT", "UNAUTHENTICATED", "UNIMPLEMENTED", "INTERNAL")


@pytest.mark.parametrize("code", [*RETRIED, *REFUSED])
def test_codes_over_grpc_are_retried_as_otlp_says(code: str) -> None:
    expected = TransientSinkError if code in RETRIED else PermanentSinkError
    with a_grpc_backend() as backend:
        backend.refuses = grpc.StatusCode[code]
        client = client_of(Target(url=backend.url, protocol="grpc"), "jaeger")
        with pytest.raises(expected, match=f"jaeger answered {code}"):
            client.send(b"")
        client.close()


def test_a_grpc_target_that_is_not_there_is_transient_and_one_that_rejects_is_not() -> None:
    nowhere = GrpcClient(Target(url="http://127.0.0.1:1", protocol="grpc", timeout_s=5), "x")
    with pytest.raises(TransientSinkError, match="UNAVAILABLE"):
        nowhere.send(b"")
    nowhere.close()
    with a_grpc_backend() as backend:
        partial = ExportTracePartialSuccess(rejected_spans=2, error_message="no")
        backend.answer = ExportTraceServiceResponse(partial_success=partial).SerializeToString()
        client = GrpcClient(Target(url=backend.url, protocol="grpc"), "x")
        with pytest.raises(PermanentSinkError, match="rejected 2 spans: 'no'"):
            client.send(b"")
        client.close()


def test_a_request_over_the_limit_of_a_grpc_target_arrives_in_parts(tmp_path: Path) -> None:
    sent = [a_span({"x": "y" * 100_000}) for _ in range(60)]  # gRPC servers take 4 MiB by default
    with a_grpc_backend() as backend:
        target = Target(url=backend.url, protocol="grpc")
        with running(settings_in(tmp_path, store=AWAY, forward=(target,))) as processor:
            processor.post(a_request(*sent).SerializeToString())
            until(lambda: sum(len(spans_in(body)) for body in backend.bodies) == 60)
            assert processor.metric("spantally_spans_quarantined_total") == 0

    assert len(backend.bodies) == 2
    arrived = {span.span_id for body in backend.bodies for span in spans_in(body)}
    assert arrived == {span.span_id for span in sent}


@pytest.mark.parametrize(("status", "divisible"), [(400, True), (413, True), (404, False)])
def test_only_an_answer_that_blames_the_body_lets_its_parts_be_tried(
    status: int, divisible: bool
) -> None:
    with a_backend() as backend:
        backend.status = status
        client = client_of(Target(url=backend.url), "jaeger")
        with pytest.raises(PermanentSinkError) as refused:
            client.send(b"")
        client.close()
    assert refused.value.divisible is divisible


def test_each_profile_has_the_attributes_of_its_user_interface() -> None:
    claimed = {"gen_ai.usage.cost": 9.0, "llm.cost.total": 9.0}

    def sent(*profiles: str) -> dict[str, object]:
        (span,) = spans_in(with_costs(booked(a_call(**claimed)), profiles))  # type: ignore[arg-type]
        found = attributes_of(span.attributes)
        return {k: v for k, v in found.items() if k.startswith(("gen_ai.usage.cost", "llm.cost."))}

    assert sent() == claimed, "without a profile they are nobody's business"
    assert sent("langfuse") == {"gen_ai.usage.cost": float(IN + OUT), "llm.cost.total": 9.0}
    assert sent("phoenix") == {
        "gen_ai.usage.cost": 9.0,
        "llm.cost.total": float(IN + OUT),
        "llm.cost.prompt": float(IN),
        "llm.cost.completion": float(OUT),
    }


def test_an_unknown_cost_is_absent_in_every_profile() -> None:
    mystery = a_call(gen_ai__request__model="mystery", gen_ai__response__model="mystery")

    (span,) = spans_in(with_costs(booked(mystery), ("langfuse", "phoenix")))

    names = attributes_of(span.attributes)
    assert not [name for name in names if name.startswith(("gen_ai.usage.cost", "llm.cost."))]


CANARY = "canary-7f3a"


def with_content() -> Span:
    """A call with a canary wherever emitters put content."""
    held = {name + ("x" if name.endswith(".") else ""): CANARY for name in CONTENT}
    span = a_call()
    span.attributes.extend(attributes(held))
    span.events.add(name="gen_ai.user.message").attributes.extend(
        attributes({"content": CANARY, "gen_ai.prompt": CANARY})
    )
    span.events.add(name="exception").attributes.extend(
        attributes({"exception.message": CANARY, "exception.type": "ValueError"})
    )
    span.status.message = CANARY
    return span


def test_content_is_taken_off_where_asked_and_nothing_else() -> None:
    whole = with_costs(booked(with_content()))
    stripped = with_costs(booked(with_content()), strip_content=True)

    assert whole.count(CANARY.encode()) == len(CONTENT) + 4
    assert CANARY.encode() not in stripped
    (kept,) = spans_in(stripped)
    names = attributes_of(kept.attributes)
    assert {"gen_ai.usage.input_tokens", "gen_ai.request.model", "spantally.cost.usd"} <= set(names)
    assert [event.name for event in kept.events] == ["gen_ai.user.message", "exception"]
    assert attributes_of(kept.events[1].attributes) == {"exception.type": "ValueError"}
