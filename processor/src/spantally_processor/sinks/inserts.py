"""Requests to inserts into the ledger's tables, as columns.

Every received span gives a row of `trace_steps`; every LLM span a row of `llm_spans` as well. The
rows depend on nothing but the batch, so a batch that is made again after a crash is the same insert
under the same token.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import compress, groupby
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from spantally_processor.booking import DamagedRecord
from spantally_processor.dialects import NO_RULES
from spantally_processor.errors import Refused
from spantally_processor.ledger.reader import LedgerReader
from spantally_processor.model import Role
from spantally_processor.otlp.decode import lean_traces
from spantally_processor.pricer import billed_model
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
    from spantally_processor.otlp.lean import LeanRequest
    from spantally_processor.pricer import Pricer
    from spantally_processor.sinks import SinkBatch
    from spantally_processor.sinks.native import Column

_PERIOD_NS = 60 * 28 * 86400 * 10**9
"""Whose spans are inserted together: ClickHouse refuses more than 100 partitions; ours are months."""

SPANS_AT_ONCE = 2048
"""What is read together, at least: enough that columns pay, and little enough for a core's cache."""


@dataclass(frozen=True, slots=True)
class LedgerRequest:
    """A request, and who reads it."""

    request: OpenRequest
    reader: LedgerReader

    @property
    def seq(self) -> int:
        """Its number in the spool."""
        return self.request.seq

    def message(self) -> LeanRequest:
        """Returns its spans, parsed; raises DamagedRecord."""
        try:
            return lean_traces(self.request.body, self.request.content_type)
        except Refused as error:
            raise DamagedRecord(str(error)) from error


class Insert(NamedTuple):
    """Rows of one table in the Native format, block after block, and the token that names them."""

    table: str
    columns: Sequence[str]
    blocks: bytes
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
        """Returns the request, to be read with others in `pack`."""
        reader = self._readers.get(pricer.version)
        if reader is None:
            reader = self._readers[pricer.version] = LedgerReader(
                pricer, attribution=self._attribution
            )
        return LedgerRequest(request, reader)

    def pack(self, batch: SinkBatch[LedgerRequest]) -> Packed:
        """Returns one insert a table, unless the batch spans many months."""
        packing = _Packing(batch)
        for reader, requests in _some_at_once(batch.requests):
            packing.add(requests, reader.rows(*[each.message() for each in requests]))
        return packing.packed()


class _Packing:
    """Rows of a batch on their way into inserts: those that are read together become a block of each table.

    What a core works on is then small, and rows do not outlive their block.
    """

    def __init__(self, batch: SinkBatch[LedgerRequest]) -> None:
        self._token, self._booked_ns = batch.token, batch.booked_ns
        self._seen: defaultdict[str, set[bytes]] = defaultdict(set)
        """By tenant."""
        self._blocks: dict[tuple[int, str], list[bytes]] = {}
        """By period and table."""
        self._columns: dict[str, Sequence[str]] = {}
        self._times: list[int] = []
        """When the first and the last span of each block began."""
        self._received = self._stored = self._repeated = 0
        self._outcomes: Tally[Outcome] = Tally()

    def add(self, requests: Sequence[LedgerRequest], rows: Sequence[Sequence[SpanRow]]) -> None:
        """Packs the rows of some requests."""
        self._received += sum(each.request.received for each in requests)
        periods: dict[int, tuple[list[str], list[SpanRow]]] = {}
        for each, found in zip(requests, rows, strict=True):
            tenant = each.request.tenant
            seen = self._seen[tenant]
            for row in found:
                # Of those with equal ids the first: the first booking wins.
                key = row.trace_id + row.span_id
                if key in seen:
                    self._repeated += 1
                    continue
                seen.add(key)
                tenants, unique = periods.setdefault(row.start_ns // _PERIOD_NS, ([], []))
                tenants.append(tenant)
                unique.append(row)
        for period, (tenants, unique) in periods.items():
            self._add(period, tenants, unique)

    def _add(self, period: int, tenants: list[str], rows: list[SpanRow]) -> None:
        starts = [row.start_ns for row in rows]
        self._times += (min(starts), max(starts))
        self._stored += len(rows)
        self._outcomes += _outcomes(rows)
        booked_ns = self._booked_ns
        places = place_columns(tenants, rows, booked_ns)
        self._keep(period, "trace_steps", step_columns(rows, places), len(rows))
        is_call = [row.call is not None for row in rows]
        calls = list(compress(rows, is_call))
        if not calls:
            return
        if len(calls) < len(rows):
            places = place_columns(list(compress(tenants, is_call)), calls, booked_ns)
        self._keep(period, "llm_spans", llm_columns(calls, places), len(calls))

    def _keep(self, period: int, table: str, columns: Mapping[str, Column], rows: int) -> None:
        self._columns[table] = list(columns)
        self._blocks.setdefault((period, table), []).append(native.block(columns, rows))

    def packed(self) -> Packed:
        """Returns the whole batch."""
        rejected = self._received - self._stored - self._repeated
        tallies = (self._stored, self._repeated, rejected, self._outcomes)
        if not self._times:
            return Packed((), None, *tallies)
        periods = {
            period: number for number, period in enumerate(sorted({p for p, _ in self._blocks}))
        }
        inserts = [
            Insert(
                table,
                self._columns[table],
                b"".join(self._blocks.pop((period, table))),
                f"{self._token}:{periods[period]}",
            )
            for period, table in list(self._blocks)
        ]
        times = map(_time, (self._booked_ns, min(self._times), max(self._times)))
        return Packed(inserts, Booked(*times), *tallies)


def _some_at_once(
    requests: Iterable[LedgerRequest],
) -> Iterator[tuple[LedgerReader, list[LedgerRequest]]]:
    """Yields requests that are read together: neighbours under one rate table, until they are enough."""
    for reader, same in groupby(requests, key=attrgetter("reader")):
        some: list[LedgerRequest] = []
        spans = 0
        for each in same:
            some.append(each)
            spans += each.request.received
            if spans >= SPANS_AT_ONCE:
                yield reader, some
                some, spans = [], 0
        if some:
            yield reader, some


def _time(ns: int) -> datetime:
    """Returns the time, as exact as the ledger's columns."""
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=ns // 1000)


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
        span = priced.span
        model = ""
        if reason:
            model = billed_model(span.provider, span.request_model, span.response_model)
        differing = priced.span.provider if priced.stated_differs else ""
        status = "" if is_wrapper else pricing_status(priced)
        outcomes[Outcome(status, reason, model, differing)] += spans
    return outcomes
