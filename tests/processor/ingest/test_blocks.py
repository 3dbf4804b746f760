"""An insert of several blocks is one insert: stored once, in one part, whatever was read together."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from spantally_pricing import RateTable
from spantally_processor.making import Making, Work
from spantally_processor.sinks import inserts
from spantally_processor.sinks.inserts import LedgerMaker
from spantally_processor.spool import Batch, Record, digest_of
from spantally_processor.store import open_store
from support.calls_at_scale import a_varied_call
from support.otlp import a_call, a_request, a_span

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from spantally_processor.sinks.inserts import Packed

TABLE = RateTable.bundled()


def packed(*bodies: bytes, tenants: str = "aab") -> Packed:
    """Requests of 20 spans each, as a batch."""
    records = [
        Record(
            seq=seq,
            tenant=tenants[seq % len(tenants)],
            received_ns=1,
            content_type="application/x-protobuf",
            encoding="",
            digest=digest_of(body),
            table_version=TABLE.version,
            spans=20,
            body=body,
        )
        for seq, body in enumerate(bodies)
    ]
    batch = Batch(first_seq=0, last_seq=len(records) - 1, booked_ns=1, token="batch")
    tables = {TABLE.version: TABLE.canonical}
    work = Work(batch=batch, records=records, tables=tables, max_bytes=1 << 20)
    return Making(LedgerMaker()).made(work).packed


def bodies() -> list[bytes]:
    chance = random.Random(8)  # noqa: S311 - load, no secret
    requests = [[a_varied_call(chance)[0] for _ in range(19)] for _ in range(6)]
    for request in requests[:3]:
        request.append(a_span({"x": 1}))
    for request in requests[3:]:
        request.append(requests[0][0])  # the tenant's own again, and another tenant's
    return [a_request(*request).SerializeToString() for request in requests]


def test_several_blocks_are_stored_once_in_one_part_as_one_block_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = bodies()
    together = packed(*sent)
    monkeypatch.setattr(inserts, "SPANS_AT_ONCE", 20)
    apart = packed(*sent)
    assert len(apart.inserts[1].blocks) > len(together.inserts[1].blocks)
    assert apart._replace(inserts=()) == together._replace(inserts=())
    assert (apart.stored, apart.repeated) == (118, 2)
    found: list[object] = []
    for name, made in (("together", together), ("apart", apart)):
        store: Any = open_store(f"chdb://{tmp_path}/{name}")
        store.migrate()
        for _ in range(2):
            for each in made.inserts:
                store.insert_native(*each[:3], token=each.token)
        parts = "select rows from system.parts where active and table = 'llm_spans'"
        assert store.rows(parts) == [(115,)]
        ordered = "order by tenant, trace_id, span_id"
        found.append(store.rows(f"select * except (stored_at) from llm_spans {ordered}"))  # noqa: S608
        found.append(store.rows(f"select * from trace_steps {ordered}"))  # noqa: S608
        store.close()
    assert found[:2] == found[2:]


def test_a_span_that_comes_twice_is_stored_once_wherever_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inserts, "SPANS_AT_ONCE", 1)
    body = a_request(a_call()).SerializeToString()
    made = packed(body, body, body, tenants="ab")
    assert (made.stored, made.repeated) == (2, 1)
