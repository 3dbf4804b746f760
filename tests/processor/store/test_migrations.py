"""Tables and views of this version, whoever made what is there and however many start at once."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spantally_processor.ledger_options import LedgerOptions
from spantally_processor.store import LedgerMismatch, migrations, open_store
from spantally_processor.store.read_only import Context
from spantally_processor.store.sql_files import sql_files, statements
from support.clickhouse_server import ClickHouseServer
from support.ledger import NOON, a_call, a_step, an_agent_span, book, served, server_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from spantally_processor.store import Store
    from spantally_processor.store.engine import Engine

ONE_SERVER = LedgerOptions()
ALL_FILES = [f"{folder}/{name}" for folder in ("schema", "views") for name in sql_files(folder)]


@pytest.fixture
def engine(store: Store) -> Engine:
    """The connection of a migrated ledger."""
    return store._engine  # type: ignore[attr-defined]


@pytest.fixture
def shipped(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes this program one that ships other files: name to text, None for a file that it lacks."""

    def ship(**files: str | None) -> None:
        def changed(folder: str) -> dict[str, str]:
            texts: dict[str, str | None] = dict(sql_files(folder))
            for name, text in files.items():
                where, _, file = name.partition("/")
                if where == folder:
                    texts[file] = text
            return {name: text for name, text in sorted(texts.items()) if text is not None}

        monkeypatch.setattr(migrations, "sql_files", changed)

    return ship


def _to_do(engine: Engine) -> dict[str, str]:
    return {step.name: step.why for step in migrations.plan(engine, ONE_SERVER).steps}


def test_a_ledger_of_this_version_gets_no_statement_at_all(tmp_path: Path) -> None:
    server = ClickHouseServer(tmp_path / "server")
    with served(server) as url:
        store = open_store(f"{url}/costs")
        assert store.migrate() == ALL_FILES
        before = len(server.asked)
        assert store.migrate() == []
        store.close()
    later = [asked.split()[0].lower() for asked in server.asked[before:]]
    assert later
    assert set(later) == {"select"}
    server.close()


