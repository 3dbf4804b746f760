"""What each role may see and do, and that every statement is one that ClickHouse understands.

The engine here has no place for roles: their grants, policies and settings are given to its own user, in a
process for each role. What only a server can show is that CREATE ROLE and CREATE ROW POLICY store them.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from spantally_processor.store import migrations, open_store, roles
from spantally_processor.store.errors import TransientStoreError
from spantally_processor.store.reading import open_reader
from spantally_processor.store.writing import open_writer
from support.command import Spantally
from support.ledger import a_call, book
from support.roles_as_users import folder_with_user_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spantally_processor.store.engine import Engine

TESTS = Path(__file__).resolve().parents[2]
DENIED = "Not enough privileges"


@contextmanager
def a_server(folder: str) -> Iterator[str]:
    """A ClickHouse server in a process of its own; yields the URL of its ledger."""
    program = (sys.executable, "-m", "support.clickhouse_server", folder)
    with subprocess.Popen(program, cwd=TESTS, stdin=-1, stdout=-1, text=True) as process:
        assert process.stdout is not None
        yield f"{process.stdout.readline().strip()}/costs"
        process.communicate()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("roles") / "server"


@pytest.fixture(scope="module")
def made(folder: Path) -> list[str]:
    """The statements for a ledger with a call of each of two teams, which is then left."""
    with a_server(str(folder)) as url:
        store = open_store(url)
        store.migrate()
        book(store, [a_call(team=team, user="u-17", customer="inn") for team in ("desk", "spa")])
        store.roll_up()
        store.close()
        with open_reader(url) as engine:
            return roles.statements(engine, ["desk"])


@contextmanager
def asking_as(role: str, made: list[str], folder: Path) -> Iterator[str]:
    with a_server(folder_with_user_of(role, made, folder)) as url:
        yield url


def refused(engine: Engine, query: str) -> bool:
    """Whether it is refused, and for lack of rights."""
    with pytest.raises(TransientStoreError, match=DENIED):
        engine.rows(query)
    return True


RUNS = "select count() from agent_cost(from = '2026-11-01', to = '2026-12-01')"


def test_a_reader_sees_costs_and_neither_users_nor_revenue(made: list[str], folder: Path) -> None:
    with asking_as(roles.READER, made, folder) as url, open_reader(url) as engine:
        assert engine.rows("select team, sum(cost) from spend_by_team group by team order by team")
        assert engine.rows("select customer, tags, tokens, cost from llm_calls")
        assert engine.rows(RUNS) == [(2,)]
        assert engine.rows("select sum(calls) from spend_daily") == [(2,)]
        assert engine.rows("select count() from trace_cost where services != []") == [(2,)]
        assert refused(engine, "select user from llm_spans")
        assert refused(engine, "select user from llm_calls")
        assert refused(engine, "select value from spend_by(dimension = 'user')")
        assert refused(engine, "select tag_conflicts from llm_calls")
        assert refused(engine, "select * from llm_revenue")
        assert refused(engine, "select margin from unit_economics")


def test_a_reader_changes_nothing_and_asks_for_no_more_than_the_bounds(
    made: list[str], folder: Path
) -> None:
    with asking_as(roles.READER, made, folder) as url, open_reader(url) as engine:
        for statement in (
            "insert into llm_spans (trace_id) values ('x')",
            "alter table llm_spans update team = '' where true",
            "drop view llm_calls",
        ):
            with pytest.raises(TransientStoreError, match=DENIED):
                engine.command(statement)
        assert engine.rows("select getSetting('max_execution_time')") == [(30,)]
        assert engine.rows("select 1 settings max_execution_time = 300")
        with pytest.raises(TransientStoreError, match="shouldn't be greater than 300"):
            engine.rows("select 1 settings max_execution_time = 301")
        with pytest.raises(TransientStoreError, match="Cannot modify 'readonly'"):
            engine.rows("select 1 settings readonly = 0")


def test_finance_sees_what_customers_pay_and_no_users(made: list[str], folder: Path) -> None:
    with asking_as(roles.FINANCE, made, folder) as url, open_reader(url) as engine:
        assert engine.rows("select customer, ai_cost from unit_economics")
        assert engine.rows("select count() from plan_usage") == [(0,)]
        assert refused(engine, "select user from llm_calls")


def test_a_team_sees_its_own_calls(made: list[str], folder: Path) -> None:
    with asking_as("`spantally_team_desk`", made, folder) as url, open_reader(url) as engine:
        assert engine.rows("select team, calls from spend_by_team") == [("desk", 1)]
        assert engine.rows("select team, calls from spend_daily") == [("desk", 1)]
        assert engine.rows("select count() from run_days_of_calls") == [(1,)]
        assert refused(engine, "select user from llm_calls")
        assert refused(engine, "select name from trace_steps")
        assert refused(engine, RUNS), "roll-ups of runs have no team"


def test_a_writer_can_do_what_the_processor_and_the_commands_do(
    made: list[str], folder: Path
) -> None:
    with asking_as(roles.WRITER, made, folder) as url:
        store = open_store(url)
        with open_reader(url) as engine:
            engine.command("drop view unit_economics")
            assert any(step.why == "lost" for step in migrations.plan(engine, store._options).steps)  # type: ignore[attr-defined]
        store.migrate()
        again = a_call(team="spa", response_id="one-and-the-same-response")
        book(store, [again, replace_span(again)])
        store.roll_up()
        store.close()
        with open_writer(url) as (engine, writer):
            assert Spantally("/nowhere").exit_code("forget", "--user", "u-17", "--store", url) == 0
            assert engine.rows("select distinct user from llm_spans") == [("",)]
            assert writer.roll_up() is not None
            assert refused(engine, "select * from system.users")


def replace_span(call: dict[str, object]) -> dict[str, object]:
    """The same response seen by another emitter, so that a verdict is written."""
    return a_call(
        rank=2, **{k: v for k, v in call.items() if k not in {"span_id", "scope", "rank"}}
    )


@pytest.mark.parametrize("cluster", ["", "spend"])
def test_every_statement_is_understood(
    made: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch, cluster: str
) -> None:
    laid_out = migrations.laid_out

    def on_cluster(engine: Engine) -> object:
        return replace(laid_out(engine), cluster=cluster)

    monkeypatch.setattr(roles, "laid_out", on_cluster)
    odd = "o'brien & söhne `x`"
    with a_server(str(folder)) as url, open_reader(url) as engine:
        if cluster:
            for table in ("llm_spans", "trace_steps", "verdict_changes", "restated_spans"):
                engine.command(f"create table if not exists {table}_local as {table}")
            engine.command("create table if not exists llm_outcomes_local as llm_outcomes")
        found = roles.statements(engine, ["desk", odd])
        for statement in found:
            engine.rows("select formatQuery({statement:String})", {"statement": statement})
            assert not cluster or " on cluster 'spend'" in statement
        assert any("llm_spans_local to" in each for each in found) is bool(cluster)
        assert r"using team = 'o\'brien & söhne `x`'" in found[-1]


def test_every_table_of_the_ledger_is_somebodys(made: list[str], folder: Path) -> None:
    given = {*roles.TEAM_TABLES, *roles.PRICES, *roles.TRACES, *roles.KEPT_BOOKS, *roles.REVENUE}
    with a_server(str(folder)) as url, open_reader(url) as engine:
        tables = engine.rows(
            "select name from system.tables where database = currentDatabase()"
            " and engine != 'View' and name not like '%_local'"
        )
        assert {name for (name,) in tables} == given


def test_the_command_prints_them_or_has_the_server_make_them(
    made: list[str], folder: Path, tmp_path: Path
) -> None:
    spantally = Spantally(str(tmp_path))
    with a_server(str(folder)) as url:
        asked = ("migrate", "roles", "--team", "desk", "--store", url)
        assert spantally.run(*asked, "--sql") == "".join(f"{each};\n\n" for each in made)
        no_place = spantally.run(*asked, exit_code=3)
        assert "grant CREATE ROLE ON spantally_reader" in no_place, "the engine has no roles"
    refusal = spantally.run("migrate", "roles", exit_code=2)
    assert "its readers have tokens" in refusal
