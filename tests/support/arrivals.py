"""A run's spans again, shuffled, in batches of any size, some of them twice: as many calls count."""

from __future__ import annotations

import hashlib
import itertools
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, TracesData
from spantally_processor.config import Token

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
    from support.processor import Processor

TENANTS = [f"tenant-{number}" for number in range(40)]
"""The first is the run's own; each shuffling comes in under one of its own."""

TOKENS = tuple(
    Token(tenant=tenant, sha256=hashlib.sha256(tenant.encode()).hexdigest()) for tenant in TENANTS
)


def one_by_one(requests: Iterable[ExportTraceServiceRequest]) -> list[ResourceSpans]:
    """The spans of requests, each in a request's part of its own."""
    return [
        ResourceSpans(
            resource=group.resource, scope_spans=[ScopeSpans(scope=scope.scope, spans=[span])]
        )
        for request in requests
        for group in request.resource_spans
        for scope in group.scope_spans
        for span in scope.spans
    ]


def arrive(
    data: st.DataObject, processor: Processor, tenant: str, spans: Sequence[ResourceSpans]
) -> None:
    """Sends the spans in an order that Hypothesis draws, and waits until they are in the ledger."""
    order = data.draw(st.permutations(range(len(spans))))
    again = data.draw(st.lists(st.sampled_from(order), max_size=6))
    cuts = data.draw(st.lists(st.integers(1, len(order)), max_size=4).map(sorted))
    arriving = [*order, *again]
    for start, end in itertools.pairwise([0, *cuts, len(arriving)]):
        some = [spans[number] for number in arriving[start:end]]
        body = TracesData(resource_spans=some).SerializeToString()
        response = processor.post(body, authorization=f"Bearer {tenant}")
        assert response.status_code == 200
    processor.settle()


def billed(processor: Processor, tenant: str) -> list[tuple[str, str]]:
    """Response id and scope of the calls that count and were billed."""
    rows = processor.rows(
        "select response_id, scope from llm_calls"
        " where pricing_status != 'not_billed' and tenant = {tenant:String}",
        tenant=tenant,
    )
    return sorted((str(response_id), str(scope)) for response_id, scope in rows)
