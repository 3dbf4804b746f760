"""docs/reference/ledger.md is what the ledger's tables say of themselves; UPDATE_LEDGER=1 writes it anew."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from spantally_processor.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spantally_processor.store.engine import Engine

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "ledger.md"
MEASURED = json.loads((ROOT / "tests" / "bench" / "column_bytes.json").read_text())
"""Written by `tests/bench/queries.py --sizes`."""

HEAD = f"""# The ledger's tables

What the tables say of themselves: `describe table` has the same. A test keeps this page and the schema the
same. Analysts ask [views](views.md); the tables are for those who want everything.

Amounts are exact USD in `Decimal(38, 18)`; null is unknown and never 0. Times are UTC, with microseconds. A
table whose engine is ReplacingMergeTree is read with FINAL. In a Replicated database and on a cluster the
engines are the replicated ones, and a table with a `trace_id` is sharded by it.

**Bytes a row** are those on disk, compressed, of {MEASURED["calls"]:,} calls that `tests/bench/queries.py`
makes up ({MEASURED["measured"]}, chDB {MEASURED["engine"]}); not measured where it has no rows of a table,
or only parts so small that all columns are in one file.
Below 0.05 they are 0.0. Aliases take none. Real ids, tags and counts take more or less.
"""

UNITS = re.compile(
    r"\b(USD|tokens?|microseconds|seconds|calls?|attempts?|spans|how many|hash|status|rank|multiplies|a number"
    r"|begin|0 )\b"
)
"""One of these is in what is said of a number; a Date and a time have theirs in their type."""

TABLES = """
select name, engine, partition_key, sorting_key, comment
from system.tables
where database = currentDatabase() and engine != 'View'
order by name
"""
COLUMNS = """
select table, name, type, default_kind, comment
from system.columns
where database = currentDatabase() and table in (select name from system.tables
    where database = currentDatabase() and engine != 'View')
order by table, position
"""


class Column(NamedTuple):
    table: str
    name: str
    type: str
    kind: str
    comment: str


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    store = open_store(f"chdb://{tmp_path_factory.mktemp('schema')}/ledger")
    store.migrate()
    yield store._engine  # type: ignore[attr-defined]
    store.close()


@pytest.fixture(scope="module")
def columns(engine: Engine) -> Sequence[Column]:
    return [Column(*row) for row in engine.rows(COLUMNS)]


def test_every_column_says_what_it_holds(columns: Sequence[Column]) -> None:
    assert [f"{each.table}.{each.name}" for each in columns if not each.comment] == []


def test_every_number_says_its_unit_and_every_amount_that_it_is_in_usd(
    columns: Sequence[Column],
) -> None:
    numbers = [each for each in columns if re.search(r"\bU?Int|Float|Decimal", each.type)]
    without = [each for each in numbers if not UNITS.search(each.comment)]
    assert [f"{each.table}.{each.name}: {each.comment}" for each in without] == []
    amounts = [each for each in columns if "Decimal(38, 18)" in each.type]
    assert [each for each in amounts if "USD" not in each.comment] == []


def test_the_page_is_what_the_tables_say(engine: Engine, columns: Sequence[Column]) -> None:
    page = HEAD + "".join(
        section(table, [each for each in columns if each.table == table[0]])
        for table in engine.rows(TABLES)
    )
    if os.environ.get("UPDATE_LEDGER"):
        PAGE.write_text(page)
    assert PAGE.read_text() == page, "stale; UPDATE_LEDGER=1 writes it anew"


def section(table: Sequence[str], columns: Sequence[Column]) -> str:
    """A table's part of the page."""
    name, engine, partition, order, comment = table
    sizes = MEASURED["tables"].get(name, {})
    whole = f"{sizes['bytes_a_row']:.0f} bytes a row with its indexes. " if sizes else ""
    keys = ", ".join(
        f"{what} `{key}`" for what, key in (("partition", partition), ("order", order)) if key
    )
    lines = [f"| {' | '.join(cells(each, sizes.get('columns', {})))} |\n" for each in columns]
    return (
        f"\n## `{name}`\n\n{comment}\n\n{whole}{engine}, {keys}.\n\n"
        "| column | type | what it holds | bytes a row |\n|---|---|---|--:|\n" + "".join(lines)
    )


def cells(column: Column, sizes: dict[str, Any]) -> Sequence[str]:
    kind = f" {column.kind.lower()}" if column.kind in {"ALIAS", "MATERIALIZED"} else ""
    size = f"{sizes[column.name]:.1f}" if column.name in sizes else ""
    return f"`{column.name}`", f"`{column.type}`{kind}", column.comment.replace("|", "\\|"), size
