"""What customers are on: fee and allowance, dated."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, cast

from spantally_processor.imports.columns import (
    Column,
    Kind,
    day,
    needed_text,
    optional_amount,
    optional_count,
    optional_day,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spantally_processor.imports.columns import Row


def _fault_of(row: Row) -> str:
    if isinstance(until := row["valid_to"], date) and until <= cast("date", row["valid_from"]):
        return f"valid_to is {until}, which is not after valid_from"
    return ""


def _overlaps(rows: Sequence[tuple[int, Row]]) -> Iterator[tuple[int, str]]:
    """A customer is on one plan at a time."""
    by_customer: dict[object, list[tuple[date, int, date | None]]] = {}
    for line, row in rows:
        since, until = cast("date", row["valid_from"]), cast("date | None", row["valid_to"])
        by_customer.setdefault(row["customer"], []).append((since, line, until))
    for customer, plans in by_customer.items():
        for (_, line, until), (since, later, _) in pairwise(
            sorted(plans, key=lambda each: each[:2])
        ):
            if until is None or until > since:
                yield (
                    later,
                    f"customer {customer!r} is still on the plan of line {line}; end that with valid_to",
                )


PLANS = Kind(
    name="plans",
    table="llm_plans",
    columns=(
        Column("customer", "String", needed_text, "as in the tag customer", needed=True),
        Column("plan", "LowCardinality(String)", needed_text, "its name", needed=True),
        Column("valid_from", "Date", day, "first day", needed=True),
        Column("valid_to", "Nullable(Date)", optional_day, "day after the last; empty: it holds"),
        Column(
            "monthly_fee", "Nullable(Decimal(38, 18))", optional_amount, "USD; empty is unknown"
        ),
        Column("included_tokens", "Nullable(UInt64)", optional_count, "a month; empty is no limit"),
        Column("included_calls", "Nullable(UInt64)", optional_count, "a month; empty is no limit"),
        Column(
            "included_cost",
            "Nullable(Decimal(38, 18))",
            optional_amount,
            "USD of AI cost a month; empty is no limit",
        ),
    ),
    key=("customer", "valid_from"),
    period="",
    fault_of=_fault_of,
    faults_between=lambda rows: list(_overlaps(rows)),
)
