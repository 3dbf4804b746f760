"""Rows as the columns of `trace_steps` and `llm_spans` (store/schema), in ClickHouse's Native format.

What a row shares with others (the span that it is like, its tags, its line heads) becomes a dictionary
column. Times are Unix microseconds. A wrapper
without counts has no status and no cost. A new field of `GenAiSpan` is a line in `_span_columns`.
"""

from __future__ import annotations

from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, TypeAlias

from spantally_processor.ledger.in_full import scaled
from spantally_processor.ledger.rows import MONEY_SCALE
from spantally_processor.model import PricedSpan, Role
from spantally_processor.sinks import native
from spantally_processor.sinks.coding import Coded, coded_texts
from spantally_processor.sinks.tag_columns import tag_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from decimal import Decimal

    from spantally_processor.ledger.rows import CallRow, Lines, SpanRow
    from spantally_processor.model import UsagePart
    from spantally_processor.sinks.native import Column

Columns: TypeAlias = "dict[str, Column]"

_TIME = "DateTime64(6, 'UTC')"
_MONEY = "Decimal(38, 18)"

_TEXTS = (
    "scope",
    "dialect",
    "scope_version",
    "operation",
    "provider",
    "provider_source",
    "request_model",
    "response_model",
    "usage_gap",
    "stated_cost_source",
    "reported_cost_source",
    "error_type",
    "key_fingerprint",
)
"""Fields of a GenAiSpan that are text columns of the same name."""

_NUMBERS = {"rank": "UInt8", "http_status": "UInt16", "resend_count": "UInt8", "streaming": "Bool"}
"""Fields of a GenAiSpan that are columns of the same name, and their types."""

_AMOUNTS = ("stated_cost", "reported_cost")
"""Fields of a GenAiSpan that are amounts of USD."""

_COUNTS = (
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
)
"""Meters that have a column of their own beside their place in `usage`."""


def step_columns(rows: Sequence[SpanRow], places: Columns) -> Columns:
    """Returns the columns of `trace_steps`; `places` are the rows' `place_columns`."""
    tags = [row.tag_keys for row in rows]
    return places | {
        "error": native.numbers("Bool", [row.is_error for row in rows]),
        "tag_keys": native.arrays(map(len, tags), coded_texts(list(chain.from_iterable(tags)))),
        "thread": coded_texts([row.thread for row in rows]),
    }


def llm_columns(rows: Sequence[SpanRow], places: Columns) -> Columns:
    """Returns the columns of `llm_spans`; every row has a call."""
    calls = [row.call for row in rows if row.call is not None]
    like = Coded([call.like for call in calls])
    counts = [call.counts for call in calls]
    return {
        **places,
        "service_version": coded_texts([row.service_version for row in rows]),
        "response_id": native.strings([call.response_id for call in calls]),
        "time_to_first_chunk": native.nullable_numbers(
            "Float32", [call.time_to_first_chunk_s for call in calls]
        ),
        **_span_columns(like),
        **tag_columns([call.tags for call in calls]),
        **_usage_columns(like, counts),
        **_money_columns(like, calls),
        **_line_columns(calls),
    }


def pricing_status(priced: PricedSpan) -> str:
    """Returns the span's status in the ledger; a wrapper without counts has none."""
    span = priced.span
    return "" if span.role is Role.AGGREGATE and span.usage is None else priced.status.value


