"""ClickHouse clients for Python read the ledger as they would a server's."""

from __future__ import annotations

import asyncio
import warnings
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import clickhouse_connect
import pytest
import sqlalchemy as sa
from clickhouse_connect.driver.exceptions import DatabaseError, ProgrammingError
from support.ledger import NOON, a_call, book

from .conftest import AMOUNT

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client
    from spantally_processor.store import Store


def test_rows_are_typed(reader: Client) -> None:
    result = reader.query(
        "select cost, tags, attribution_missing, start_time from llm_calls order by cost"
    )
    assert result.column_names == ("cost", "tags", "attribution_missing", "start_time")
    assert [row[0] for row in result.result_rows] == [Decimal("0.01"), AMOUNT, None]
    assert result.result_rows[1][1:3] == ({"region": "eu"}, [])
    assert result.result_rows[1][3].astimezone(UTC) == NOON


def test_parameters_are_bound_by_the_server(store: Store, reader: Client) -> None:
    names = ["it's", "back\\slash", "tab\there", "line\nbreak", "{a:String}", "50 % off", "日本"]
    later = datetime(2027, 2, 1, tzinfo=UTC)
    book(store, [a_call(workflow=name, start_time=later) for name in names])
    for name in names:
        found = reader.query(
            "select count() from llm_spans where workflow = {name:String}"
            " and start_time > {after:DateTime64(6, 'UTC')}",
            parameters={"name": name, "after": datetime(2027, 1, 1, tzinfo=UTC)},
        )
        assert found.result_rows == [(1,)], name


@pytest.mark.parametrize("compress", ["zstd", "lz4", "gzip", False])
def test_answers_are_compressed_as_asked(url: str, compress: str | bool) -> None:
    host, _, port = url.removeprefix("http://").partition(":")
    with clickhouse_connect.get_client(host=host, port=int(port), compress=compress) as client:
        rows = client.query("select number, toString(number) from numbers(100000)").result_rows
    assert (len(rows), rows[-1]) == (100_000, (99_999, "99999"))


def test_many_queries_at_once_over_the_async_client(url: str) -> None:
    host, _, port = url.removeprefix("http://").partition(":")

    async def ask() -> list[object]:
        client = await clickhouse_connect.get_async_client(host=host, port=int(port))
        try:
            asked = "select sum(cost) from llm_calls where start_time < '2027-01-01'"
            answers = await asyncio.gather(*(client.query(asked) for _ in range(20)))
        finally:
            await client.close()
        return [answer.result_rows[0][0] for answer in answers]

    assert asyncio.run(ask()) == [AMOUNT + Decimal("0.01")] * 20


def test_arrow_and_a_stream_of_blocks(reader: Client) -> None:
    table = reader.query_arrow("select team, cost from llm_calls where team != '' order by cost")
    assert table.to_pydict() == {"team": ["trust", "growth"], "cost": [Decimal("0.01"), AMOUNT]}
    with reader.query_row_block_stream("select number from numbers(200000)") as blocks:
        assert sum(len(block) for block in blocks) == 200_000


def test_settings_that_shape_an_answer_are_taken_others_refused_by_the_client(
    reader: Client,
) -> None:
    """The client looks into system.settings, which says what can be changed here."""
    asked = "select getSetting('join_use_nulls'), getSetting('max_execution_time')"
    shaped = reader.query(asked, settings={"join_use_nulls": 1, "max_execution_time": 5})
    assert [int(value) for value in shaped.result_rows[0]] == [1, 5]
    with pytest.raises(ProgrammingError, match="allow_ddl is readonly"):
        reader.query("select 1", settings={"allow_ddl": 0})


def test_set_and_use_last_for_the_session_of_a_client(url: str) -> None:
    host, _, port = url.removeprefix("http://").partition(":")
    with (
        clickhouse_connect.get_client(host=host, port=int(port)) as one,
        clickhouse_connect.get_client(host=host, port=int(port)) as other,
    ):
        one.command("set join_use_nulls = 1")
        asked = "select getSetting('join_use_nulls')"
        assert [str(client.command(asked)).lower() for client in (one, other)] == ["true", "false"]


def test_insert_is_refused_with_what_to_do_instead(reader: Client) -> None:
    with pytest.raises(DatabaseError, match=r"Spans come in as OTLP.*with --store"):
        reader.insert("llm_spans", [["x"]], column_names=["trace_id"])


def test_the_sqlalchemy_dialect_of_superset(url: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the dialect's own, about an older name of its URLs
        engine = sa.create_engine(
            f"clickhousedb://superset@{url.removeprefix('http://')}/spantally"
        )
    inspector = sa.inspect(engine)
    assert {"spantally", "system"} <= set(inspector.get_schema_names())
    assert {"llm_spans", "llm_calls"} <= set(inspector.get_table_names(schema="spantally"))
    assert "trace_cost" in inspector.get_view_names(schema="spantally")
    columns = {
        each["name"]: each for each in inspector.get_columns("trace_cost", schema="spantally")
    }
    assert str(columns["cost"]["type"]) == "Nullable(Decimal(38, 18))"
    calls = sa.table("llm_calls", sa.column("team"), sa.column("cost"), sa.column("start_time"))
    spend = (
        sa.select(calls.c.team, sa.func.sum(calls.c.cost))
        .where(calls.c.team != "", calls.c.start_time < datetime(2027, 1, 1, tzinfo=UTC))
        .group_by(calls.c.team)
        .order_by(sa.func.sum(calls.c.cost).desc())
        .limit(10)
    )
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(spend)]
    engine.dispose()
    assert found == [("growth", AMOUNT), ("trust", Decimal("0.01"))]
