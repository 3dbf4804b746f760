"""The named queries: rows in, rows out."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from spantally_processor.model import TAG_COLUMNS
from spantally_processor.periods import Period
from spantally_processor.store import doubts, traces
from spantally_processor.store.dimensions import TOTAL
from spantally_processor.store.reading import open_reader
from spantally_processor.store.spend import spend
from spantally_processor.store.sql_files import sql_files, statements
from support.ledger import a_call, a_refused_attempt, an_unpriced_call, book

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clickhouse_connect.driver.client import Client
    from spantally_processor.store import Store
    from spantally_processor.store.engine import Engine

EVER = Period()


@pytest.fixture
def engine(store: Store, tmp_path: Path) -> Iterator[Engine]:
    with open_reader(f"chdb://{tmp_path}/ledger") as opened:
        yield opened


@pytest.mark.parametrize("key", [*TAG_COLUMNS, "service", "provider", "operation", "region"])
def test_spend_can_be_cut_by_every_column_and_any_tag(
    store: Store, engine: Engine, key: str
) -> None:
    def tagged(value: str) -> dict[str, object]:
        return {"tags": {"region": value}} if key == "region" else {key: value}

    book(store, [a_call(**tagged("a"), cost=Decimal(2)), a_call(**tagged("b"), cost=Decimal(1))])
    rows = spend(engine, EVER, [(key,)])
    assert [(row.cut, row.value, row.cost) for row in rows] == [
        ((key,), ("a",), Decimal(2)),
        ((key,), ("b",), Decimal(1)),
    ]


def test_a_tag_is_attributed_only_if_it_names_somebody(store: Store, engine: Engine) -> None:
    named = [{key: "x"} for key in ("team", "project", "feature", "workflow", "customer")]
    others = [{key: "x"} for key in ("user", "environment", "task", "property", "outcome")]
    book(store, [a_call(**tags, cost=Decimal(1)) for tags in (*named, *others)])
    (total,) = spend(engine, EVER, [TOTAL])
    assert (total.cost, total.attributed_cost) == (Decimal(10), Decimal(5))


def test_model_service_and_owner_come_to_the_same_total(store: Store, engine: Engine) -> None:
    layers = [TOTAL, ("model",), ("service",), ("team",), ("project",), ("customer",)]
    book(store, [
        a_call(team="a", service="desk", cost=Decimal("0.1")),
        a_call(team="b", service="desk", customer="c", request_model="x", cost=Decimal("0.02")),
        a_call(service="rates", project="p", cost=Decimal("0.003")),
        a_refused_attempt(service="rates"),
    ])  # fmt: skip
    book(store, [an_unpriced_call(team="a", service="rates")])
    spent, calls = dict.fromkeys(layers, Decimal(0)), dict.fromkeys(layers, 0)
    for row in spend(engine, EVER, layers):
        spent[row.cut] += row.cost or 0
        calls[row.cut] += row.calls
    assert spent == dict.fromkeys(layers, Decimal("0.123"))
    assert calls == dict.fromkeys(layers, 4)


def test_unpriced_calls_are_grouped_by_model_and_reason(store: Store, engine: Engine) -> None:
    elsewhere = {"provider": "llm.corp.example", "unpriced_reason": "unconfigured_host"}
    book(store, [an_unpriced_call(), an_unpriced_call(), an_unpriced_call(**elsewhere), a_call()])
    unpriced = doubts.UnpricedCalls
    assert doubts.unpriced_calls(engine, EVER) == [
        unpriced("openai", "mystery-1", "mystery-1", "unpriced", "unknown_model", 2, 220),
        unpriced(
            "llm.corp.example", "mystery-1", "mystery-1", "unpriced", "unconfigured_host", 1, 110
        ),
    ]


def test_property_by_workflow_is_one_query(store: Store, reader: Client) -> None:
    book(
        store,
        [
            a_call(property=f"hotel-{hotel}", workflow=f"workflow-{workflow}")
            for hotel in range(24)
            for workflow in range(6)
        ],
    )
    cells = reader.query(
        "select property, workflow, sum(cost) from llm_calls group by property, workflow"
    ).result_rows
    assert len(cells) == 24 * 6
    assert {cell[2] for cell in cells} == {Decimal("0.01")}


def test_a_span_that_lacks_tags_is_flagged_and_kept(store: Store, engine: Engine) -> None:
    book(store, [a_call(attribution_missing=["customer", "workflow"]), a_call()])
    assert doubts.missing_tags(engine, EVER) == [
        doubts.MissingTag("customer", 1, 0, Decimal("0.01"), False),
        doubts.MissingTag("workflow", 1, 0, Decimal("0.01"), False),
    ]


def test_a_refused_attempt_does_not_make_unknown_costs_a_zero(store: Store, engine: Engine) -> None:
    lacking = {"attribution_missing": ["customer"], "team": "ops", "trace_id": "t"}
    book(store, [an_unpriced_call(**lacking), a_refused_attempt(**lacking)])
    (row,) = doubts.missing_tags(engine, EVER)
    assert (row.calls, row.cost) == (1, None)
    (team,) = spend(engine, EVER, [("team",)])
    assert (team.calls, team.cost) == (1, None)
    (trace,) = traces.costliest_traces(engine, EVER, 1)
    assert (trace.calls, trace.cost) == (1, None)


def test_every_query_is_one_statement_and_says_what_it_is_for() -> None:
    for folder in ("views", "queries"):
        for name, text in sql_files(folder).items():
            assert folder == "views" or statements(text) == [text.strip()], name
            assert text.startswith("-- "), name


def test_the_tables_are_synced_and_remember_tokens(store: Store, reader: Client) -> None:
    tables = reader.query(
        "select create_table_query from system.tables"
        " where database = currentDatabase() and name in ('llm_spans', 'trace_steps')"
    ).result_rows
    assert len(tables) == 2
    for (statement,) in tables:
        assert "non_replicated_deduplication_window = 10000" in statement
        assert "fsync_after_insert = 1" in statement
        assert "fsync_part_directory = 1" in statement


def test_readers_and_the_writer_run_beside_each_other(store: Store, reader: Client) -> None:
    failures: list[BaseException] = []

    def write() -> None:
        try:
            for _ in range(20):
                book(store, [a_call() for _ in range(50)])
        except BaseException as error:
            failures.append(error)
            raise

    writer = threading.Thread(target=write)
    writer.start()
    seen = [0]
    while writer.is_alive():
        seen.append(reader.query("select count() from llm_calls").result_rows[0][0])
    writer.join()
    assert failures == []
    assert seen == sorted(seen)
    assert reader.query("select count(), sum(cost) from llm_calls").result_rows == [
        (1000, Decimal(10))
    ]
