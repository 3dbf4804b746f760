"""What runs achieved: resolved tickets, merged pull requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally_processor.imports.columns import (
    Column,
    Kind,
    count,
    day,
    needed_text,
    text,
    trace_id,
)

if TYPE_CHECKING:
    from spantally_processor.imports.columns import Row


def _fault_of(row: Row) -> str:
    return "" if row["workflow"] or row["trace_id"] else "has neither workflow nor trace_id"


OUTCOMES = Kind(
    name="outcomes",
    table="llm_outcomes",
    columns=(
        Column("day", "Date", day, "UTC", needed=True),
        Column("outcome", "LowCardinality(String)", needed_text, "what was reached", needed=True),
        Column("count", "UInt64", lambda value: count(value or "1"), "how many; empty is 1"),
        Column("workflow", "LowCardinality(String)", text, "as in the tag workflow"),
        Column("trace_id", "String", trace_id, "of the run, where no workflow is named"),
    ),
    key=("day", "outcome", "workflow", "trace_id"),
    period="day",
    fault_of=_fault_of,
)
