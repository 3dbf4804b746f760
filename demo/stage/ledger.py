"""The calls in the ledger, read as any ClickHouse client would read them."""

from __future__ import annotations

import time
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import clickhouse_connect

if TYPE_CHECKING:
    from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A row of the view `llm_calls`, as far as the demo looks at it."""

    response_id: str
    trace_id: str
    service: str
    workflow: str
    property: str
    customer: str
    request_model: str
    http_status: int
    resend_count: int
    streaming: bool
    usage_source: str
    input_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    output_tokens: int | None
    pricing_status: str
    unpriced_reason: str
    cost: Decimal | None


COLUMNS = ", ".join(field.name for field in fields(Call))


def read_calls(url: str) -> list[Call]:
    """All calls in the ledger that is served at this address."""
    with clickhouse_connect.get_client(dsn=url) as client:
        rows = client.query(f"select {COLUMNS} from llm_calls order by start_time").result_rows  # noqa: S608
    return [Call(**dict(zip(Call.__slots__, row, strict=True))) for row in rows]


def wait_for_calls(url: str, count: int, timeout_s: float = 20) -> list[Call]:
    """The calls once there are `count`, or whatever there is when the time is up."""
    deadline = time.monotonic() + timeout_s
    while len(calls := read_calls(url)) < count and time.monotonic() < deadline:
        time.sleep(0.2)
    return calls
