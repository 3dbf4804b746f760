"""Blocks for a client's protocol version hold the same values as those of version 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from clickhouse_connect import common, get_client

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

COLUMNS = """
    number, -number, toUInt8(number), toInt128(number), toUInt256(number), toFloat32(number),
    toDecimal32(number, 2), toDecimal64(number, 3), toDecimal128(number, 4), toDecimal256(number, 5),
    toDate(number), toDate32(number), toDateTime(number, 'UTC'), toDateTime64(number, 6, 'UTC'),
    toIntervalDay(number),
    toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0'), toIPv4(number), toIPv6('::1'), number % 2 = 1,
    toString(number), repeat('x', number * 40), toFixedString(toString(number % 10), 3), '',
    if(number % 2, null, number), if(number % 3, null, toString(number)), null,
    toLowCardinality(toString(number % 4)), toLowCardinality(if(number % 2, null, toString(number))),
    cast('b', 'Enum8(\\'a,(\\' = 1, \\'b\\' = 2)'), cast('b', 'Enum16(\\'a\\' = 1, \\'b\\' = 1000)'),
    range(number), arrayMap(x -> toString(x), range(number)), [[number], []], emptyArrayString(),
    arrayMap(x -> toLowCardinality(toString(x)), range(number % 3)), [if(number % 2, null, number)],
    map('a', number), map(toLowCardinality('k'), toLowCardinality(toString(number))), map(),
    (number, toString(number), [number]), tuple(number), [('a', number), ('b', number)],
    cast((number, 'x'), 'Tuple(`a b` UInt64, c LowCardinality(String))')
"""
"""One of each kind, empty and full, long and short."""


def rows(url: str, query: str, *, versioned: bool) -> tuple[int, list[tuple[object, ...]]]:
    host, _, port = url.removeprefix("http://").partition(":")
    common.set_setting("use_protocol_version", versioned)
    try:
        with get_client(host=host, port=int(port)) as client:
            return client.protocol_version, list(client.query(query).result_rows)
    finally:
        common.set_setting("use_protocol_version", True)


@pytest.mark.parametrize("block", ["1", "3", "1000"])
def test_every_kind_of_column_reads_the_same(url: str, block: str) -> None:
    query = f"select {COLUMNS} from numbers(200) settings max_block_size = {block}"  # noqa: S608
    version, found = rows(url, query, versioned=True)
    plain, expected = rows(url, query, versioned=False)
    assert (version, plain) == (54405, 0)
    assert len(found) == 200
    assert found == expected


def test_the_ledgers_own_tables_read_the_same(url: str) -> None:
    query = "select * from llm_spans order by span_id"
    assert rows(url, query, versioned=True)[1] == rows(url, query, versioned=False)[1]


def test_an_empty_result_has_no_blocks(reader: Client) -> None:
    assert reader.query("select 1 where 0").result_rows == []


def test_a_type_that_cannot_be_walked_through_says_so(url: str) -> None:
    asked = {"client_protocol_version": "54460", "default_format": "Native"}
    answer = httpx.post(url, params=asked, content="select sumState(number) as s from numbers(3)")
    assert answer.status_code == 501
    assert "AggregateFunction(sum, UInt64) is not sent to protocol version 54460" in answer.text
