"""Executes statements of a cluster's schema, as far as the embedded engine can: a program of its own.

Reads a JSON list of statements from its input; prints each table of the result with its engine. The engine
has a keeper in memory (ClickHouse's own, for tests) and a cluster of two shards that do not answer, so that
replicated and Distributed tables can be made. What it cannot do: run ON CLUSTER, which is parsed and taken
off; hand out ids of tables with it, which are counted up; change a replicated table or write to one. So the
tables are made twice, replicated in one database, and in the other with plain engines, changes and views.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from pathlib import Path
from typing import Any

import chdb

SERVER = """
<clickhouse>
  <zookeeper><implementation>testkeeper</implementation></zookeeper>
  <macros><shard>1</shard><replica>a</replica></macros>
  <remote_servers><spend>
    <shard><replica><host>127.0.0.1</host><port>9</port></replica></shard>
    <shard><replica><host>127.0.0.1</host><port>9</port></replica></shard>
  </spend></remote_servers>
</clickhouse>
"""
ON_CLUSTER = re.compile(r" on cluster '\w+'")
REPLICATED = re.compile(r"engine = Replicated(\w+)\('[^']*', '[^']*'(?:, )?")
TABLES = """
select database, name, engine_full from system.tables where database in ('replicated', 'costs') order by 1, 2
"""


def main(folder: Path) -> None:
    """Never returns: the engine's keeper lets no process end."""
    (folder / "server.xml").write_text(SERVER)
    engine = chdb.connect(f"{folder}/cluster?config-file={folder}/server.xml")
    engine.query("create database replicated")
    engine.query("create database costs")
    try:
        execute(engine, json.load(sys.stdin))
        print(engine.query(TABLES, "JSONCompactEachRow").bytes().decode(), flush=True)
    except RuntimeError as error:
        print(error, file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


def execute(engine: Any, statements: list[str]) -> None:
    for number, statement in enumerate(statements):
        escaped = statement.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
        engine.query("select formatQuery({sql:String})", params={"sql": escaped})
        here = ON_CLUSTER.sub("", statement)
        if REPLICATED.search(here):
            engine.query("use replicated")
            engine.query(here.replace("{uuid}", f"{number:032x}"))
        engine.query("use costs")
        plain = REPLICATED.sub(r"engine = \1(", here)
        engine.query(plain.replace("replicated_deduplication", "non_replicated_deduplication"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
