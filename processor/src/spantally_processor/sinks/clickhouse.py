"""Batches into the ledger's tables, as columns.

Every received span gives a row of `trace_steps`; every LLM span a row of `llm_spans` as well. The
rows depend on nothing but the batch, so a batch that is written again after a crash is the same
insert under the same token.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from spantally_processor.errors import PermanentSinkError, TransientSinkError
from spantally_processor.sinks.columns import llm_columns, pricing_status, step_columns
from spantally_processor.store import PermanentStoreError, TransientStoreError
from spantally_processor.telemetry import Counter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from spantally_processor.booking import BookedRequest, BookedSpan
    from spantally_processor.sinks import SinkBatch
    from spantally_processor.store import Store
    from spantally_processor.telemetry import Telemetry

NAME = "ledger"

MAX_MONTHS = 60
"""ClickHouse refuses an insert into more than 100 partitions; ours are months."""


class LedgerSink:
    """Writes batches into the store."""

    name = NAME
    max_quarantine_bytes = sys.maxsize
    """Nowhere else is this money written down."""

    def __init__(self, store: Store, *, max_spans: int, flush_interval_s: float) -> None:
        self._store = store
        self.max_spans = max_spans
        self.flush_interval_s = flush_interval_s

    def open(self) -> None:
        """Creates or updates the tables."""
        try:
            self._store.migrate()
        except TransientStoreError as error:
            raise TransientSinkError(str(error)) from error

    def write(self, batch: SinkBatch) -> None:
        """Inserts the batch's rows, in one insert a table unless it spans many months."""
        spans = list(unique_spans(batch.requests))
        for number, chunk in enumerate(_by_months(spans)):
            token = f"{batch.token}:{number}"
            self._insert("trace_steps", step_columns(chunk), token)
            llm = [(tenant, span.priced) for tenant, span in chunk if span.priced is not None]
            if llm:
                self._insert("llm_spans", llm_columns(llm, batch.booked_ns), token)

    def count(self, telemetry: Telemetry, requests: Sequence[BookedRequest]) -> None:
        """Counts where each received span of the requests went."""
        stored = [span.priced for _, span in unique_spans(requests)]
        booked = sum(len(request.spans) for request in requests)
        telemetry.count(Counter.STORED, len(stored))
        telemetry.count(Counter.DEDUPLICATED, booked - len(stored), layer="batch")
        telemetry.count(Counter.REJECTED, sum(request.received for request in requests) - booked)
        for priced in stored:
            if priced is not None:
                telemetry.count(Counter.LLM, pricing_status=pricing_status(priced))
                telemetry.count(
                    Counter.STATED_DIFFERS,
                    int(priced.stated_differs),
                    provider=priced.span.provider,
                )
                if priced.reason and priced.amount is None:
                    telemetry.count(Counter.UNPRICED, reason=priced.reason)

    def close(self) -> None:
        """The store belongs to the application, which closes it."""

    def _insert(self, table: str, columns: Mapping[str, Sequence[object]], token: str) -> None:
        try:
            self._store.insert(table, columns, token=token)
        except TransientStoreError as error:
            raise TransientSinkError(str(error)) from error
        except PermanentStoreError as error:
            raise PermanentSinkError(str(error)) from error


def unique_spans(requests: Iterable[BookedRequest]) -> Iterator[tuple[str, BookedSpan]]:
    """Yields tenant and span; of those with equal ids the first, since the first booking wins."""
    seen: set[tuple[str, bytes, bytes]] = set()
    for request in requests:
        for span in request.spans:
            message = span.view.message
            key = (request.tenant, message.trace_id, message.span_id)
            if key not in seen:
                seen.add(key)
                yield request.tenant, span


def _by_months(spans: list[tuple[str, BookedSpan]]) -> Iterator[list[tuple[str, BookedSpan]]]:
    """Yields the spans in chunks of neighbouring times that fit into one insert."""
    month_ns = 28 * 86400 * 10**9
    starts = [span.view.message.start_time_unix_nano for _, span in spans]
    if not starts:
        return
    if max(starts) - min(starts) < MAX_MONTHS * month_ns:
        yield spans
        return
    chunks: dict[int, list[tuple[str, BookedSpan]]] = {}
    for start, item in zip(starts, spans, strict=True):
        chunks.setdefault(start // (MAX_MONTHS * month_ns), []).append(item)
    yield from (chunks[key] for key in sorted(chunks))
