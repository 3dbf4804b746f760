"""One bad span loses no neighbour, whatever else is in its request and its batch."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

import clickhouse_connect
import orjson
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans
from spantally_processor.errors import PermanentSinkError
from spantally_processor.narrowing import MAX_TRIES, narrowed
from spantally_processor.otlp.decode import JSON, PROTOBUF
from spantally_processor.otlp.values import attributes_of
from spantally_processor.spool import Record, digest_of
from support.clickhouse_server import ClickHouseServer
from support.ledger import served
from support.new_ledger import new_ledger
from support.otlp import a_call, a_request, attributes
from support.processor import running, settings_in, until

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from opentelemetry.proto.trace.v1.trace_pb2 import Span

Taken = list[tuple[str, str]]
"""Service and span id, in hex."""


def spans_of(record: Record) -> list[tuple[str, Span]]:
    """Each span with the service that its resource names."""
    message = ExportTraceServiceRequest.FromString(record.body or b"")
    return [
        (str(attributes_of(group.resource.attributes).get("service.name")), span)
        for group in message.resource_spans
        for scope in group.scope_spans
        for span in scope.spans
    ]


def a_sink(
    poison: set[str], *, divisible: bool = True
) -> tuple[Callable[[Sequence[Record], str], Taken], list[str]]:
    """A destination that refuses parts with certain spans; and the names of the parts that it was given."""
    names: list[str] = []

    def take(requests: Sequence[Record], name: str) -> Taken:
        names.append(name)
        pairs = [(service, s.span_id.hex()) for r in requests for service, s in spans_of(r)]
        if bad := poison & {span_id for _, span_id in pairs}:
            raise PermanentSinkError(f"refused {min(bad)}", divisible=divisible)
        return pairs

    return take, names


def a_record(seq: int, spans: int, body: bytes) -> Record:
    return Record(
        seq=seq,
        tenant="acme",
        received_ns=1,
        content_type=PROTOBUF,
        encoding="",
        digest=digest_of(body),
        table_version="v1",
        spans=spans,
        body=body,
    )


def requests_of(shape: list[list[list[int]]]) -> list[Record]:
    """Requests, their resources, the scopes of each with so many spans."""
    requests: list[Record] = []
    for seq, resources in enumerate(shape, 1):
        message = ExportTraceServiceRequest(
            resource_spans=[
                ResourceSpans(
                    resource={"attributes": attributes({"service.name": f"shop {seq} {number}"})},
                    scope_spans=[ScopeSpans(spans=[a_call() for _ in range(n)]) for n in scopes],
                )
                for number, scopes in enumerate(resources)
            ]
        )
        spans = sum(sum(scopes) for scopes in resources)
        requests.append(a_record(seq, spans, message.SerializeToString()))
    return [request for request in requests if request.spans]


SHAPES = st.lists(
    st.lists(st.lists(st.integers(0, 3), max_size=3), max_size=3), min_size=1, max_size=4
)


@given(shape=SHAPES, data=st.data())
def test_exactly_the_bad_spans_are_refused_and_the_others_are_taken_once(
    shape: list[list[list[int]]], data: st.DataObject
) -> None:
    requests = requests_of(shape)
    everything = [(service, s.span_id.hex()) for r in requests for service, s in spans_of(r)]
    ids = [span_id for _, span_id in everything]
    poison = set(data.draw(st.lists(st.sampled_from(ids), max_size=3))) if ids else set[str]()
    take, names = a_sink(poison)

    taken, culprits = narrowed(requests, PermanentSinkError("the batch"), take) if ids else ([], [])

    refused = {s.span_id.hex(): c.reason for c in culprits for _, s in spans_of(c.record)}
    if len(ids) > 1:
        assert refused == {span_id: f"refused {span_id}" for span_id in poison}
        assert sorted(taken) == sorted(pair for pair in everything if pair[1] not in poison)
    assert all(culprit.record.spans == 1 for culprit in culprits)
    assert len(names) == len(set(names)), "a name is a token: each part has its own"


def test_a_part_is_the_same_under_the_same_name_in_the_next_process() -> None:
    requests = requests_of([[[3, 2], [4]], [[5]]])
    poison = {spans_of(requests[0])[4][1].span_id.hex()}
    runs: list[dict[str, list[bytes]]] = []
    for _ in range(2):
        given: dict[str, list[bytes]] = {}
        take, _ = a_sink(poison)

        def noting(
            part: Sequence[Record],
            name: str,
            given: dict[str, list[bytes]] = given,
            take: Callable[[Sequence[Record], str], Taken] = take,
        ) -> Taken:
            given[name] = [request.body for request in part]
            return take(part, name)

        narrowed(requests, PermanentSinkError("the batch"), noting)
        runs.append(given)

    assert runs[0] == runs[1]
    assert len(runs[0]) > 4


def test_where_everything_is_refused_the_tries_are_bounded_and_all_is_set_aside() -> None:
    requests = requests_of([[[1000]], [[1000]]])
    ids = {s.span_id.hex() for r in requests for _, s in spans_of(r)}
    take, names = a_sink(ids)

    taken, culprits = narrowed(requests, PermanentSinkError("the batch"), take)

    assert taken == []
    assert sum(culprit.record.spans for culprit in culprits) == 2000
    assert {s.span_id.hex() for c in culprits for _, s in spans_of(c.record)} == ids
    assert len(names) <= MAX_TRIES + 1


def test_what_blames_the_way_and_not_the_body_is_not_divided() -> None:
    requests = requests_of([[[4]]])
    take, names = a_sink(set())

    _, culprits = narrowed(requests, PermanentSinkError("404", divisible=False), take)

    assert [culprit.record for culprit in culprits] == requests
    assert names == []


def test_a_body_that_cannot_be_read_is_the_smallest_part() -> None:
    damaged = a_record(2, 7, b"\xff\xff")
    good = requests_of([[[2]]])

    def take(requests: Sequence[Record], name: str) -> list[str]:
        if damaged in requests:
            raise PermanentSinkError("cannot be read")
        return [name]

    taken, culprits = narrowed([*good, damaged], PermanentSinkError("the batch"), take)

    assert taken == ["0"]
    assert [culprit.record for culprit in culprits] == [damaged]


def test_a_body_of_json_is_divided_too() -> None:
    spans = [{"traceId": "ab" * 16, "spanId": f"{number:016x}"} for number in range(1, 4)]
    body = orjson.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]})
    request = replace(a_record(1, 3, body), content_type=JSON)

    def take(requests: Sequence[Record], name: str) -> list[str]:
        if any(r.content_type == JSON or r.spans > 1 for r in requests):
            raise PermanentSinkError("the whole")
        (part,) = requests
        ((_, span),) = spans_of(part)
        if span.span_id.hex() == f"{2:016x}":
            raise PermanentSinkError("the second")
        return [span.span_id.hex()]

    taken, ((culprit, reason),) = narrowed([request], PermanentSinkError("the batch"), take)

    assert sorted(taken) == [f"{number:016x}" for number in (1, 3)]
    assert reason == "the second"
    assert (culprit.seq, culprit.tenant, culprit.table_version) == (1, "acme", "v1")


def test_a_ledger_that_refuses_one_span_has_its_neighbours(tmp_path: Path) -> None:
    new_ledger(tmp_path, prices=True)
    server = ClickHouseServer(tmp_path / "ledger")
    with (
        served(server) as url,
        running(settings_in(tmp_path / "data", store=f"{url}/spantally")) as processor,
    ):
        processor.post(a_request(a_call()).SerializeToString())
        processor.settle()
        # Somebody was stricter than we are: a table that is not quite ours any more.
        constrain(url, "add constraint short check length(name) < 100")
        spans = [a_call() for _ in range(20)]
        spans[13].name = "n" * 200
        assert processor.post(a_request(*spans).SerializeToString()).status_code == 200
        processor.settle()
        assert stored(url) == 20
        assert processor.metric("spantally_spans_quarantined_total") == 1
        assert processor.metric("spantally_spans_stored_total") == 20

        constrain(url, "drop constraint short")
        with sqlite3.connect(tmp_path / "data" / "spool.sqlite") as spool:
            letters = spool.execute("select spans, seq, reason from quarantine").fetchall()
            spool.execute("update quarantine set wish = 'replay'")
        spool.close()
        assert [letter[:2] for letter in letters] == [(1, 2)]
        assert "short" in letters[0][2], "the reason names the constraint"
        until(lambda: processor.metric("spantally_spans_stored_total") == 21)
        assert stored(url) == 21
    server.close()


def constrain(url: str, change: str) -> None:
    asked(url, f"alter table spantally.llm_spans {change}")


def stored(url: str) -> int:
    return int(str(asked(url, "select count() from spantally.llm_spans")))


def asked(url: str, statement: str) -> object:
    with clickhouse_connect.get_client(dsn=url, autogenerate_session_id=False) as client:
        return client.command(statement)
