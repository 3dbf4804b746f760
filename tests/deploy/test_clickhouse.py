"""deploy/clickhouse: taken by the engine that a server is made of, tried on it as far as one engine goes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from spantally_processor.cli import main
from support import deploy_tools
from support.clickhouse_server import ClickHouseServer
from support.command import Spantally
from support.ledger import served
from support.otlp import a_call, a_request
from support.processor import command

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FOLDER = deploy_tools.ROOT / "deploy" / "clickhouse"
SERVER = FOLDER / "config.d" / "spantally.xml"
CLUSTER = FOLDER / "cluster" / "config.xml"
USERS = ET.parse(FOLDER / "users.d" / "spantally.xml").getroot()  # noqa: S314 - ours
PAGE = (FOLDER / "README.md").read_text()
ON_PAGE = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)


def engine(folder: Path, statements: Sequence[str], *files: Path) -> list[Any]:
    """What an engine with these files in its config.d answers."""
    done = subprocess.run(
        [sys.executable, "-m", "support.configured_engine", folder, *files],
        input=json.dumps(statements), capture_output=True, text=True, check=False, timeout=120,
        cwd=deploy_tools.ROOT / "tests",
        env={"SHARD": "1", "REPLICA": "b", "CLUSTER_SECRET": "made-up"},
    )  # fmt: skip
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(statements), done.stderr[-3000:]
    return answers


GRANTS = [each.text or "" for each in USERS.iter("query")]
ASKED = {
    "changed": "select name, value from system.server_settings where changed",
    "server settings": "select name from system.server_settings",
    "settings": "select name from system.settings",
    "disks": "select path from system.disks where name = 'backups'",
    "hosts": "select shard_num, replica_num, host_name from system.clusters order by all",
    "macros": "select macro, substitution from system.macros order by all",
    **{each: f"select formatQuery('{each} TO somebody')" for each in GRANTS},
    **{each: "select formatQuery('{}')".format(each.replace("'", "\\'")) for each in ON_PAGE},
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a server of the cluster answers, by the names and statements of ASKED."""
    folder = tmp_path_factory.mktemp("configured")
    found = engine(folder / "server", list(ASKED.values()), SERVER, CLUSTER)
    return dict(zip(ASKED, found, strict=True))


def test_the_engine_takes_the_servers_configuration(answers: dict[str, Any]) -> None:
    assert {
        "index_mark_cache_size": "67108864",
        "mark_cache_size": "268435456",
        "max_server_memory_usage_to_ram_ratio": "0.8",
    }.items() <= dict(answers["changed"]).items()
    assert answers["disks"][0][0].endswith("/server/backups/")


def test_what_is_no_server_setting_is_a_section_of_the_images_own_configuration(
    answers: dict[str, Any],
) -> None:
    names = [each.tag for each in ET.parse(SERVER).getroot()]  # noqa: S314 - ours
    sections = {name for name in names if [name] not in answers["server settings"]}
    logs = {name for name in sections if name.endswith("_log")}
    assert len(logs) == 17
    assert sections - logs == {
        "logger", "backups", "storage_configuration", "mysql_port", "postgresql_port"
    }  # fmt: skip


def test_the_engine_has_the_clusters_shards_and_this_servers_place_in_it(
    answers: dict[str, Any],
) -> None:
    hosts = [[s, r, f"clickhouse-{s}-{r}"] for s in (1, 2) for r in (1, 2)]
    assert answers["hosts"] == hosts
    assert answers["macros"] == [["replica", "b"], ["shard", "1"]]


def test_users_have_settings_quotas_and_grants_that_the_engine_knows(
    answers: dict[str, Any],
) -> None:
    profiles = {each.tag: each for each in USERS.findall("profiles/*")}
    users = [each for each in USERS.findall("users/*") if each.get("remove") is None]
    assert [user.tag for user in users] == ["admin", "spantally", "grafana"]
    for user in users:
        assert user.findtext("profile") in {"default", *profiles}
        assert user.find("password") is None, "passwords are in a file of their own"
    named = {each.tag for profile in profiles.values() for each in profile} - {"constraints"}
    assert [name for name in named if [name] not in answers["settings"]] == []
    assert len(GRANTS) == 4
    assert [answers[each] for each in GRANTS if isinstance(answers[each], str)] == []
    limits = [each.tag for each in USERS.findall("quotas/spantally_readers/interval/*")]
    assert limits == ["duration", "queries", "read_rows", "execution_time"]


