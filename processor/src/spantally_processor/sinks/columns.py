"""Spans as the columns of `llm_spans` and `trace_steps` (store/schema). Times are Unix microseconds.

Column by column, since that is how ClickHouse takes them and twice as fast as row by row. An
aggregate has counts and no money: its status is empty and its cost null.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, TypeAlias

from spantally_processor.model import REQUIRED_TAGS, TAG_COLUMNS, PricedSpan, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from spantally_processor.booking import BookedSpan

Columns: TypeAlias = "dict[str, Sequence[object]]"

_STATUS_ERROR = 2
"""STATUS_CODE_ERROR of OTLP."""

_AS_THEY_ARE = (
    "trace_id",
    "span_id",
    "parent_span_id",
    "name",
    "service",
    "scope",
    "dialect",
    "scope_version",
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
    "reported_cost",
    "reported_cost_source",
)
"""Fields of a GenAiSpan that are columns of the same name."""

_COUNTS = (
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
)
"""Meters that have a column of their own beside their place in `usage`."""

_LINE = (
    "model",
    "meter",
    "quantity",
    "unit_price",
    "per",
    "factor",
    "amount",
    "rate_id",
    "list_amount",
    "list_rate_id",
)
"""Fields of a CostLine that are columns of `lines`."""


def step_columns(spans: Sequence[tuple[str, BookedSpan]]) -> Columns:
    """Returns the columns of `trace_steps` for tenants and their spans."""
    messages = [span.view.message for _, span in spans]
    starts = [message.start_time_unix_nano for message in messages]
    ends = [message.end_time_unix_nano for message in messages]
    return {
        "tenant": [tenant for tenant, _ in spans],
        "trace_id": [message.trace_id.hex() for message in messages],
        "span_id": [message.span_id.hex() for message in messages],
        "parent_span_id": [message.parent_span_id.hex() for message in messages],
        "start_time": [start // 1000 for start in starts],
        "duration_us": _durations(starts, ends),
        "name": [message.name for message in messages],
        "service": [span.view.resource.service for _, span in spans],
        "error": [message.status.code == _STATUS_ERROR for message in messages],
    }


def llm_columns(booked: Sequence[tuple[str, PricedSpan]], booked_ns: int) -> Columns:
    """Returns the columns of `llm_spans` for tenants and their spans."""
    priced = [each for _, each in booked]
    spans = [each.span for each in priced]
    starts = [span.start_ns for span in spans]
    columns: Columns = {
        "tenant": [tenant for tenant, _ in booked],
        "start_time": [start // 1000 for start in starts],
        "duration_us": _durations(starts, [span.end_ns for span in spans]),
        "role": [span.role.value for span in spans],
        "time_to_first_chunk": [span.time_to_first_chunk_s for span in spans],
        "ingested_at": [booked_ns // 1000] * len(spans),
    }
    for name in _AS_THEY_ARE:
        columns[name] = list(map(attrgetter(name), spans))
    return columns | _tag_columns(priced) | _usage_columns(priced) | _money_columns(priced)


def pricing_status(priced: PricedSpan) -> str:
    """Returns the span's status in the ledger."""
    return "" if priced.span.role is Role.AGGREGATE else priced.status.value


def _durations(starts: Iterable[int], ends: Iterable[int]) -> list[object]:
    return [max(0, end - start) // 1000 for start, end in zip(starts, ends, strict=True)]


def _tag_columns(priced: Sequence[PricedSpan]) -> Columns:
    values = [{key: tag.value for key, tag in each.span.tags.items()} for each in priced]
    columns: Columns = {
        "tag_sources": [{k: tag.source for k, tag in each.span.tags.items()} for each in priced],
        "tag_conflicts": [
            {key: list(lost) for key, lost in each.span.tag_conflicts.items()} for each in priced
        ],
        "attribution_missing": [[k for k in REQUIRED_TAGS if k not in tags] for tags in values],
    }
    for name in TAG_COLUMNS:
        columns[name] = [tags.pop(name, "") for tags in values]
    columns["tags"] = values  # what is left
    return columns


def _usage_columns(priced: Sequence[PricedSpan]) -> Columns:
    usages = [dict(each.span.usage or {}) for each in priced]
    columns: Columns = {
        "usage_source": [each.span.usage_source.value for each in priced],
        "usage": usages,
    }
    for meter in _COUNTS:
        columns[meter] = [usage.get(meter) for usage in usages]
    return columns


def _money_columns(priced: Sequence[PricedSpan]) -> Columns:
    columns: Columns = {
        "pricing_status": [pricing_status(each) for each in priced],
        "unpriced_reason": [each.reason for each in priced],
        "cost": [each.amount for each in priced],
        "list_cost": [each.list_amount for each in priced],
        "cost_source": [each.cost_source.value for each in priced],
        "stated_differs": [each.stated_differs for each in priced],
        "table_version": [each.table_version for each in priced],
    }
    for name in _LINE:
        field = attrgetter(name)
        columns[f"lines.{name}"] = [list(map(field, each.lines)) for each in priced]
    return columns
