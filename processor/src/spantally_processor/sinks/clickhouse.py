"""Batches into the ledger's tables, as columns.

Every received span gives a row of `trace_steps`; every LLM span a row of `llm_spans` as well. The
rows depend on nothing but the batch, so a batch that is written again after a crash is the same
insert under the same token.
"""

from __future__ import annotations

import sys
from collections import Counter as Tally
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import compress
from typing import TYPE_CHECKING, NamedTuple

from spantally_processor.booking import DamagedRecord
from spantally_processor.dialects import NO_RULES
from spantally_processor.errors import PermanentSinkError, Refused, TransientSinkError
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
from spantally_processor.store import PermanentStoreError, StoreOverloaded, TransientStoreError
from spantally_processor.store.settling import Booked
from spantally_processor.telemetry import Counter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from spantally_processor.attribution import Attribution
    from spantally_processor.booking import OpenRequest
    from spantally_processor.ledger.rows import SpanRow
    from spantally_processor.pricer import Pricer
    from spantally_processor.sinks import SinkBatch
    from spantally_processor.sinks.native import Column
    from spantally_processor.store import Store
    from spantally_processor.telemetry import Telemetry

NAME = "ledger"

MAX_MONTHS = 60
"""ClickHouse refuses an insert into more than 100 partitions; ours are months."""


MAX_MODELS = 200
"""Models that the metrics tell apart."""


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


class Packed(NamedTuple):
    """A batch as the store is given it."""

    inserts: Sequence[Insert]
    booked: Booked | None
    """When it was booked and of what time its spans are; None when it has none."""


class LedgerSink:
    """Writes batches into the store."""

    name = NAME
    max_quarantine_bytes = sys.maxsize
    """Nowhere else is this money written down."""

    def __init__(
        self,
        store: Store,
        *,
        max_spans: int,
        flush_interval_s: float,
        attribution: Attribution = NO_RULES,
    ) -> None:
        self._store = store
        self._attribution = attribution
        self.max_spans = max_spans
        self.flush_interval_s = flush_interval_s
        self._readers: dict[str, LedgerReader] = {}
        """By version of the rate table."""
        self._models: set[str] = set()

    def open(self) -> None:
        """Creates or updates the tables."""
        try:
            self._store.migrate()
        except TransientStoreError as error:
            raise TransientSinkError(str(error)) from error

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
        if not rows:
            return Packed((), None)
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
        return Packed(inserts, Booked(*times))

    def write(self, packed: Packed) -> None:
        """Inserts the batch's rows; then who counts."""
        for insert in packed.inserts:
            self._insert(insert)
        if packed.booked is None:
            return
        try:
            self._store.settle(packed.booked)
        except TransientStoreError as error:
            raise _transient(error) from error

    def count(self, telemetry: Telemetry, requests: Sequence[LedgerRequest]) -> None:
        """Counts where each received span of the requests went."""
        _, rows = unique_rows(requests)
        booked = sum(len(request.rows) for request in requests)
        telemetry.count(Counter.STORED, len(rows))
        telemetry.count(Counter.DEDUPLICATED, booked - len(rows), layer="batch")
        telemetry.count(Counter.REJECTED, sum(request.received for request in requests) - booked)
        for outcome, spans in _outcomes(rows).items():
            telemetry.count(Counter.LLM, spans, pricing_status=outcome.status)
            if outcome.differing:
                telemetry.count(Counter.STATED_DIFFERS, spans, provider=outcome.differing)
            if outcome.reason:
                model = self._named(outcome.model)
                telemetry.count(Counter.UNPRICED, spans, reason=outcome.reason, model=model)

    def use(self, attribution: Attribution) -> None:
        """From now on, tags are what these rules say."""
        self._attribution = attribution
        self._readers = {}

    def _named(self, model: str) -> str:
        """Returns the model, or `other`: names come from outside, and each is a line of the metrics."""
        if len(self._models) < MAX_MODELS:
            self._models.add(model)
        return model if model in self._models else "other"

    def close(self) -> None:
        """The store belongs to the application, which closes it."""

    def _insert(self, insert: Insert) -> None:
        try:
            self._store.insert_native(*insert[:3], token=insert.token)
        except TransientStoreError as error:
            raise _transient(error) from error
        except PermanentStoreError as error:
            raise PermanentSinkError(str(error)) from error


def _transient(error: TransientStoreError) -> TransientSinkError:
    return TransientSinkError(str(error), overloaded=isinstance(error, StoreOverloaded))


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


class _Outcome(NamedTuple):
    """What is counted of a call: its status, why there is no cost, of which model, a differing provider."""

    status: str
    reason: str
    model: str
    differing: str


def _outcomes(rows: Iterable[SpanRow]) -> Tally[_Outcome]:
    """Counts calls by outcome; the model is named only where there is no cost."""
    likes = [row.call.like for row in rows if row.call is not None]
    by_id = {id(priced): priced for priced in likes}
    outcomes: Tally[_Outcome] = Tally()
    for key, spans in Tally(map(id, likes)).items():
        priced = by_id[key]
        is_wrapper = (
            priced.span.role is Role.AGGREGATE
        )  # its counts are hardly ever the ones that count
        reason = priced.reason if priced.amount is None and not is_wrapper else ""
        model = (priced.span.response_model or priced.span.request_model) if reason else ""
        differing = priced.span.provider if priced.stated_differs else ""
        status = "" if is_wrapper else pricing_status(priced)
        outcomes[_Outcome(status, reason, model, differing)] += spans
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
