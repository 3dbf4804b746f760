"""Who may do what on a ClickHouse server: roles, row policies and bounds, as statements that may be repeated.

    spantally_reader       everything but the ids of users, and what customers pay
    spantally_finance      the same, and what customers pay
    spantally_team_<team>  the calls of one team, without ids of users
    spantally_writer       what `spantally serve`, `migrate apply`, `forget` and `reprice` need

A role has rights on columns of tables. Views run with the rights of whoever asks, and read the columns that are
asked for only: so all of them are granted to everybody, and answer as far as the tables do. An embedded
ledger has no roles; its read interface has tokens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_connect.driver.binding import quote_identifier

from spantally_processor.store.migrations import laid_out
from spantally_processor.store.read_catalogue import quoted
from spantally_processor.store.read_settings import ReadLimits
from spantally_processor.store.shapes import LOCAL, sharded_tables
from spantally_processor.store.sql_files import sql_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from spantally_processor.store.engine import Engine

READER, FINANCE, TEAM, WRITER = (
    f"spantally_{name}" for name in ("reader", "finance", "team", "writer")
)
BOUNDS = "spantally_bounds"
"""The settings profile of everybody who only reads."""

ASKING = f"{READER}, {FINANCE}, {TEAM}"

OF_USERS = frozenset({"user", "tag_conflicts"})
"""Columns that name a user."""

TEAM_TABLES = ("llm_spans", "spend_hourly", "spend_daily")
"""Tables whose rows belong to a team, in a column of that name."""

PRICES = ("llm_rates", "llm_owners")
"""What anybody may know who reads anything."""

TRACES = (
    "trace_steps",
    "trace_daily",
    "verdict_changes",
    "restatements",
    "restated_spans",
    "llm_outcomes",
)
"""What has no team of its own: not for a reader of one team."""

KEPT_BOOKS = ("migrations", "rollups")
"""What the ledger notes for itself."""

REVENUE = ("llm_revenue", "llm_plans")
"""What customers pay."""

WRITES = (
    "select, insert, alter, create table, create view, drop table, drop view, truncate, optimize"
)
"""A writer's rights on the database. ALTER is for roll-ups, retention, new columns and forgotten users."""

UP_TO = 10
"""How much further than the bounds a reader may go by settings of a query's own."""

_COLUMNS = """
select table, groupArray(name)
from (select table, name from system.columns where database = currentDatabase() order by table, position)
group by table
"""

_VIEWS = "select name from system.tables where database = currentDatabase() and engine = 'View' order by name"


def statements(engine: Engine, teams: Sequence[str] = ()) -> list[str]:
    """What makes the roles, those of the teams among them; raises TransientStoreError."""
    shape = laid_out(engine)
    columns: dict[str, list[str]] = {table: names for table, names in engine.rows(_COLUMNS)}
    views = [row[0] for row in engine.rows(_VIEWS)]
    sharded = sharded_tables(sql_files("schema").values()) if shape.cluster else frozenset[str]()
    of_teams = {f"{TEAM}_{team}": team for team in teams}
    database, everywhere = quote_identifier(shape.database), shape.on_cluster

    def tables(names: Iterable[str]) -> Iterator[str]:
        for name in names:
            yield from (name, name + LOCAL) if name in sharded else (name,)

    def readable(role: str, names: Iterable[str]) -> Iterator[str]:
        for table in tables(names):
            shown = [quote_identifier(each) for each in columns[table] if each not in OF_USERS]
            some = f"({', '.join(shown)})" if len(shown) < len(columns[table]) else ""
            yield f"grant{everywhere} select{some} on {database}.{table} to {role}"

    roles = [READER, FINANCE, TEAM, WRITER, *map(quote_identifier, of_teams)]
    made = [f"create role if not exists {role}{everywhere}" for role in roles]
    made += [
        f"create settings profile or replace {BOUNDS}{everywhere} settings {_bounds()} to {ASKING}",
        *readable(READER, [*TEAM_TABLES, *PRICES, *TRACES, *KEPT_BOOKS]),
        *readable(FINANCE, REVENUE),
        *readable(TEAM, [*TEAM_TABLES, *PRICES]),
        *(f"grant{everywhere} select on {database}.{each} to {READER}, {TEAM}" for each in views),
        f"grant{everywhere} {READER} to {FINANCE}",
        f"grant{everywhere} {WRITES} on {database}.* to {WRITER}",
    ]
    if everywhere:
        made.append(f"grant{everywhere} cluster on *.* to {WRITER}")
    made += [f"grant{everywhere} {TEAM} to {quote_identifier(role)}" for role in of_teams]
    for table in tables(TEAM_TABLES):
        made += _policies(f"{database}.{table}", of_teams, everywhere)
    return made


def _policies(table: str, of_teams: Mapping[str, str], everywhere: str) -> Iterator[str]:
    """Once a table has a policy, whoever has none sees nothing of it: so everybody else gets one."""
    yield (
        f"create row policy or replace spantally_all{everywhere} on {table}"
        f" using true to all except {TEAM}"
    )
    for role, team in of_teams.items():
        name = quote_identifier(role)
        yield (
            f"create row policy or replace {name}{everywhere} on {table}"
            f" using team = {quoted(team)} to {name}"
        )


def _bounds() -> str:
    limits = {name: int(value) for name, value in ReadLimits().settings().items()}
    del limits["max_threads"]  # the server's own business
    held = [f"{name} = {value} max {value * UP_TO}" for name, value in limits.items()]
    return ", ".join(["readonly = 2", *held])