def test_the_engine_understands_every_statement_of_the_page(answers: dict[str, Any]) -> None:
    assert len(ON_PAGE) == 6
    assert [answers[each] for each in ON_PAGE if isinstance(answers[each], str)] == []


def test_the_plan_for_the_cluster_is_what_its_engine_makes(tmp_path: Path, secrets: Path) -> None:
    """`spantally migrate plan` with the folder's own file, but for names and where the secret is."""
    server = ClickHouseServer(tmp_path / "server")
    with served(server) as url:
        text = (FOLDER / "cluster" / "spantally.toml").read_text()
        text = re.sub(r"@[^/]+/spantally", f"@{url.removeprefix('http://')}/costs", text)
        text = text.replace('cluster = "spantally"', 'cluster = "spend"')
        file = tmp_path / "spantally.toml"
        file.write_text(text.replace("/run/secrets/spantally", str(secrets)))
        planned = CliRunner().invoke(main, ["migrate", "plan", "--sql", "--config", str(file)])
    server.close()
    assert planned.exit_code == 1, planned.output
    statements = [each for each in planned.output.split(";\n\n") if each.strip()]
    assert statements[0] == "create database if not exists costs on cluster 'spend'"
    assert any("Distributed('spend', 'costs', 'llm_spans_local'" in s for s in statements)
    made = subprocess.run(
        [sys.executable, "support/cluster_ddl.py", tmp_path],
        input=json.dumps(statements[1:]),
        capture_output=True, text=True, check=False, timeout=120, cwd=deploy_tools.ROOT / "tests",
    )  # fmt: skip
    assert '"llm_spans_local","Replicated' in made.stdout.replace(" ", ""), made.stderr[-2000:]


CALLS = 50
COST = CALLS * (1000 * Decimal("1.25") + 100 * Decimal(10)) / 1_000_000
"""Of calls of gpt-5, by the published price."""

TOTAL = "select toString(sum(cost)), count() from spantally.llm_calls"


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a processor that has stopped."""
    folder = tmp_path_factory.mktemp("stopped")
    with command(folder) as processor:
        calls = a_request(*(a_call() for _ in range(CALLS)))
        assert processor.post(calls.SerializeToString()).status_code == 200
        processor.settle()
    return folder


def test_an_embedded_ledger_is_restored_by_a_server_and_backed_up_there(
    stopped: Path, tmp_path: Path
) -> None:
    """To a server, then by the statements of the page to another: nothing is lost, the books agree."""
    script = FOLDER / "back_up_embedded.py"
    (tmp_path / "first" / "backups").mkdir(parents=True)
    embedded = tmp_path / "first" / "backups" / "embedded"
    subprocess.run([sys.executable, script, stopped, embedded], check=True, capture_output=True)
    base, newer = (each for each in ON_PAGE[1:3])
    restore = ON_PAGE[3]
    gone = "drop database spantally sync"
    answers = engine(
        tmp_path / "first",
        [
            "restore database spantally from Disk('backups', 'embedded')",
            TOTAL, base, "truncate table spantally.llm_outcomes", newer, gone, restore, TOTAL,
        ],
        SERVER,
    )  # fmt: skip
    assert answers[1] == answers[7], answers
    assert [(Decimal(cost), calls) for cost, calls in answers[1]] == [(COST, CALLS)]
    data = tmp_path / "data"
    data.mkdir()
    shutil.copytree(tmp_path / "first" / "engine", data / "ledger", symlinks=True)
    (data / "ledger" / "owner.json").touch()  # whose absence would say that this is no ledger
    assert "✗" not in Spantally(str(data)).run("audit")


def test_a_copy_of_a_stopped_processors_folder_is_a_back_up(stopped: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(stopped, copy, symlinks=True)
    (stopped / "ledger").rename(stopped / "lost")
    try:
        assert Spantally(str(copy)).json("report")["total"]["calls"] == CALLS
    finally:
        (stopped / "lost").rename(stopped / "ledger")


def test_a_back_up_of_what_is_in_use_or_absent_is_refused(stopped: Path, tmp_path: Path) -> None:
    script = [sys.executable, FOLDER / "back_up_embedded.py"]

    def refused(*arguments: Path) -> str:
        done = subprocess.run([*script, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode != 0
        return done.stderr

    assert "there is no ledger in" in refused(tmp_path, tmp_path / "to")
    assert "is there already" in refused(stopped, tmp_path)
    copy = tmp_path / "copy"
    shutil.copytree(stopped, copy, symlinks=True)
    with command(copy):
        assert "does its processor run?" in refused(copy, tmp_path / "to")
