"""Rows of the ledger that mention only what a test is about, and a real socket over an ASGI app."""

from __future__ import annotations

import itertools
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import uvicorn
from spantally_processor.model import TAG_COLUMNS
from spantally_processor.store.settling import Booked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from spantally_processor.store import Store

Row = dict[str, Any]

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
"""When a call was made, unless a test says otherwise."""

_serial = itertools.count(1)


SCOPES = {3: "spantally", 2: "com.anthropic.sdk.python", 1: "a.framework"}
"""Who emits spans of each rank."""


def a_call(*, rank: int = 3, **changes: object) -> Row:
    """One priced provider call; every id is new."""
    number = next(_serial)
    row: Row = {
        "tenant": "",
        "trace_id": f"{number:032x}",
        "span_id": f"{number:016x}",
        "parent_span_id": "",
        "start_time": NOON,
        "duration_us": 1_000_000,
        "name": "chat gpt-5",
        "service": "shop",
        "scope": SCOPES[rank],
        "role": "call",
        "rank": rank,
        **dict.fromkeys(TAG_COLUMNS, ""),
        "tags": {},
        "attribution_missing": [],
        "operation": "chat",
        "provider": "openai",
        "provider_source": "host",
        "request_model": "gpt-5",
        "response_model": "gpt-5-2026-08-01",
        "response_id": f"chatcmpl-{number:024d}",
        "error_type": "",
        "http_status": 200,
        "resend_count": 0,
        "usage_source": "provider",
        "input_tokens": 100,
        "output_tokens": 10,
        "pricing_status": "priced",
        "unpriced_reason": "",
        "cost": Decimal("0.01"),
        "lines.per": [],
        "lines.quantity": [],
        "ingested_at": NOON + timedelta(seconds=5),
    }
    return row | changes


def an_unpriced_call(**changes: object) -> Row:
    """A call of a model that the rate table does not know."""
    unknown = {
        "request_model": "mystery-1",
        "response_model": "mystery-1",
        "pricing_status": "unpriced",
        "unpriced_reason": "unknown_model",
        "cost": None,
    }
    return a_call(**unknown | changes)


def a_refused_attempt(**changes: object) -> Row:
    """An attempt that the provider refused: nothing was billed."""
    refused = {
        "response_model": "",
        "response_id": "",
        "error_type": "rate_limit_exceeded",
        "http_status": 429,
        "usage_source": "not_billed",
        "input_tokens": None,
        "output_tokens": None,
        "pricing_status": "not_billed",
        "cost": Decimal(0),
    }
    return a_call(**refused | changes)


def an_agent_span(**changes: object) -> Row:
    """An agent around calls, whose counts repeat theirs."""
    aggregate = {
        "name": "invoke_agent concierge",
        "scope": "some.framework",
        "role": "aggregate",
        "rank": 1,
        "operation": "invoke_agent",
        "response_id": "",
        "pricing_status": "",
        "cost": None,
    }
    return a_call(**aggregate | changes)


def a_step(**changes: object) -> Row:
    """One span of a trace's skeleton."""
    number = next(_serial)
    row: Row = {
        "tenant": "",
        "trace_id": f"{number:032x}",
        "span_id": f"{number:016x}",
        "parent_span_id": "",
        "start_time": NOON,
        "duration_us": 2_000_000,
        "name": "step",
        "service": "shop",
        "error": False,
        "tag_keys": [],
        "ingested_at": NOON + timedelta(seconds=5),
    }
    return row | changes


def a_run_over_two_services(trace: str, *, carried: bool) -> list[Row]:
    """Desk asks rates, which asks a model; the tag reaches rates or does not."""
    tags = ["team"] if carried else []
    return [
        a_step(trace_id=trace, span_id="run", name="run", service="desk", tag_keys=["team"]),
        a_step(trace_id=trace, span_id="get", parent_span_id="run", name="GET /rates",
               service="desk", tag_keys=["team"]),
        a_step(trace_id=trace, span_id="serve", parent_span_id="get", name="/rates",
               service="rates", tag_keys=tags),
        a_step(trace_id=trace, span_id="quote", parent_span_id="serve", name="quote",
               service="rates", tag_keys=tags),
    ]  # fmt: skip


def step_of(call: Mapping[str, Any]) -> Row:
    """The skeleton's row for an LLM span: the processor writes one for each."""
    names = ("tenant", "trace_id", "span_id", "parent_span_id", "start_time", "duration_us")
    return {name: call[name] for name in (*names, "name", "service", "ingested_at")} | {
        "error": bool(call["error_type"]),
        "tag_keys": [key for key in TAG_COLUMNS if call[key]],
    }


def insert(store: Store, rows: Sequence[Row], *, table: str = "llm_spans", token: str = "") -> None:
    """Insert rows as one block; a token that is not given is new."""
    assert all(row.keys() == rows[0].keys() for row in rows), "a block has one set of columns"
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    store.insert(table, columns, token=token or f"token-{next(_serial)}")


def book(store: Store, rows: Sequence[Row], *, table: str = "llm_spans", token: str = "") -> None:
    """Insert rows as the processor does: LLM spans with their steps, and then who counts."""
    if not rows:
        return
    if table == "llm_spans":
        insert(store, [step_of(row) for row in rows], table="trace_steps")
    insert(store, rows, table=table, token=token)
    for at in {row["ingested_at"] for row in rows}:
        starts = [row["start_time"] for row in rows if row["ingested_at"] == at]
        store.settle(Booked(at, min(starts), max(starts)))


@contextmanager
def served(app: Any, port: int = 0, certificates: Path | None = None) -> Iterator[str]:
    """Serve an ASGI application on 127.0.0.1, on a free port unless one is given; yields its URL."""
    config = uvicorn.Config(app, port=port, log_level="critical", ws="none")
    if certificates is not None:
        config.ssl_certfile = str(certificates / "server.pem")
        config.ssl_keyfile = str(certificates / "server.key")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.005)
        host, bound = server.servers[0].sockets[0].getsockname()[:2]
        yield f"{'https' if certificates else 'http'}://{host}:{bound}"
    finally:
        server.should_exit = True
        thread.join()


def close_days(store: Store) -> None:
    """As if ten minutes had passed since the roll-up: what was stored before it is in it for good."""
    store._engine.command(  # type: ignore[attr-defined]
        "insert into rollups (began_at, ended_at, layout) select now() + 601, now(), 2"
    )


def server_rows(store: Store, query: str) -> list[tuple[Any, ...]]:
    """What a ledger on a server answers."""
    rows = store._replicas.run(lambda replica: replica.engine.rows(query))  # type: ignore[attr-defined]
    return [tuple(row) for row in rows]
