"""Whatever a reader asks: nothing changes, and nothing outside the ledger is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError
from spantally_processor.store.read_rules import SYSTEM_TABLES
from support.ledger import a_call, book

if TYPE_CHECKING:
    from pathlib import Path

    from clickhouse_connect.driver.client import Client
    from spantally_processor.store import Store


HOSTILE = {
    "insert": "insert into llm_spans (trace_id) values ('x')",
    "insert select": "insert into llm_spans (trace_id) select 'x'",
    "insert into file": "insert into function file('{outside}', 'CSV') select 1",
    "create": "create table stolen (a Int8) engine = Memory",
    "temporary table": "create temporary table stolen (a Int8)",
    "create function": "create function f as x -> x",
    "drop": "drop table llm_spans",
    "truncate": "truncate table llm_spans",
    "alter": "alter table llm_spans delete where 1",
    "lightweight delete": "delete from llm_spans where 1",
    "optimize": "optimize table llm_spans final",
    "rename": "rename table llm_spans to gone",
    "detach": "detach table llm_spans",
    "kill": "kill query where 1",
    "system": "system drop mark cache",
    "set readonly": "set readonly = 0",
    "set filters": "set additional_table_filters = {'system.users': '1'}",
    "set unknown": "set setting_of_tomorrow = 1",
    "raise readonly": "select 1 settings readonly = 0",
    "raise time": "select 1 settings max_execution_time = 1000",
    "second statement": "select 1; drop table llm_spans",
    "second statement after comment": "select 1 /* ; */; insert into llm_spans (trace_id) values ('x')",
    "parallel": "select 1 parallel with drop table llm_spans",
    "outfile": "select 1 into outfile '{outside}' format CSV",
    "file table": "select * from file('{secret}', 'LineAsString')",
    "file table quoted": "select * from `file`('{secret}', 'LineAsString')",
    "file in": "select 'a' in file('{secret}', 'LineAsString')",
    "file nested": "select * from (select * from view(select * from file('{secret}', 'LineAsString')))",
    "file described": "describe table file('{secret}', 'LineAsString')",
    "file explained": "explain select file('{secret}')",
    "file function": "select file('{secret}')",
    "file shouted": "select FILE('{secret}')",
    "file mapped": "select arrayMap(file, ['{secret}'])",
    "file in lambda": "select arrayMap(x -> file(x), ['{secret}'])",
    "file applied": "select * apply(file) from (select '{secret}')",
    "file applied lambda": "select * apply(x -> file(x)) from (select '{secret}')",
    "file with combinator": "select file('{secret}') filter (where 1)",
    "file in with": "with file('{secret}') as x select x",
    "file in order": "select 1 order by file('{secret}')",
    "file in alias": "select toString(number) as toString, arrayMap(file, [toString]) from numbers(1)",
    "filesystem": "select * from filesystem('/')",
    "url": "select * from url('http://127.0.0.1:9/', 'LineAsString')",
    "s3": "select * from s3('http://127.0.0.1:9/bucket/x', 'LineAsString')",
    "remote": "select * from remote('127.0.0.1:9', 'system.one')",
    "remote by function": "select hasColumnInTable('127.0.0.1:9', 'system', 'one', 'dummy')",
    "mysql": "select * from mysql('127.0.0.1:9', 'a', 'b', 'c', 'd')",
    "sqlite": "select * from sqlite('{secret}', 'x')",
    "executable": "select * from executable('ls', 'CSV', 'a String')",
    "python": "select * from python('asyncio')",
    "python unquoted": "select * from Python(asyncio)",
    "ai": "select aiGenerate('x')",
    "ai alias": "select AIGenerate('x')",
    "eval": "select * from eval('select 1')",
    "explained insert": "explain insert into llm_spans (trace_id) select 'x'",
    "schema written": "select 1 format Protobuf settings output_format_schema = '{outside}'",
    "explained away": "select * from (explain ast select file('{secret}'))",
    "insert into url": "insert into function url('http://127.0.0.1:9/', 'CSV') select 1",
    "insert in comment": "/* select 1 */ insert into llm_spans (trace_id) values ('x')",
    "create as": "create table stolen engine = Memory as select 1",
    "create view": "create view stolen as select 1",
    "create user": "create user thief",
    "create dictionary": "create dictionary d (a Int8) primary key a source(null()) layout(flat())",
    "named collection": "create named collection c as a = 1",
    "grant": "grant all on *.* to default",
    "attach": "attach table stolen from '{secret}' (a Int8) engine = File(CSV)",
    "undrop": "undrop table llm_spans",
    "exchange": "exchange tables llm_spans and trace_steps",
    "backup": "backup table llm_spans to File('{outside}')",
    "restore": "restore table llm_spans from File('{outside}')",
    "check": "check table llm_spans",
    "transaction": "begin transaction",
    "kill mutation": "kill mutation where 1",
    "execute as": "execute as default select 1",
    "outfile compressed": "select 1 into outfile '{outside}' truncate compression 'gzip'",
    "outfile of show": "show tables into outfile '{outside}'",
    "outfile of describe": "describe table llm_spans into outfile '{outside}'",
    "outfile of show create": "show create table llm_spans into outfile '{outside}'",
    "outfile of exists": "exists table llm_spans into outfile '{outside}'",
    "file after a comment": "-- harmless\n/* quite */ select file('{secret}')",
    "file described in a comment": "describe /* table */ file('{secret}', 'LineAsString')",
    "file described in a query": "describe (select file('{secret}'))",
    "url described": "describe table url('http://127.0.0.1:9/', 'LineAsString')",
    "file in a subquery": "select 1 in (select file('{secret}'))",
    "file in a scalar": "with (select file('{secret}')) as x select x",
    "file in an aggregate": "select groupArray(file('{secret}'))",
    "file in a window": "select count() over (partition by file('{secret}'))",
    "file by columns": "select columns('.*') apply file from (select '{secret}' as a)",
    "file in a fill": "select 1 as n, '' as s order by n with fill to 3 interpolate (s as file('{secret}'))",
    "file in a limit": "select 1 limit length(file('{secret}'))",
    "file in an array join": "select x from (select 1) array join [file('{secret}')] as x",
    "file in a having": "select 1 group by 1 having file('{secret}') != ''",
    "file in a join": "select 1 from numbers(1) as a join numbers(1) as b on file('{secret}') = ''",
    "file in a union": "select 'x' union all select file('{secret}')",
    "file in a view's argument": "select * from llm_calls_between(from = file('{secret}'), to = now())",
    "template": "select 1 format Template settings format_template_resultset = '{secret}'",
    "schema read": "select 1 as a format Protobuf settings format_schema = '{secret}:M'",
    "profile": "select 1 settings profile = 'default'",
    "filters off": "select 1 settings additional_table_filters = {'a': 'b'}",
    "memory in a subquery": "select * from (select 1 settings max_memory_usage = 0)",
    "set in a described query": "describe (select 1) settings readonly = 0",
    "merge": "select * from merge('system', '.*')",
    "loop": "select * from loop(llm_spans)",
    "dictionary": "select * from dictionary('d')",
    "index": "select * from mergeTreeIndex(currentDatabase(), llm_spans)",
    "fuzz": "select * from fuzzQuery('select 1')",
    "cluster": "select * from cluster('default', system.one)",
    "remote secure": "select * from remoteSecure('127.0.0.1:9', 'system.one')",
    "postgresql": "select * from postgresql('127.0.0.1:9', 'a', 'b', 'c', 'd')",
    "mongodb": "select * from mongodb('mongodb://127.0.0.1:9/a', 'b', 'a Int8')",
    "redis": "select * from redis('127.0.0.1:9', 'a', 'a String')",
    "hdfs": "select * from hdfs('hdfs://127.0.0.1:9/x', 'CSV')",
    "iceberg": "select * from icebergLocal('{secret}')",
    "remote described": "describe table remote('127.0.0.1:9', 'system.one')",
    "dictionary read": "select dictGet('d', 'a', 1)",
    "join read": "select joinGet('j', 'a', 1)",
    "catboost": "select catboostEvaluate('{secret}', 1)",
    "sleep": "select sleep(1)",
    "sleep each": "select sleepEachRow(1) from numbers(3)",
    "server setting": "select getServerSetting('max_connections')",
    "certificate": "select showCertificate()",
    "header": "select getClientHTTPHeader('authorization')",
    "addresses": "select addressToLine(1)",
    "users": "select * from system.users",
    "processes": "select query from system.processes",
    "disks": "select path from `system`.`disks`",
    "collections": 'select * from "system".named_collections',
    "log": "select * from system.query_log",
    "stacks": "select * from system.stack_trace",
    "metrics": "select * from system.asynchronous_metrics",
    "errors": "select * from system.errors",
    "server settings": "select * from system.server_settings",
    "processes described": "describe table system.processes",
    "processes created": "show create table system.processes",
    "processes exist": "exists system.processes",
    "show processes": "show processlist",
    "show users": "show users",
    "show grants": "show grants",
    "show access": "show access",
    "show create user": "show create user",
    "show create user by name": "show create user default",
    "show create quota": "show create quota",
    "too deep": "select " + "(" * 900 + "1" + ")" * 900,
    "unknown function": "select functionOfTomorrow(1)",
}


@pytest.fixture
def hostile(tmp_path: Path) -> dict[str, str]:
    """The hostile queries, aimed at a file that holds a secret and one that must not appear."""
    secret = tmp_path / "secret.txt"
    secret.write_text("canary")
    outside = tmp_path / "written.csv"
    return {
        name: query.replace("{secret}", str(secret)).replace("{outside}", str(outside))
        for name, query in HOSTILE.items()
    }


def test_hostile_queries_are_refused_and_change_nothing(
    store: Store, reader: Client, hostile: dict[str, str], tmp_path: Path
) -> None:
    counts = "select (select count() from llm_spans), (select count() from trace_steps)"
    held = reader.query(counts).result_rows
    before = sorted(path.name for path in tmp_path.iterdir())
    for name, query in hostile.items():
        with pytest.raises(DatabaseError) as refused:
            reader.raw_query(query)
        assert refused.value.code in {36, 46, 62, 115, 164, 167, 306, 497}, (name, refused.value)
        assert "canary" not in str(refused.value), name
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert reader.query(counts).result_rows == held
    book(store, [a_call()])


def test_a_refusal_says_what_was_asked(reader: Client) -> None:
    for query, words in {
        "select file('/etc/hostname')": "function file is not available",
        "select * from url('http://127.0.0.1:9/', 'CSV')": "table function url is not available",
        "select * from system.users": "table system.users is not available",
        "alter table llm_spans delete where 1": "only queries are answered here, not ALTER TABLE",
        "/* note */ grant all on *.* to x": "only queries are answered here, not GRANT ALL",
    }.items():
        with pytest.raises(DatabaseError, match=words.replace("(", r"\(")):
            reader.raw_query(query)


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("select arrayMap({name:Identifier}, ['/etc/hostname'])", "file"),
        ("select * from system.{name:Identifier}", "processes"),
        ("select * from {name:Identifier}", "system.processes"),
    ],
)
def test_an_identifier_parameter_opens_no_door(reader: Client, query: str, value: str) -> None:
    with pytest.raises(DatabaseError, match="is not available"):
        reader.raw_query(query, parameters={"name": value})


def test_with_the_system_database_as_the_current_one_too(url: str) -> None:
    for query in ("select * from processes", "describe table users", "show create table disks"):
        answer = httpx.post(url, params={"database": "system"}, content=query)
        assert answer.headers["X-ClickHouse-Exception-Code"] == "497", answer.text


def test_a_hidden_table_reached_all_the_same_is_empty(store: Store, reader: Client) -> None:
    """The second wall: IN reads a table that it does not name as one."""
    assert store.query_app is not None
    query = "select (word, context, assumeNotNull(belongs)) in (system.completions)"
    a_row = " from (select * from values('word String, context String, belongs Nullable(String)',"
    known = store.query_app.engine.catalogue.ask(
        "select word, context, belongs from system.completions where belongs != '' limit 1",
        output="Values",
    )
    asked = f"{query}{a_row} {known.decode()}))"
    assert store.query_app.engine.catalogue.ask(asked) == b"1\n"
    assert reader.query(asked).result_rows == [(0,)]


def test_what_a_reader_sees_of_the_system_is_the_ledger_and_what_the_engine_can_do(
    reader: Client,
) -> None:
    names = reader.query("select name from system.tables where database = 'system'").result_columns
    assert set(names[0]) <= SYSTEM_TABLES
    assert "processes" not in str(reader.raw_query("show tables from system"))
    columns = reader.query("select distinct table from system.columns where database = 'system'")
    assert set(columns.result_columns[0]) <= SYSTEM_TABLES
