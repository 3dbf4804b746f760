"""Native columns, read back by ClickHouse and by an independent driver."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from spantally_pricing import RateTable
from spantally_processor.dialects import read_span, views
from spantally_processor.ledger.reader import LedgerReader
from spantally_processor.otlp.lean import lean_request
from spantally_processor.pricer import Pricer
from spantally_processor.sinks import native
from spantally_processor.sinks.coding import Coded, coded_texts
from spantally_processor.sinks.columns import llm_columns, place_columns, step_columns
from spantally_processor.store import open_store
from support.otlp import NOON_NS, a_call, a_request, a_span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spantally_processor.sinks.native import Column
    from spantally_processor.store.embedded import EmbeddedStore

TEXTS = ["", "a", "ünïcode \U0001f600", "x" * 127, "y" * 128, "z" * 70_000, "a"]
MANY = [f"text {number % 70_000}" for number in range(140_000)]
MONEY = [0, 1, 10**18, 2**63 - 1, 2**63, 2**64 - 1, 2**64, 10**38 - 1, -1, -(10**37)]
BOOKED_NS = NOON_NS + 5 * 10**9 + 123_456


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    opened: Any = open_store(f"chdb://{tmp_path_factory.mktemp('native')}/ledger")
    opened.migrate()
    yield opened
    opened.close()


def at_scale(number: int, places: int = 18) -> Decimal:
    sign, digits, _ = Decimal(number).as_tuple()
    return Decimal((sign, digits, -places))


COLUMNS: dict[str, tuple[Column, list[Any]]] = {
    "strings": (native.strings(TEXTS), TEXTS),
    "ids": (native.hex_strings([b"\0" * 16, b"\xff" * 16]), ["0" * 32, "f" * 32]),
    "short ids": (native.hex_strings([b"\x01" * 8]), ["01" * 8]),
    "some ids are absent": (native.hex_strings([b"", b"\x01" * 8]), ["", "01" * 8]),
    "no id": (native.hex_strings([b"", b""]), ["", ""]),
    "odd ids": (native.hex_strings([b"\x01", b"\x02\x03"]), ["01", "0203"]),
    "long ids": (native.hex_strings([b"\x07" * 64]), ["07" * 64]),
    "few texts": (coded_texts(TEXTS), TEXTS),
    "one text": (coded_texts(["a"] * 3), ["a"] * 3),
    "300 texts": (coded_texts(MANY[:300]), MANY[:300]),
    "70,000 texts": (coded_texts(MANY), MANY),
    "bytes": (native.numbers("UInt8", [0, 255]), [0, 255]),
    "booleans": (native.numbers("Bool", [True, False]), [True, False]),
    "large": (native.numbers("UInt64", [0, 2**64 - 1]), [0, 2**64 - 1]),
    "nulls": (native.nullable_numbers("UInt64", [None, 7, None]), [None, 7, None]),
    "seconds": (native.nullable_numbers("Float32", [None, 0.5]), [None, 0.5]),
    "money": (native.decimals("Decimal(38, 18)", MONEY), list(map(at_scale, MONEY))),
    "small money": (native.decimals("Decimal(38, 18)", MONEY[:4]), list(map(at_scale, MONEY[:4]))),
    "money or not": (
        native.nullable_decimals("Decimal(38, 18)", [None, 5, None]),
        [None, at_scale(5), None],
    ),
    "arrays": (native.arrays([2, 0, 1], coded_texts(["a", "b", "a"])), [["a", "b"], [], ["a"]]),
    "empty arrays": (native.arrays([0, 0], coded_texts([])), [[], []]),
    "maps": (
        native.maps([1, 0, 2], coded_texts(["k", "k", "l"]), native.strings(["1", "2", "3"])),
        [{"k": "1"}, {}, {"k": "2", "l": "3"}],
    ),
    "maps of arrays": (
        native.maps(
            [1, 1], coded_texts(["k", "l"]), native.arrays([2, 0], native.strings(["1", "2"]))
        ),
        [{"k": ["1", "2"]}, {"l": []}],
    ),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_comes_back_as_it_went(store: EmbeddedStore, name: str) -> None:
    column, expected = COLUMNS[name]
    table = "t_" + "".join(filter(str.isalnum, name))
    engine = store._engine
    engine.command(
        f"create table {table} (n UInt32, c {column.type}) engine = MergeTree order by n"
    )
    order = native.numbers("UInt32", range(len(expected)))
    block = native.block({"n": order, "c": column}, len(expected))
    engine.insert_native(table, ["n", "c"], block, settings={})
    assert [row[0] for row in engine.rows(f"select c from {table} order by n")] == expected  # noqa: S608


def test_shared_items_are_told_apart_by_identity_and_written_once() -> None:
    first, second = ["a"], ["a"]
    coded = Coded([first, second, first])
    assert coded.items == [["a"], ["a"]]
    assert coded.each(len) == [1, 1, 1]
    assert coded.texts(lambda item: item[0]) == coded_texts(["a", "a", "a"])


def test_columns_have_the_types_of_the_tables(store: EmbeddedStore) -> None:
    reader = LedgerReader(Pricer(RateTable.bundled()))
    (rows,) = reader.rows(lean_request(a_request(a_call()).SerializeToString()))
    places = place_columns([""], rows, BOOKED_NS)
    query = "select name, type from system.columns where table = {table:String}"
    of_counting = " and name not in ('verdict', 'counted_trace_id', 'counted_span_id', 'judged')"
    for table, columns in (
        ("trace_steps", step_columns(rows, places)),
        ("llm_spans", llm_columns(rows, places)),
    ):
        types = dict(
            store._engine.rows(query + of_counting + " and default_kind = ''", {"table": table})
        )
        assert {name: column.type for name, column in columns.items()} == types


def test_a_row_says_what_the_priced_span_says(store: EmbeddedStore) -> None:
    pricer = Pricer(RateTable.bundled())
    call = a_call(
        gen_ai__usage__reasoning__output_tokens=64,
        gen_ai__response__time_to_first_chunk=0.25,
        gen_ai__response__id="chatcmpl-1",
        spantally__service_tier="flex",
        http__response__status_code=200,
        spantally__tag__team="growth",
        spantally__tag__customer="acme",
        spantally__tag__tier="gold",
        spantally__tag_sources="team=env,customer=baggage",
        spantally__usage__parts=json.dumps(
            [{"kind": "advisor", "model": "gpt-5-mini", "usage": {"input_tokens": 9}}]
        ),
    )
    call.parent_span_id = b"p" * 8
    call.end_time_unix_nano = call.start_time_unix_nano + 1_234_567_890
    resource = {"service.name": "shop", "service.version": "2.1.0"}
    request = a_request(call, a_span({"x": 1}), resource=resource)
    lean = lean_request(request.SerializeToString())
    rows = LedgerReader(pricer).rows(lean)[0][:1]
    places = place_columns(["tenant"], rows, BOOKED_NS)
    columns = llm_columns(rows, places)
    store.insert_native("llm_spans", list(columns), native.block(columns, 1), token="one")
    view = next(iter(views(request.resource_spans)))
    span = read_span(view)
    assert span is not None
    priced = pricer.price(span)
    names = [name for name in columns if not name.startswith(("lines.", "parts."))]
    (found,) = store._engine.rows(f"select {', '.join(names)} from llm_spans")  # noqa: S608
    row = dict(zip(names, found, strict=True))
    start = datetime.fromtimestamp(NOON_NS // 10**9, UTC).replace(
        tzinfo=None
    )  # as the driver has it
    expected = {
        "tenant": "tenant",
        "trace_id": call.trace_id.hex(),
        "span_id": call.span_id.hex(),
        "parent_span_id": "70" * 8,
        "start_time": start,
        "duration_us": 1_234_567,
        "ingested_at": start + timedelta(seconds=5, microseconds=123),
        "service_version": "2.1.0",
        "role": "call",
        "time_to_first_chunk": 0.25,
        "team": "growth",
        "customer": "acme",
        "tags": {"tier": "gold"},
        "tag_sources": {"team": "env", "customer": "baggage", "tier": ""},
        "tag_conflicts": {},
        "attribution_missing": ["feature", "workflow", "environment"],
        "usage_source": "provider",
        "usage": dict(span.usage or {}),
        "input_tokens": 1000,
        "output_tokens": 100,
        "reasoning_tokens": 64,
        "cache_read_tokens": None,
        "cache_write_tokens": None,
        "pricing_status": "priced",
        "unpriced_reason": "",
        "cost": priced.amount,
        "list_cost": priced.list_amount,
        "cost_source": "computed",
        "stated_differs": False,
        "table_version": pricer.version,
        "context": {"service_tier": "flex"},
        **dict.fromkeys(
            ("project", "feature", "workflow", "user", "environment", "task", "property"), ""
        ),
        "outcome": "",
    }
    as_they_are = row.keys() - expected.keys()
    expected |= {name: getattr(span, name) for name in as_they_are}
    assert row == expected

    (parts,) = store._engine.rows(
        "select `parts.kind`, `parts.model`, `parts.usage` from llm_spans"
    )
    assert parts == (["advisor"], ["gpt-5-mini"], [{"input_tokens": 9}])

    line_names = [name for name in columns if name.startswith("lines.")]
    selected = ", ".join(f"`{name}`" for name in line_names)
    (found,) = store._engine.rows(f"select {selected} from llm_spans")  # noqa: S608
    lines = dict(zip(line_names, found, strict=True))
    for name, values in lines.items():
        field = name.removeprefix("lines.")
        assert list(values) == [getattr(line, field) for line in priced.lines], name