def test_many_processors_that_start_at_once_make_one_ledger(tmp_path: Path) -> None:
    server = ClickHouseServer(tmp_path / "server")
    done: list[list[str]] = []
    with served(server) as url:
        stores = [open_store(f"{url}/costs") for _ in range(3)]
        threads = [
            threading.Thread(target=lambda each=each: done.append(each.migrate()))
            for each in stores
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(done) == 3, "none of them failed"
        assert stores[0].migrate() == []
        book(stores[0], [a_call()])
        book(stores[1], [a_call()])
        counted = server_rows(stores[2], "select count() from llm_calls")
        assert counted == [(2,)]
        for each in stores:
            each.close()
    server.close()


def test_every_statement_of_the_schema_can_be_repeated(engine: Engine) -> None:
    for name, text in sql_files("schema").items():
        for statement in statements(text):
            engine.command(statement)
        assert statements(text), name


def test_a_new_column_is_in_the_views_that_take_all_columns(
    engine: Engine, shipped: Callable[..., None]
) -> None:
    shipped(**{"schema/9000_mood.sql": "alter table llm_spans add column if not exists mood Int8"})

    to_do = _to_do(engine)
    assert to_do.pop("schema/9000_mood.sql") == "new"
    assert to_do == {f"views/{name}": "stale" for name in sql_files("views")}

    migrations.apply(engine, ONE_SERVER)
    assert engine.rows("select sum(mood) from llm_calls") == [(0,)]
    assert _to_do(engine) == {}


def test_the_collectors_own_spans_get_their_cost_once_they_are_there(store: Store) -> None:
    engine: Engine = store._engine  # type: ignore[attr-defined]
    call, other = a_call(cost=Decimal("0.25")), a_call(cost=Decimal("0.5"))
    agent = an_agent_span(trace_id=call["trace_id"])
    book(store, [call, agent, other])
    assert store.migrate() == []

    # As the Collector's exporter makes it (clickhouseexporter 0.165), less columns that nothing here is about.
    engine.command("create database otel")
    engine.command(
        "create table otel.otel_traces (Timestamp DateTime64(9), TraceId String, SpanId String,"
        " ParentSpanId String, SpanName LowCardinality(String), ServiceName LowCardinality(String),"
        " SpanAttributes Map(LowCardinality(String), String), Duration UInt64)"
        " engine = MergeTree order by (ServiceName, SpanName, toDateTime(Timestamp))"
    )
    engine.command(
        "insert into otel.otel_traces (Timestamp, TraceId, SpanId, SpanName) select start_time, trace_id,"
        " span_id, name from llm_spans union all select now64(9), {trace:String}, 'other', 'GET /rooms'",
        {"trace": call["trace_id"]},
    )
    engine.command("create view otel_traces as select * from otel.otel_traces")
    assert store.migrate() == ["beside/otel_traces.sql"]
    assert store.migrate() == []

    asked = (
        "select SpanName, verdict, toString(cost), model from otel_traces_with_cost"
        " where TraceId = {trace:String} order by SpanName"
    )
    assert engine.rows(asked, {"trace": call["trace_id"]}) == [
        ("GET /rooms", "", None, ""),
        ("chat gpt-5", "counted", "0.25", "gpt-5-2026-08-01"),
        ("invoke_agent concierge", "aggregate", None, "gpt-5-2026-08-01"),
    ]
    sums = engine.rows("select sum(cost), count() from otel_traces_with_cost")
    assert sums == [(Decimal("0.75"), 4)]


def test_views_read_their_own_ledger_whatever_database_is_the_current_one(store: Store) -> None:
    book(store, [a_call(team="reservations")])
    read_only = store.query_app.engine  # type: ignore[union-attr]
    elsewhere = Context(database="information_schema")
    asked = {
        "spend_by_team": "",  # reads a view that takes arguments
        "spend_change": "(dimension = 'team', before = '2026-10-01', from = '2026-11-01', to = '2026-12-01')",
        "loop_count": "(from = '2026-11-01', to = '2026-12-01', every = 'day')",  # and one through another
    }
    for view, arguments in asked.items():
        text = f"select calls from spantally.{view}{arguments}"  # noqa: S608 - fixed names
        assert read_only.query(text, context=elsewhere).body == b"1\n", view


def test_a_view_that_was_dropped_is_made_again(engine: Engine) -> None:
    engine.command("drop view trace_cost")
    lost = [name for name, why in _to_do(engine).items() if why == "lost"]
    assert [name.partition("_")[2] for name in lost] == ["trace_cost.sql"]
    migrations.apply(engine, ONE_SERVER)
    assert engine.rows("select count() from trace_cost") == [(0,)]


def test_a_view_that_this_version_lacks_is_dropped_and_nobody_elses(
    engine: Engine, shipped: Callable[..., None]
) -> None:
    shipped(**{"views/9_odd.sql": "create or replace view odd_calls as select * from llm_calls"})
    migrations.apply(engine, ONE_SERVER)
    engine.command("create view my_own as select 1 as one")

    shipped()
    assert _to_do(engine) == {"views/9_odd.sql": "gone"}
    migrations.apply(engine, ONE_SERVER)
    left = "select name from system.tables where database = currentDatabase()"
    assert {"my_own"} == {"my_own", "odd_calls"} & {name for (name,) in engine.rows(left)}
    assert _to_do(engine) == {}


def test_an_older_program_leaves_a_newer_ledger_alone(
    engine: Engine, shipped: Callable[..., None]
) -> None:
    shipped(**{"schema/9000_mood.sql": "alter table llm_spans add column if not exists mood Int8"})
    migrations.apply(engine, ONE_SERVER)

    shipped(**{"views/9_odd.sql": "create or replace view odd_calls as select * from llm_calls"})
    refused = r"newer than this program: schema/9000_mood\.sql was applied to it by version 0\.\d"
    with pytest.raises(LedgerMismatch, match=refused):
        migrations.apply(engine, ONE_SERVER)
    assert engine.rows("exists odd_calls") == [(0,)]


def test_a_file_that_was_changed_after_it_was_applied_is_refused(
    engine: Engine, shipped: Callable[..., None]
) -> None:
    name, text = next(iter(sql_files("schema").items()))
    shipped(**{f"schema/{name}": text + "-- a word more\n"})
    with pytest.raises(LedgerMismatch, match=f"schema/{name} is not the file that was applied"):
        migrations.apply(engine, ONE_SERVER)


def test_a_ledger_of_one_server_does_not_become_a_clusters(engine: Engine) -> None:
    with pytest.raises(
        LedgerMismatch, match=r"made for one server, and is to be used as cluster c:"
    ):
        migrations.plan(engine, LedgerOptions(cluster="c"))


def test_rows_are_kept_as_long_as_asked_and_no_statement_says_so_twice(
    store: Store, engine: Engine
) -> None:
    asked = LedgerOptions(calls_days=36_500, steps_days=90)
    assert {step.name: step.why for step in migrations.plan(engine, asked).steps} == {
        "llm_spans": "retention",
        "trace_steps": "retention",
    }
    migrations.apply(engine, asked)
    assert migrations.plan(engine, asked).steps == ()

    old = NOON - timedelta(days=3650)
    book(store, [a_call(start_time=old)])
    book(store, [a_step(start_time=old)], table="trace_steps")
    for table in ("llm_spans", "trace_steps"):
        engine.command(f"optimize table {table} final")
    kept = "select (select count() from llm_spans), (select count() from trace_steps)"
    assert engine.rows(kept) == [(1, 0)]

    migrations.apply(engine, ONE_SERVER, retain=False)
    assert migrations.plan(engine, asked).steps == (), "who only reads changes nothing"
    migrations.apply(engine, ONE_SERVER)
    without = [str(row[0]) for row in engine.rows("select engine_full from system.tables")]
    assert not any(" TTL " in definition for definition in without)


def test_steps_are_not_kept_longer_than_the_ledger() -> None:
    assert LedgerOptions(steps_days=90).faults() == []
    assert LedgerOptions(calls_days=400, steps_days=400).faults() == []
    for steps in (0, 401):
        faults = LedgerOptions(calls_days=400, steps_days=steps).faults()
        assert [name for name, _ in faults] == ["steps_days"]
    assert LedgerOptions(steps_days=36_501).faults()
    assert [name for name, _ in LedgerOptions(steps_days=-1, cluster="a b").faults()] == [
        "steps_days",
        "cluster",
    ]


PIECES = st.lists(st.sampled_from(["select 1", "-- a; b\n", "'x; ''y'", "`a;b`", "/* ; */", " "]))


@given(st.lists(PIECES.map(" ".join)))
def test_a_file_is_taken_apart_where_a_statement_ends(parts: list[str]) -> None:
    found = statements(";\n".join(parts))
    assert found == [
        part.strip() for part in parts if any(word in part for word in ("select", "'x", "`a"))
    ]


@pytest.fixture(autouse=True)
def _no_cached_files() -> Iterator[None]:
    yield
    sql_files.cache_clear()
