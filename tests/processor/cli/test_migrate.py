"""`spantally migrate`: what is there, what would be done, and doing it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spantally_processor.store import open_store
from spantally_processor.store.sql_files import sql_files
from support.clickhouse_server import ClickHouseServer
from support.command import Spantally
from support.ledger import served

if TYPE_CHECKING:
    from pathlib import Path

FILES = [f"{folder}/{name}" for folder in ("schema", "views") for name in sql_files(folder)]


def test_a_fresh_ledger_is_planned_made_and_then_of_this_version(tmp_path: Path) -> None:
    server = ClickHouseServer(tmp_path / "server")
    spantally = Spantally(str(tmp_path))
    with served(server) as url:
        where = ("--store", f"{url}/costs")
        planned = spantally.json("migrate", "plan", *where)
        assert planned["layout"] == "one server"
        assert planned["creates_database"] is True
        assert [(step["file"], step["why"]) for step in planned["steps"]] == [
            (name, "new") for name in FILES
        ]
        assert spantally.exit_code("migrate", "status", *where) == 1
        script = spantally.run("migrate", "plan", "--sql", *where, exit_code=1)
        assert script.startswith("create database if not exists costs;\n\ncreate table if not")

        assert spantally.json("migrate", "apply", *where) == {"applied": FILES}
        assert spantally.json("migrate", "apply", *where) == {"applied": []}
        assert spantally.run("migrate", "plan", *where) == "for one server: nothing to do\n"
        status = spantally.json("migrate", "status", *where)
        assert [each["file"] for each in status["applied"]] == FILES
        assert status["to_do"] == []
        assert all(re.fullmatch("[0-9a-f]{64}", each["sha256"]) for each in status["applied"])
    server.close()


def test_retention_and_layout_are_those_of_the_configuration(tmp_path: Path) -> None:
    config = tmp_path / "spantally.toml"
    config.write_text(f'data = "{tmp_path}"\n[ledger]\nsteps_days = 30\n')
    spantally = Spantally(str(tmp_path))
    spantally.run("migrate", "apply")
    plan = spantally.run("migrate", "plan", "--config", str(config), exit_code=1)
    assert re.search(r"^trace_steps +set how long rows are kept$", plan, re.MULTILINE)
    spantally.run("migrate", "apply", "--config", str(config))
    assert spantally.exit_code("migrate", "plan", "--config", str(config)) == 0

    config.write_text('store = "http://127.0.0.1:1/costs"\n[ledger]\ncluster = "c"\ncluters = 1\n')
    wrong = spantally.run("migrate", "plan", "--config", str(config), exit_code=2)
    assert "did you mean 'cluster'?" in wrong


def test_a_ledger_that_cannot_be_brought_here_is_3(tmp_path: Path) -> None:
    spantally = Spantally(str(tmp_path))
    assert "there is no ledger at" in spantally.run("migrate", "plan", exit_code=3)
    away = spantally.run("migrate", "status", "--store", "http://127.0.0.1:1/c", exit_code=3)
    assert "cannot reach ClickHouse" in away
    store = open_store(f"chdb://{tmp_path}/ledger")
    try:
        store.migrate()
        store._engine.command(  # type: ignore[attr-defined]
            "insert into migrations (name, digest, shape, program)"
            " values ('schema/9999_later.sql', 'x', 'one server', '9.0.0')"
        )
        newer = spantally.run("migrate", "plan", exit_code=3)
        assert "the ledger is newer than this program" in newer
        assert "by version 9.0.0" in newer
    finally:
        store.close()
