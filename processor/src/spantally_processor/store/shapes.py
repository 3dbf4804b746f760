"""The schema as one server, a Replicated database or a cluster needs it: a rewriting of each statement.

The files of `schema/` and `views/` are written for one server. In a database whose engine is Replicated
the tables become replicated ones. On a cluster every statement runs ON CLUSTER. There a table that has a
trace_id is sharded by it: its rows are in `<name>_local`, replicated within a shard, and `<name>` is a
Distributed table over all shards, so that a trace is in one place and every query keeps its text. Any
other table is small and replicated whole to every server.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clickhouse_connect.driver.binding import quote_identifier

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

_LEADING_COMMENTS = re.compile(r"^(?:\s*--[^\n]*\n)*\s*")
_CREATE_TABLE = re.compile(r"create table if not exists (\w+)")
_OBJECT = re.compile(
    r"(create table if not exists|create or replace view|alter table|drop view if exists) (\w+)"
)
_ENGINE = re.compile(r"\bengine = (\w*MergeTree)\b(?:\(([^)]*)\))?")
_ASKED = re.compile(r"\b(from|join) (\w+)(?=\()")
_WINDOW = "non_replicated_deduplication_window"

LOCAL = "_local"
"""What the name of a sharded table's own rows ends with."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a ledger is laid out."""

    database: str
    replicated: bool = False
    """The database's engine is Replicated: it carries each statement to every replica by itself."""
    cluster: str = ""
    """Name of a cluster in the servers' configuration; empty for none."""

    def __str__(self) -> str:
        """As it is written down in the ledger."""
        if self.cluster:
            return f"cluster {self.cluster}"
        return "replicated database" if self.replicated else "one server"

    @property
    def on_cluster(self) -> str:
        """The clause that makes a statement run on every server, with a space before it."""
        return f" on cluster '{self.cluster}'" if self.cluster else ""

    def table(self, name: str, sharded: frozenset[str]) -> str:
        """The table that holds the rows of `name`."""
        return name + LOCAL if self.cluster and name in sharded else name

    def rewritten(self, statement: str, sharded: frozenset[str]) -> list[str]:
        """The statements that do here what `statement` does on one server."""
        if not self.cluster:
            return [_replicated(statement, "")] if self.replicated else [statement]
        body = statement[_LEADING_COMMENTS.match(statement).end() :]  # pyright: ignore[reportOptionalMemberAccess]
        found = _OBJECT.match(body)
        if found is None:
            return [statement]
        what, name = found.groups()
        if what == "alter table" and name not in sharded:
            return [statement]  # a replicated table tells its replicas
        here = f"{what} {self.table(name, sharded)}{self.on_cluster}{body[found.end() :]}"
        if what not in ("create table if not exists", "alter table"):
            return [here]
        path = "{shard}', '{replica}" if name in sharded else "everywhere', '{shard}_{replica}"
        here = _replicated(here, f"'/clickhouse/tables/{{uuid}}/{path}'")
        return [here, self._distributed(name)] if name in sharded else [here]

    def _distributed(self, name: str) -> str:
        """Made anew after each change, since a Distributed table takes over its columns once."""
        return (
            f"create or replace table {name}{self.on_cluster} as {name}{LOCAL}\n"
            f"engine = Distributed('{self.cluster}', '{self.database}', '{name}{LOCAL}', cityHash64(trace_id))"
        )


def qualified(statement: str, views: AbstractSet[str], database: str) -> str:
    """The statement, with the database before each of its views that is asked with arguments.

    ClickHouse puts it before the names of tables by itself, not before these: without it, a view would
    work only where the ledger's database is the current one.
    """

    def name(found: re.Match[str]) -> str:
        keyword, view = found.groups()
        return f"{keyword} {quote_identifier(database)}.{view}" if view in views else found[0]

    return _ASKED.sub(name, statement)


def sharded_tables(statements: Iterable[str]) -> frozenset[str]:
    """The tables that these statements create with a trace_id."""
    created = ((_CREATE_TABLE.search(each), each) for each in statements)
    return frozenset(
        found[1]
        for found, each in created
        if found is not None and re.search(r"^\s+trace_id\s", each, re.MULTILINE)
    )


def _replicated(statement: str, arguments: str) -> str:
    def engine(found: re.Match[str]) -> str:
        given = ", ".join(filter(None, (arguments, found[2])))
        return f"engine = Replicated{found[1]}" + (f"({given})" if given else "")

    return _ENGINE.sub(engine, statement).replace(_WINDOW, _WINDOW.removeprefix("non_"))
