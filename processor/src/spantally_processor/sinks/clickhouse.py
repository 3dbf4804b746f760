"""Batches into the ledger's tables, as columns.

Every received span gives a row of `trace_steps`; every LLM span a row of `llm_spans` as well. The
rows depend on nothing but the batch, so a batch that is written again after a crash is the same
insert under the same token.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from spantally_processor.errors import PermanentSinkError, TransientSinkError
from spantally_processor.model import REQUIRED_TAGS, TAG_COLUMNS, PricedSpan, Role
from spantally_processor.store import PermanentStoreError, TransientStoreError
from spantally_processor.telemetry import Counter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from spantally_pricing import CostLine

    from spantally_processor.booking import BookedRequest, BookedSpan
    from spantally_processor.sinks import SinkBatch
    from spantally_processor.store import Store
    from spantally_processor.telemetry import Telemetry

    LlmColumns = Mapping[str, Callable[[PricedSpan], object]]
    StepColumns = Mapping[str, Callable[[BookedSpan], object]]

NAME = "ledger"

MAX_MONTHS = 60
"""ClickHouse refuses an insert into more than 100 partitions; ours are months."""

STATUS_ERROR = 2

_TOKEN_COLUMNS = (
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
)


class LedgerSink:
    """Writes batches into the store."""

    name = NAME

    def __init__(self, store: Store, *, max_spans: int, flush_interval_s: float) -> None:
        self._store = store
        self.max_spans = max_spans
        self.flush_interval_s = flush_interval_s

    def open(self) -> None:
        """Creates or updates the tables."""
        # clickhouse-connect imports pandas with the first insert, which takes 0.9 s: better now
        # than while the first span waits.
        importlib.import_module("pandas")
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
                telemetry.count(Counter.LLM, pricing_status=_pricing_status(priced))
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


def step_columns(spans: Sequence[tuple[str, BookedSpan]]) -> dict[str, Sequence[object]]:
    """Returns the columns of `trace_steps`."""
    columns: dict[str, Sequence[object]] = {"tenant": [tenant for tenant, _ in spans]}
    for name, read in _STEP_COLUMNS.items():
        columns[name] = [read(span) for _, span in spans]
    return columns


def llm_columns(
    spans: Sequence[tuple[str, PricedSpan]], booked_ns: int
) -> dict[str, Sequence[object]]:
    """Returns the columns of `llm_spans`. Times are Unix microseconds."""
    columns: dict[str, Sequence[object]] = {
        "tenant": [tenant for tenant, _ in spans],
        "ingested_at": [booked_ns // 1000] * len(spans),
    }
    for name, read in _LLM_COLUMNS.items():
        columns[name] = [read(span) for _, span in spans]
    return columns


def _service(span: BookedSpan) -> object:
    service = span.view.resource.get("service.name")
    return service if isinstance(service, str) else ""


_STEP_COLUMNS: StepColumns = {
    "trace_id": lambda span: span.view.message.trace_id.hex(),
    "span_id": lambda span: span.view.message.span_id.hex(),
    "parent_span_id": lambda span: span.view.message.parent_span_id.hex(),
    "start_time": lambda span: span.view.message.start_time_unix_nano // 1000,
    "duration_us": lambda span: _duration_us(
        span.view.message.start_time_unix_nano, span.view.message.end_time_unix_nano
    ),
    "name": lambda span: span.view.message.name,
    "service": _service,
    "error": lambda span: span.view.message.status.code == STATUS_ERROR,
}


def _duration_us(start_ns: int, end_ns: int) -> int:
    return max(0, end_ns - start_ns) // 1000


def _tag(name: str) -> Callable[[PricedSpan], object]:
    def read(priced: PricedSpan) -> object:
        tag = priced.span.tags.get(name)
        return "" if tag is None else tag.value

    return read


def _count(meter: str) -> Callable[[PricedSpan], object]:
    return lambda priced: None if priced.span.usage is None else priced.span.usage.get(meter)


def _field(name: str) -> Callable[[PricedSpan], object]:
    return lambda priced: getattr(priced.span, name)


def _lines(read: Callable[[CostLine], object]) -> Callable[[PricedSpan], object]:
    return lambda priced: [read(line) for line in priced.lines]


def _pricing_status(priced: PricedSpan) -> str:
    return "" if priced.span.role is Role.AGGREGATE else priced.status.value


_COLUMN_TAGS = frozenset(TAG_COLUMNS)

_LLM_COLUMNS: LlmColumns = {
    **{
        name: _field(name)
        for name in (
            "trace_id",
            "span_id",
            "parent_span_id",
            "name",
            "service",
            "scope",
            "rank",
            "operation",
            "provider",
            "provider_source",
            "request_model",
            "response_model",
            "response_id",
            "context",
            "streaming",
            "error_type",
            "http_status",
            "resend_count",
            "stated_cost",
            "stated_cost_source",
        )
    },
    "start_time": lambda priced: priced.span.start_ns // 1000,
    "duration_us": lambda priced: _duration_us(priced.span.start_ns, priced.span.end_ns),
    "role": lambda priced: priced.span.role.value,
    "time_to_first_chunk": _field("time_to_first_chunk_s"),
    **{name: _tag(name) for name in TAG_COLUMNS},
    "tags": lambda priced: {
        key: tag.value for key, tag in priced.span.tags.items() if key not in _COLUMN_TAGS
    },
    "tag_sources": lambda priced: {key: tag.source for key, tag in priced.span.tags.items()},
    "attribution_missing": lambda priced: [
        key for key in REQUIRED_TAGS if key not in priced.span.tags
    ],
    "usage_source": lambda priced: priced.span.usage_source.value,
    **{name: _count(name) for name in _TOKEN_COLUMNS},
    "usage": lambda priced: dict(priced.span.usage or {}),
    "pricing_status": _pricing_status,
    "unpriced_reason": lambda priced: priced.reason,
    "cost": lambda priced: priced.amount,
    "table_version": lambda priced: priced.table_version,
    "lines.model": _lines(lambda line: line.model),
    "lines.meter": _lines(lambda line: line.meter),
    "lines.quantity": _lines(lambda line: line.quantity),
    "lines.unit_price": _lines(lambda line: line.unit_price),
    "lines.per": _lines(lambda line: line.per),
    "lines.factor": _lines(lambda line: line.factor),
    "lines.amount": _lines(lambda line: line.amount),
    "lines.rate_id": _lines(lambda line: line.rate_id),
}
