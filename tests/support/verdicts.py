"""What the ledger counts, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

    from clickhouse_connect.driver.client import Client


def verdicts(reader: Client) -> dict[str, tuple[str, str]]:
    rows = reader.query(
        "select span_id, verdict, counted_span_id from counting_verdicts"
    ).result_rows
    return {span_id: (verdict, counted) for span_id, verdict, counted in rows}


def counted_costs(reader: Client) -> list[Decimal | None]:
    return [row[0] for row in reader.query("select cost from llm_calls order by cost").result_rows]
