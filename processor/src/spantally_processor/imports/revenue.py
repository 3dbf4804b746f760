"""What customers pay, and what serving them costs besides AI, by month."""

from __future__ import annotations

from spantally_processor.imports.columns import Column, Kind, month, optional_amount, text

REVENUE = Kind(
    name="revenue",
    table="llm_revenue",
    columns=(
        Column("customer", "String", text, "as in the tag customer", needed=True),
        Column("month", "Date", month, "2026-11", needed=True),
        Column(
            "revenue",
            "Nullable(Decimal(38, 18))",
            optional_amount,
            "USD for the month; empty is unknown",
            needed=True,
        ),
        Column(
            "other_cost",
            "Nullable(Decimal(38, 18))",
            optional_amount,
            "USD of other cost of serving the customer; empty is unknown, 0 is none",
        ),
    ),
    key=("customer", "month"),
    period="month",
)
