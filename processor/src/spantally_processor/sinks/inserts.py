"""Requests to inserts into the ledger's tables, as columns.

Every received span gives a row of `trace_steps`; every LLM span a row of `llm_spans` as well. The
rows depend on nothing but the batch, so a batch that is made again after a crash is the same insert
under the same token.
"""

from __future__ import annotations

from collections import Counter as Tally
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import compress
from typing import TYPE_CHECKING, NamedTuple

from spantally_processor.booking import DamagedRecord
from spantally_processor.dialects import NO_RULES
from spantally_processor.errors import Refused
from spantally_processor.ledger.reader import LedgerReader
from spantally_processor.model import Role
from spantally_processor.otlp.decode import lean_traces
from spantally_processor.sinks import native
from spantally_processor.sinks.columns import (
    llm_columns,
    place_columns,
    pricing_status,
    step_columns,
)
from spantally_processor.store.settling import Booked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from spantally_processor.attribution import Attribution
    from spantally_processor.booking import OpenRequest
    from spantally_processor.ledger.rows import SpanRow
    from spantally_processor.pricer import Pricer
    from spantally_processor.sinks import SinkBatch
    from spantally_processor.sinks.native import Column

MAX_MONTHS = 60
"""ClickHouse refuses an insert into more than 100 partitions; ours are months."""


@dataclass(frozen=True, slots=True)
class LedgerRequest:
    """A request's rows. They lack the spans that `booking.is_valid` refuses."""

    seq: int
    tenant: str
    received: int
    """Spans in the message, valid or not."""
    rows: list[SpanRow]


class Insert(NamedTuple):
    """Rows of one table in the Native format, and the token that names them."""

    table: str
    columns: Sequence[str]
    block: bytes
    token: str


class Outcome(NamedTuple):
    """What is counted of a call: its status, why there is no cost, of which model, a differing provider."""

    status: str
    reason: str
    model: str
    differing: str


class Packed(NamedTuple):
    """A batch as the store is given it, and what is counted once it is in."""

    inserts: Sequence[Insert]
    booked: Booked | None
    """When it was booked and of what time its spans are; None when it has none."""
    stored: int
    """Spans in the inserts."""
    repeated: int
    """Spans that another of the batch is, by their ids."""
    rejected: int
    """Spans that are not valid."""
    outcomes: Mapping[Outcome, int]


class LedgerMaker:
    """Makes inserts under some rules of attribution."""

    def __init__(self, attribution: Attribution = NO_RULES) -> None:
        self._attribution = attribution
        self._readers: dict[str, LedgerReader] = {}
        """By version of the rate table."""

    def book(self, request: OpenRequest, pricer: Pricer) -> LedgerRequest:
        """Returns the request's rows."""
        reader = self._readers.get(pricer.version)
        if reader is None:
            reader = self._readers[pricer.version] = LedgerReader(
                pricer, attribution=self._attribution
            )
        try:
            message = lean_traces(request.body, request.content_type)
        except Refused as error:
            raise DamagedRecord(str(error)) from error
        return LedgerRequest(request.seq, request.tenant, request.received, reader.rows(message))

    def pack(self, batch: SinkBatch[LedgerRequest]) -> Packed:
        """Returns one insert a table, unless the batch spans many months."""
        tenants, rows = unique_rows(batch.requests)
        booked = sum(len(request.rows) for request in batch.requests)
        received = sum(request.received for request in batch.requests)
        tallies = (len(rows), booked - len(rows), received - booked, _outcomes(rows))
        if not rows:
            return Packed((), None, *tallies)
        inserts: list[Insert] = []
        for number, (whose, spans) in enumerate(_by_months(tenants, rows)):
            token = f"{batch.token}:{number}"
            places = place_columns(whose, spans, batch.booked_ns)
            inserts.append(_insert("trace_steps", step_columns(spans, places), len(spans), token))
            is_call = [row.call is not None for row in spans]
            calls = list(compress(spans, is_call))
            if not calls:
                continue
            if len(calls) < len(spans):
                places = place_columns(list(compress(whose, is_call)), calls, batch.booked_ns)
            inserts.append(_insert("llm_spans", llm_columns(calls, places), len(calls), token))
        starts = [row.start_ns for row in rows]
        times = map(_time, (batch.booked_ns, min(starts), max(starts)))
        return Packed(inserts, Booked(*times), *tallies)


def _time(ns: int) -> datetime:
    """Returns the time, as exact as the ledger's columns."""
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=ns // 1000)


def _insert(table: str, columns: Mapping[str, Column], rows: int, token: str) -> Insert:
    return Insert(table, list(columns), native.block(columns, rows), token)


def unique_rows(requests: Iterable[LedgerRequest]) -> tuple[list[str], list[SpanRow]]:
    """Returns tenants and rows; of those with equal ids the first, since the first booking wins."""
    seen: set[tuple[str, bytes]] = set()
    tenants: list[str] = []
    rows: list[SpanRow] = []
    for request in requests:
        tenant = request.tenant
        for row in request.rows:
            key = (tenant, row.trace_id + row.span_id)
            if key not in seen:
                seen.add(key)
                rows.append(row)
                tenants.append(tenant)
    return tenants, rows


def _outcomes(rows: Iterable[SpanRow]) -> Tally[Outcome]:
    """Counts calls by outcome; the model is named only where there is no cost."""
    likes = [row.call.like for row in rows if row.call is not None]
    by_id = {id(priced): priced for priced in likes}
    outcomes: Tally[Outcome] = Tally()
    for key, spans in Tally(map(id, likes)).items():
        priced = by_id[key]
        is_wrapper = (
            priced.span.role is Role.AGGREGATE
        )  # its counts are hardly ever the ones that count
        reason = priced.reason if priced.amount is None and not is_wrapper else ""
        model = (priced.span.response_model or priced.span.request_model) if reason else ""
        differing = priced.span.provider if priced.stated_differs else ""
        status = "" if is_wrapper else pricing_status(priced)
        outcomes[Outcome(status, reason, model, differing)] += spans
    return outcomes


def _by_months(
    tenants: list[str], rows: list[SpanRow]
) -> Iterator[tuple[list[str], list[SpanRow]]]:
    """Yields the rows in chunks of neighbouring times that fit into one insert."""
    span_ns = MAX_MONTHS * 28 * 86400 * 10**9
    starts = [row.start_ns for row in rows]
    if not starts:
        return
    if max(starts) - min(starts) < span_ns:
        yield tenants, rows
        return
    chunks: dict[int, tuple[list[str], list[SpanRow]]] = {}
    for tenant, row in zip(tenants, rows, strict=True):
        into = chunks.setdefault(row.start_ns // span_ns, ([], []))
        into[0].append(tenant)
        into[1].append(row)
    yield from (chunks[key] for key in sorted(chunks))
