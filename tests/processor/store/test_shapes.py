"""One schema, laid out for one server, a Replicated database and a cluster."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from spantally_processor.store import retention
from spantally_processor.store.shapes import Shape, sharded_tables
from spantally_processor.store.sql_files import sql_files, statements

HERE = Path(__file__).resolve().parents[2]
CLUSTER = Shape("costs", cluster="spend")
STATEMENTS = [
    statement
    for folder in ("schema", "views")
    for text in sql_files(folder).values()
    for statement in statements(text)
]
SHARDED = sharded_tables(STATEMENTS)


def rewritten(shape: Shape) -> list[str]:
    return [each for one in STATEMENTS for each in shape.rewritten(one, SHARDED)]


def test_one_server_gets_the_files_as_they_are() -> None:
    assert rewritten(Shape("costs")) == STATEMENTS


def test_what_belongs_to_a_trace_is_sharded_and_the_rest_is_everywhere() -> None:
    assert {"llm_spans", "trace_steps"} <= SHARDED
    assert "migrations" not in SHARDED


@pytest.mark.parametrize("shape", [CLUSTER, Shape("costs", replicated=True)], ids=str)
def test_every_table_is_replicated_and_remembers_inserts(shape: Shape) -> None:
    for statement in rewritten(shape):
        assert "non_replicated" not in statement
        engines = re.findall(r"engine = (\w+)", statement)
        assert all(each.startswith("Replicated") or each == "Distributed" for each in engines)
    assert "replicated_deduplication_window = 10000" in "".join(rewritten(shape))


def test_on_a_cluster_every_statement_is_for_all_of_it() -> None:
    for statement in rewritten(CLUSTER):
        everywhere = " on cluster 'spend'" in statement
        tells_its_replicas = re.match(r"(?:--[^\n]*\n)*alter table (\w+)", statement)
        assert everywhere or (tells_its_replicas and tells_its_replicas[1] not in SHARDED)


def test_the_engine_makes_the_tables_and_views_of_a_cluster(tmp_path: Path) -> None:
    ttl = [
        statement
        for name, days in {"llm_spans": 400, "trace_steps": 90}.items()
        for statement in retention.changes(
            CLUSTER.table(name, SHARDED) + CLUSTER.on_cluster, days, ""
        )
    ]
    made = subprocess.run(
        [sys.executable, HERE / "support" / "cluster_ddl.py", tmp_path],
        input=json.dumps([*rewritten(CLUSTER), *ttl]),
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert made.stdout, made.stderr
    tables = {
        (database, name): engine
        for database, name, engine in map(json.loads, made.stdout.split("\n")[:-2])
    }
    here = "'/clickhouse/tables/[0-9a-f]{32}/"
    for name in SHARDED:
        assert tables["costs", name] == (
            f"Distributed('spend', 'costs', '{name}_local', cityHash64(trace_id))"
        )
        own = rf"Replicated\w*MergeTree\({here}{{shard}}', '{{replica}}'"
        assert re.match(own, tables["replicated", f"{name}_local"])
    everywhere = (
        rf"ReplicatedReplacingMergeTree\({here}everywhere', '{{shard}}_{{replica}}', applied_at\)"
    )
    assert re.match(everywhere, tables["replicated", "migrations"])
    assert " TTL start_time + toIntervalDay(90) " in tables["costs", "trace_steps_local"]
    assert ("costs", "llm_calls") in tables


def test_a_statement_of_an_unknown_kind_would_be_noticed() -> None:
    for statement in STATEMENTS:
        body = re.sub(r"^(--[^\n]*\n)+", "", statement)
        assert re.match(
            r"(create table if not exists|create or replace view|alter table|drop view if exists) \w+",
            body,
        ), body
