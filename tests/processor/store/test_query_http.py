"""The read interface is a ClickHouse server to its clients, and a closed door to everything else."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import httpx
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError
from spantally_processor.query_http import QueryApp
from spantally_processor.store.read_only import ReadLimits, ReadOnlyEngine
from support.ledger import a_call, book, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clickhouse_connect.driver.client import Client
    from spantally_processor.store import Store


def test_a_clickhouse_client_reads_typed_rows(store: Store, reader: Client) -> None:
    amount = Decimal("1234.000000000000000001")
    call = a_call(cost=amount, tags={"region": "eu"}, attribution_missing=["customer"])
    book(store, [call, a_call(cost=None)])
    result = reader.query(
        "select cost, tags, attribution_missing, start_time from llm_spans order by cost"
    )
    assert result.column_names == ("cost", "tags", "attribution_missing", "start_time")
    assert result.result_rows[0][:3] == (amount, {"region": "eu"}, ["customer"])
    assert result.result_rows[0][3].astimezone(UTC) == call["start_time"]
    assert result.result_rows[1][0] is None


def test_parameters_are_bound_by_the_server(store: Store, reader: Client) -> None:
    names = ["it's", "back\\slash", "tab\there", "line\nbreak", "{a:String}", "50 % off", "日本"]
    book(store, [a_call(workflow=name) for name in names])
    for name in names:
        found = reader.query(
            "select count() from llm_spans where workflow = {name:String}"
            " and start_time < {before:DateTime64(6, 'UTC')}",
            parameters={"name": name, "before": datetime(2027, 1, 1, tzinfo=UTC)},
        )
        assert found.result_rows == [(1,)], name


@pytest.mark.parametrize(
    "query",
    [
        "select 1",
        "select count() from llm_spans final where has(attribution_missing, 'customer')",
        "with sum(cost) as total select team, total, total / sum(total) over () from llm_spans group by team",
        (
            "select sumIf(cost, team = ''), quantilesTDigestIf(0.5, 0.9)(duration_us, role = 'call'),"
            " countDistinct(trace_id), groupUniqArrayArray(mapKeys(tags)) from llm_spans"
        ),
        "select sum(cost) filter (where role = 'call') from llm_spans",
        (
            "select toStartOfInterval(start_time, interval 1 day) as day, user, sum(cost)"
            " from llm_spans group by grouping sets ((), (day, user)) order by day with fill"
        ),
        (
            "select arrayMap(line -> line.1, lines.meter as m), formatReadableQuantity(1e6), m"
            " from (select [tuple('a')] as `lines.meter`)"
        ),
        "select arrayMap(toString, [1, 2]), tags['region'] from llm_spans",
        "select * except tags from llm_spans limit 10",
        "select * from numbers(3) as n left join values('number UInt64', 1) as v using (number)",
        "select name from system.tables where database = currentDatabase();",
        "show tables",
        "describe table llm_spans",
        "explain select sum(cost) from llm_spans",
        "select 'insert into x', '; drop table llm_spans -- '",
    ],
)
def test_questions_are_answered(reader: Client, query: str) -> None:
    assert isinstance(reader.raw_query(query, fmt="JSON"), bytes)


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
    "use": "use system",
    "set": "set readonly = 0",
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
    book(store, [a_call()])
    before = sorted(path.name for path in tmp_path.iterdir())
    for name, query in hostile.items():
        with pytest.raises(DatabaseError) as refused:
            reader.raw_query(query)
        assert refused.value.code in {46, 62, 164, 497, 36}, (name, str(refused.value))
        assert "canary" not in str(refused.value), name
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert reader.query("select count() from llm_spans").result_rows == [(1,)]
    book(store, [a_call()])


def test_an_identifier_parameter_cannot_name_a_forbidden_function(
    reader: Client, tmp_path: Path
) -> None:
    with pytest.raises(DatabaseError, match="file is not available"):
        reader.raw_query(
            "select arrayMap({name:Identifier}, ['/etc/hostname'])", parameters={"name": "file"}
        )


@pytest.fixture
def small(store: Store, tmp_path: Path) -> Iterator[str]:
    """The read interface with limits that a test can reach."""
    limits = ReadLimits(seconds=1, memory_bytes=50_000_000, result_rows=1000, result_bytes=100_000)
    engine = ReadOnlyEngine(str(tmp_path / "ledger"), "spantally", limits)
    with served(QueryApp(engine)) as url:
        yield url


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("select count() from numbers(1000000000000) where not ignore(number)", "159"),
        ("select groupArray(number) from numbers(1000000000)", "241"),
        ("select number from numbers(2000)", "396"),
        ("select repeat(toString(number), 1000) from numbers(500)", "396"),
    ],
    ids=["time", "memory", "rows", "bytes"],
)
def test_a_query_that_takes_too_much_is_ended(small: str, query: str, code: str) -> None:
    answer = httpx.post(small, content=query)
    assert answer.headers["X-ClickHouse-Exception-Code"] == code
    assert httpx.get(f"{small}/", params={"query": "select 1"}).text == "1\n"


@pytest.fixture
def url(store: Store) -> Iterator[str]:
    with served(store.query_app) as url:
        yield url


def test_the_plain_http_interface(url: str) -> None:
    assert httpx.get(f"{url}/ping").text == "Ok.\n"
    assert httpx.get(url).text == "Ok.\n"
    asked = {
        "query": "select {x:String} as x, 1 as y",
        "param_x": "a\\tb",
        "default_format": "JSON",
    }
    answer = httpx.get(url, params=asked)
    assert answer.json()["data"] == [{"x": "a\tb", "y": 1}]
    assert answer.headers["X-ClickHouse-Format"] == "JSON"
    assert answer.headers["Content-Type"].startswith("application/json")
    embedded = httpx.post(url, content="select 1 as a format CSVWithNames")
    assert (embedded.text, embedded.headers["X-ClickHouse-Format"]) == ('"a"\n1\n', "CSVWithNames")
    elsewhere = {"database": "system", "query": "select count() > 0 from tables"}
    assert httpx.get(url, params=elsewhere).text == "1\n"


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("select from where", 400, "62"),
        ("select * from no_such_table", 404, "60"),
        ("select no_such_column from llm_spans", 404, "47"),
        ("select {x:String}", 400, "456"),
        ("drop table llm_spans", 403, "164"),
        ("select file('/etc/hostname')", 403, "497"),
    ],
)
def test_errors_have_clickhouse_codes(url: str, query: str, status: int, code: str) -> None:
    answer = httpx.post(url, content=query)
    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (status, code)
    assert answer.text.startswith(f"Code: {code}. DB::Exception")


def test_what_is_not_a_query_of_this_machine_is_rejected(url: str) -> None:
    def status(method: str, path: str = "/", **request: object) -> int:
        return httpx.request(method, f"{url}{path}", **request).status_code  # type: ignore[arg-type]

    assert status("GET", "/play") == 404
    assert status("DELETE") == 405
    assert status("POST", content=b"\xff\xfe") == 400
    assert status("POST", content=b"x" * 2_000_000) == 413
    assert status("POST", content=b"x", headers={"Content-Encoding": "gzip"}) == 415
    assert status("POST", files={"query": b"select 1"}) == 415
    assert status("GET", headers={"Host": "attacker.example"}) == 403
    assert status("GET", params={"query": "select 1", "max_memory_usage": "0"}) == 403


@pytest.mark.parametrize(
    "setting",
    [
        {"max_execution_time": "0"},
        {"readonly_": "0"},
        {"output_format_schema": "/tmp/x"},  # noqa: S108 - must be refused
        {"output_format_json_quote_decimals&max_memory_usage": "0"},
    ],
)
def test_a_setting_is_one_of_a_few_that_shape_the_output(url: str, setting: dict[str, str]) -> None:
    answer = httpx.get(url, params={"query": "select 1", **setting})
    assert answer.headers["X-ClickHouse-Exception-Code"] == "164", answer.text


def test_a_settings_value_sets_nothing_else(url: str) -> None:
    for value in (
        "1&max_execution_time=9&readonly=0",
        "1', max_execution_time = '9",
        "1\\', x = '",
    ):
        asked = {"query": "select getSetting('max_execution_time')"}
        answer = httpx.get(url, params={**asked, "output_format_json_quote_decimals": value})
        assert "X-ClickHouse-Exception-Code" in answer.headers, answer.text
    asked = {"query": "select 1.5::Decimal(9, 2) as x format JSONEachRow"}
    quoted = httpx.get(url, params={**asked, "output_format_json_quote_decimals": "1"})
    assert quoted.text == '{"x":"1.5"}\n'


def test_a_closed_ledger_is_not_opened_again_by_a_late_reader(store: Store) -> None:
    with served(store.query_app) as url:
        store.query_app.close()
        assert httpx.get(url, params={"query": "select 1"}).status_code == 503
