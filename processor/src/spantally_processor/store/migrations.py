"""Bring a ledger's tables and views to this version.

Numbered files of `schema/` are applied once each, in order, forward only; the table `migrations`
remembers them. Views hold no data, so `views/` is created anew every time, in the order of the
file names. Every file is one statement, because the engines' interfaces take one at a time.
In a database with the engine Replicated the tables are replicated ones.
"""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spantally_processor.store.engine import Engine

_REMEMBER = """
create table if not exists migrations
(
    name       String comment 'file name in schema/',
    applied_at DateTime64(6, 'UTC') default now64(6)
)
engine = ReplacingMergeTree
order by name
comment 'Schema files that this database has seen.'
"""


def sql_files(folder: str) -> dict[str, str]:
    """File name to text of the package's SQL in `store/<folder>`, in the order of the names."""
    found = files("spantally_processor.store") / folder
    names = sorted(entry.name for entry in found.iterdir() if entry.name.endswith(".sql"))
    return {name: (found / name).read_text(encoding="utf-8") for name in names}


def apply(engine: Engine) -> list[str]:
    """Apply what is missing; returns the schema files applied now. Safe to repeat."""
    prepared = _replicated if _is_replicated(engine) else str
    engine.command(prepared(_REMEMBER))
    seen = {str(row[0]) for row in engine.rows("select name from migrations final")}
    applied: list[str] = []
    for name, statement in sql_files("schema").items():
        if name not in seen:
            engine.command(prepared(statement))
            engine.command("insert into migrations (name) values ({name:String})", {"name": name})
            applied.append(name)
    for statement in sql_files("views").values():
        engine.command(statement)
    return applied


def _is_replicated(engine: Engine) -> bool:
    """Whether each statement, but not by itself each table's data, is for all replicas."""
    kind = "select engine from system.databases where name = currentDatabase()"
    return any(name == "Replicated" for (name,) in engine.rows(kind))


def _replicated(statement: str) -> str:
    """Returns the statement with tables whose data all replicas share."""
    statement = re.sub(r"\bengine = (\w*MergeTree)\b", r"engine = Replicated\1", statement)
    return statement.replace(
        "non_replicated_deduplication_window", "replicated_deduplication_window"
    )
