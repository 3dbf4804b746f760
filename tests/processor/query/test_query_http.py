"""The read interface is a ClickHouse server to its clients, and a closed door to everything else."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import lz4.frame
import pytest
import zstandard
from spantally_processor.access import Readers
from spantally_processor.config import Reader
from spantally_processor.query import QueryApp
from spantally_processor.store.read_settings import ReadLimits
from support.ledger import served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_connect.driver.client import Client
    from spantally_processor.store import Store


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
            " from llm_spans group by day, user order by day with fill step toIntervalDay(1)"
        ),
        (
            "select arrayMap(line -> line.1, lines.meter as m), formatReadableQuantity(1e6), m"
            " from (select [tuple('a')] as `lines.meter`)"
        ),
        "select arrayMap(toString, [1, 2]), tags['region'] from llm_spans",
        "select * except tags from llm_spans limit 10",
        "select * from numbers(3) as n left join values('number UInt64', 1) as v using (number)",
        "select name from system.tables where database = currentDatabase();",
        "select name, value from system.settings as s where s.changed or s.name like 'max_%' limit 3",
        "select * from llm_calls_between(from = '2026-11-01', to = '2026-12-01') settings max_threads = 1",
        "select * from spantally.llm_calls_between(from = '2026-11-01', to = '2026-12-01')",
        "from llm_calls select team limit 1 settings max_execution_time = 5, join_use_nulls = 1",
        "show tables",
        "show databases",
        "show columns from llm_spans",
        "show index from llm_spans",
        "show create table llm_spans",
        "show create view `llm_calls`",
        "show create database spantally",
        'exists table "spantally"."llm_spans"',
        "exists database spantally",
        "-- a note\nexists view llm_calls",
        "describe table llm_spans",
        'desc "spantally"."llm_calls"',
        "/* Superset */ describe (select team, sum(cost) from llm_calls group by team)",
        "describe table system.settings",
        "explain select sum(cost) from llm_spans",
        "select 'insert into x', '; drop table llm_spans -- '",
    ],
)
def test_questions_are_answered(reader: Client, query: str) -> None:
    assert isinstance(reader.raw_query(query, fmt="JSON"), bytes)


@pytest.fixture(scope="module")
def small(store: Store) -> Iterator[str]:
    """The read interface with limits that a test can reach."""
    assert store.query_app is not None
    limits = ReadLimits(seconds=1, memory_bytes=50_000_000, result_rows=1000, result_bytes=100_000)
    engine = replace(store.query_app.engine, limits=limits)
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


def test_what_is_no_query_is_rejected(url: str) -> None:
    def status(method: str, path: str = "/", **request: object) -> int:
        return httpx.request(method, f"{url}{path}", **request).status_code  # type: ignore[arg-type]

    assert status("GET", "/play") == 404
    assert status("DELETE") == 405
    assert status("POST", content=b"\xff\xfe") == 400
    assert status("POST", content=b"x" * 2_000_000) == 413
    assert status("POST", content=b"x", headers={"Content-Encoding": "br"}) == 415
    assert status("POST", files={"query": b"select 1"}) == 415


ENCODERS = {"gzip": gzip.compress, "lz4": lz4.frame.compress, "zstd": zstandard.compress}


@pytest.mark.parametrize("encoding", ENCODERS)
def test_a_query_may_come_compressed_and_no_bomb_is_inflated(url: str, encoding: str) -> None:
    def ask(body: bytes) -> httpx.Response:
        return httpx.post(url, content=body, headers={"Content-Encoding": encoding})

    encode = ENCODERS[encoding]
    assert ask(encode(b"select 7")).text == "7\n"
    assert ask(encode(b"select 7")[:-4]).status_code == 400
    assert ask(b"select 7").status_code == 400
    assert ask(encode(b" " * 50_000_000)).status_code == 413


def test_a_query_may_come_as_a_form(url: str) -> None:
    fields = {"query": (None, "select {x:String}"), "param_x": (None, "a\\tb")}
    assert httpx.post(url, files=fields).text == "a\\tb\n"


def test_a_large_insert_is_told_why_and_not_that_it_is_large(url: str) -> None:
    asked = {"query": "insert into llm_spans format Native"}
    answer = httpx.post(url, params=asked, content=b"\xff" * 2_000_000)
    assert answer.headers["X-ClickHouse-Exception-Code"] == "164"
    assert "INSERT is not answered here" in answer.text


@pytest.mark.parametrize(
    "setting",
    [
        {"readonly_": "0"},
        {"output_format_schema": "/tmp/x"},  # noqa: S108 - must be refused
        {"additional_table_filters": "{}"},
        {"output_format_json_quote_decimals&max_memory_usage": "0"},
    ],
)
def test_a_setting_is_one_of_those_that_shape_the_answer(url: str, setting: dict[str, str]) -> None:
    answer = httpx.get(url, params={"query": "select 1", **setting})
    assert answer.headers["X-ClickHouse-Exception-Code"] in {"115", "164"}, answer.text


@pytest.mark.parametrize(
    ("asked", "holds"),
    [("5", 5), ("29.5", 29), ("0", 30), ("60", 30), ("1e9", 30)],
)
def test_a_limit_can_be_lowered_and_not_raised(url: str, asked: str, holds: int) -> None:
    query = "select getSetting('max_execution_time')"
    found = httpx.get(url, params={"query": query, "max_execution_time": asked}).text
    assert int(float(found)) == holds


@pytest.mark.parametrize("value", ["-1", "nan", "much", "1, readonly = 0"])
def test_a_limit_is_a_number(url: str, value: str) -> None:
    answer = httpx.get(url, params={"query": "select 1", "max_memory_usage": value})
    assert answer.headers["X-ClickHouse-Exception-Code"] == "72", answer.text


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


def test_an_answer_says_what_it_took(url: str) -> None:
    asked = {"query": "select * from numbers(7)", "send_progress_in_http_headers": "1"}
    answer = httpx.get(url, params={**asked, "query_id": "mine"})
    summary = json.loads(answer.headers["X-ClickHouse-Summary"])
    assert (summary["result_rows"], summary["read_rows"]) == ("7", "7")
    assert json.loads(answer.headers["X-ClickHouse-Progress"])["read_rows"] == "7"
    assert answer.headers["X-ClickHouse-Query-Id"] == "mine"
    assert answer.headers["X-ClickHouse-Timezone"]


def test_a_client_on_default_finds_the_ledger(url: str) -> None:
    """Most clients name that database unless they are told another."""
    asked = {"query": "select count() from llm_calls", "database": "default"}
    assert httpx.get(url, params=asked).text == "3\n"


def test_a_session_keeps_what_set_and_use_say(url: str) -> None:
    def ask(query: str, **more: str) -> httpx.Response:
        return httpx.post(url, params={"session_id": "s", **more}, content=query)

    assert ask("set extremes = 1").text == ""
    assert ask("use system").text == ""
    assert ask("select getSetting('extremes'), currentDatabase()").text.startswith("true\tsystem")
    assert httpx.post(url, content="select currentDatabase()").text == "spantally\n"
    assert ask("set join_use_nulls = 1", session_id="other").status_code == 200
    assert ask("select getSetting('join_use_nulls')").text.startswith("false")
    once = {"max_block_size": "7"}
    assert ask("select getSetting('max_block_size')", **once).text.startswith("7\n")
    assert not ask("select getSetting('max_block_size')").text.startswith("7\n")
    assert ask("use nowhere").headers["X-ClickHouse-Exception-Code"] == "81"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"session_id": "never", "session_check": "1"}, "372"),
        ({"session_id": "x", "session_timeout": "3601"}, "374"),
        ({"session_id": "x", "session_timeout": "soon"}, "374"),
    ],
)
def test_a_session_that_cannot_be_is_refused(url: str, fields: dict[str, str], code: str) -> None:
    answer = httpx.get(url, params={"query": "select 1", **fields})
    assert answer.headers["X-ClickHouse-Exception-Code"] == code


def test_a_session_has_one_query_at_a_time(url: str) -> None:
    async def both() -> list[str]:
        asked = {"query": "select count() from numbers(300000000) where not ignore(number)"}
        async with httpx.AsyncClient(params={"session_id": "one", **asked}) as client:
            answers = await asyncio.gather(client.get(url, timeout=60), client.get(url, timeout=60))
        return [each.headers.get("X-ClickHouse-Exception-Code", "") for each in answers]

    assert sorted(asyncio.run(both())) == ["", "373"]


@pytest.mark.parametrize("version", ["54404", "54480", "later"])
def test_a_protocol_version_that_is_not_spoken_is_refused(url: str, version: str) -> None:
    asked = {"query": "select 1 format Native", "client_protocol_version": version}
    answer = httpx.get(url, params=asked)
    assert answer.headers["X-ClickHouse-Exception-Code"] == "36"


def test_a_closed_ledger_is_not_opened_again_by_a_late_reader(store: Store) -> None:
    assert store.query_app is not None
    app = QueryApp(store.query_app.engine)
    with served(app) as url:
        app.close()
        assert httpx.get(url, params={"query": "select 1"}).status_code == 503


def test_elsewhere_every_way_to_show_a_readers_token_lets_in(store: Store) -> None:
    assert store.query_app is not None
    app = QueryApp(store.query_app.engine)
    digest = hashlib.sha256(b"secret").hexdigest()
    app.readers = Readers((Reader(name="grafana", sha256=digest),))
    asked = {"query": "select 1"}
    elsewhere = {"Host": "ledger.example"}
    with served(app) as url:
        for more, fields in (
            ({"X-ClickHouse-User": "any", "X-ClickHouse-Key": "secret"}, {}),
            ({"Authorization": "Bearer secret"}, {}),
            ({"Authorization": f"Basic {base64.b64encode(b'any:secret').decode()}"}, {}),
            ({}, {"user": "any", "password": "secret"}),
        ):
            answer = httpx.get(url, params=asked | fields, headers=elsewhere | more)
            assert answer.text == "1\n", more
        for more in ({}, {"X-ClickHouse-Key": "wrong"}, {"Authorization": "Basic !"}):
            refused = httpx.get(url, params=asked, headers=elsewhere | more)
            assert refused.status_code == 401
            assert refused.headers["X-ClickHouse-Exception-Code"] == "516"
            assert httpx.get(f"{url}/ping", headers=elsewhere | more).status_code == 401
        assert httpx.get(url, params=asked).text == "1\n"
        foreign = {"Origin": "https://attacker.example"}
        assert httpx.post(url, params=asked, headers=foreign).status_code == 401