def place_columns(tenants: Sequence[str], rows: Sequence[SpanRow], booked_ns: int) -> Columns:
    """Returns the columns that both tables have: whose span, in which trace, when, booked when."""
    trace_ids, span_ids, parents, starts, ends, names, services, *_ = zip(*rows, strict=True)
    durations = [max(0, end - start) // 1000 for start, end in zip(starts, ends, strict=True)]
    booked_at = native.numbers(_TIME, [booked_ns // 1000])
    return {
        "tenant": coded_texts(tenants),
        "trace_id": native.hex_strings(trace_ids),
        "span_id": native.hex_strings(span_ids),
        "parent_span_id": native.hex_strings(parents),
        "start_time": native.numbers(_TIME, [start // 1000 for start in starts]),
        "duration_us": native.numbers("UInt64", durations),
        "name": coded_texts(names),
        "service": coded_texts(services),
        "ingested_at": booked_at._replace(data=booked_at.data * len(rows)),
    }


def _span_columns(like: Coded[PricedSpan]) -> Columns:
    columns = {name: like.texts(attrgetter(f"span.{name}")) for name in _TEXTS}
    columns["role"] = like.texts(lambda priced: priced.span.role.value)
    columns["usage_source"] = like.texts(lambda priced: priced.span.usage_source.value)
    for name, type_ in _NUMBERS.items():
        columns[name] = native.numbers(type_, like.each(attrgetter(f"span.{name}")))
    for name in _AMOUNTS:
        columns[name] = native.nullable_decimals(_MONEY, like.each(_amount_of(name)))
    contexts = like.each(lambda priced: priced.span.context)
    columns["context"] = native.maps(
        map(len, contexts),
        coded_texts(chain.from_iterable(contexts)),
        coded_texts(chain.from_iterable(context.values() for context in contexts)),
    )
    columns |= _part_columns(like.each(attrgetter("span.parts")))
    conflicts = like.each(lambda priced: priced.span.tag_conflicts)
    lost = [values for each in conflicts for values in each.values()]
    columns["tag_conflicts"] = native.maps(
        map(len, conflicts),
        coded_texts(chain.from_iterable(conflicts)),
        native.arrays(map(len, lost), native.strings(chain.from_iterable(lost))),
    )
    return columns


def _part_columns(parts: Sequence[tuple[UsagePart, ...]]) -> Columns:
    lengths = [len(each) for each in parts]
    flat = list(chain.from_iterable(parts))
    usages = [part.usage for part in flat]
    usage = native.maps(
        map(len, usages),
        coded_texts(list(chain.from_iterable(usages))),
        native.numbers("UInt64", chain.from_iterable(usage.values() for usage in usages)),
    )
    return {
        "parts.kind": native.arrays(lengths, coded_texts([part.kind for part in flat])),
        "parts.model": native.arrays(lengths, coded_texts([part.model or "" for part in flat])),
        "parts.usage": native.arrays(lengths, usage),
    }


def _amount_of(name: str) -> Callable[[PricedSpan], int | None]:
    field: Callable[[PricedSpan], Decimal | None] = attrgetter(f"span.{name}")

    def amount(priced: PricedSpan) -> int | None:
        value = field(priced)
        return None if value is None else scaled(name, value, MONEY_SCALE)

    return amount


def _usage_columns(like: Coded[PricedSpan], counts: Sequence[tuple[int, ...]]) -> Columns:
    meters = like.each(_meters)
    columns: Columns = {
        "usage": native.maps(
            map(len, counts),
            coded_texts(chain.from_iterable(meters)),
            native.numbers("UInt64", chain.from_iterable(counts)),
        )
    }
    for meter in _COUNTS:
        places = like.each(_place_of(meter))
        columns[meter] = native.nullable_numbers(
            "UInt64",
            [
                None if place is None else row[place]
                for place, row in zip(places, counts, strict=True)
            ],
        )
    return columns


def _meters(priced: PricedSpan) -> tuple[str, ...]:
    return () if priced.span.usage is None else tuple(priced.span.usage)


def _place_of(meter: str) -> Callable[[PricedSpan], int | None]:
    def place(priced: PricedSpan) -> int | None:
        meters = _meters(priced)
        return meters.index(meter) if meter in meters else None

    return place


def _money_columns(like: Coded[PricedSpan], calls: Sequence[CallRow]) -> Columns:
    costs, list_costs = [call.cost for call in calls], [call.list_cost for call in calls]
    cost = native.nullable_decimals(_MONEY, costs)
    return {
        "pricing_status": like.texts(pricing_status),
        "unpriced_reason": like.texts(attrgetter("reason")),
        "cost_source": like.texts(lambda priced: priced.cost_source.value),
        "stated_differs": native.numbers("Bool", like.each(attrgetter("stated_differs"))),
        "table_version": like.texts(attrgetter("table_version")),
        "cost": cost,
        "list_cost": cost if costs == list_costs else native.nullable_decimals(_MONEY, list_costs),
    }


def _line_columns(calls: Sequence[CallRow]) -> Columns:
    lines = [call.lines for call in calls]
    heads = Coded([each.heads for each in lines])
    amounts = native.decimals(_MONEY, list(chain.from_iterable([each.amounts for each in lines])))

    def texts(field: str) -> Column:
        return heads.text_lists(lambda each: [getattr(head, field) for head in each])[1]

    def prices(field: str) -> Column:
        return heads.flat(
            lambda each: native.decimals("Decimal(38, 12)", [getattr(head, field) for head in each])
        )

    flat: Columns = {
        "model": texts("model"),
        "meter": texts("meter"),
        "quantity": native.decimals(
            "Decimal(38, 9)", list(chain.from_iterable([each.quantities for each in lines]))
        ),
        "unit_price": prices("unit_price"),
        "per": heads.flat(lambda each: native.numbers("UInt32", [head.per for head in each])),
        "factor": prices("factor"),
        "amount": amounts,
        "rate_id": texts("rate_id"),
        "list_amount": _list_amounts(lines, amounts),
        "list_rate_id": texts("list_rate_id"),
    }
    lengths = heads.each(len)
    return {f"lines.{name}": native.arrays(lengths, column) for name, column in flat.items()}


def _list_amounts(lines: Sequence[Lines], amounts: Column) -> Column:
    # Where list prices are booked, a plan's charge has one tuple for both.
    if all(each.list_amounts is each.amounts for each in lines):
        return native.without_nulls(amounts, sum(map(len, [each.amounts for each in lines])))
    return native.nullable_decimals(
        _MONEY, list(chain.from_iterable([each.list_amounts for each in lines]))
    )
