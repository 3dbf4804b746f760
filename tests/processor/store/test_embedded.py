"""The embedded ledger: one owner, every row once, every digit kept."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from spantally_processor.store import (
    PermanentStoreError,
    StoreError,
    StoreInUse,
    TransientStoreError,
    open_store,
)
from spantally_processor.store.embedded import INSERT_FOLDER
from spantally_processor.store.ownership import OWNER_FILE, owner_of
from spantally_processor.store.sql_files import sql_files
from support.ledger import NOON, a_call, a_step, book

if TYPE_CHECKING:
    from pathlib import Path

    from clickhouse_connect.driver.client import Client
    from spantally_processor.store import Store

OWNER_PROGRAM = """
import sys
from spantally_processor.store import StoreInUse, open_store
try:
    store = open_store(sys.argv[1])
except StoreInUse as error:
    print("in use", error.pid, error.url, error)
else:
    store.migrate()
    store.publish("http://127.0.0.1:1")
    print("owned", flush=True)
    sys.stdin.read()
"""


def _total(reader: Client) -> tuple[int, Decimal | None]:
    return reader.query("select count(), sum(cost) from llm_calls").result_rows[0]


def test_migrating_again_applies_nothing_and_keeps_the_rows(store: Store, reader: Client) -> None:
    book(store, [a_call()])
    assert store.migrate() == []
    assert _total(reader) == (1, Decimal("0.01"))


def test_a_fresh_ledger_names_what_it_applied(tmp_path: Path) -> None:
    fresh = open_store(f"chdb://{tmp_path}/deep/er?database=other")
    try:
        files = [f"{folder}/{name}" for folder in ("schema", "views") for name in sql_files(folder)]
        assert fresh.migrate() == files
    finally:
        fresh.close()


def test_the_same_token_inserts_once_also_after_reopening(tmp_path: Path) -> None:
    url = f"chdb://{tmp_path}/ledger"
    rows = [a_call(), a_call(start_time=NOON + timedelta(days=60))]
    for _ in range(3):
        opened = open_store(url)
        opened.migrate()
        book(opened, rows, token="batch-1")
        book(opened, rows, token="batch-1")
        counted = opened._engine.rows("select count() from llm_spans")  # type: ignore[attr-defined]
        opened.close()
        assert counted == [(2,)], "raw rows, before the views deduplicate"


def test_the_first_booking_of_a_span_wins(store: Store, reader: Client) -> None:
    first = a_call(cost=Decimal(5))
    again = first | {"cost": Decimal(7), "ingested_at": first["ingested_at"] + timedelta(seconds=1)}
    earlier = first | {"cost": Decimal(3), "ingested_at": first["ingested_at"] - timedelta(hours=1)}
    book(store, [again])
    book(store, [first])
    assert _total(reader) == (1, Decimal(5))
    book(store, [earlier])
    book(store, [first])
    assert _total(reader) == (1, Decimal(3))


def test_sums_keep_every_digit_to_the_bounds_of_the_column(store: Store, reader: Client) -> None:
    amounts = [Decimal("9999999999999999999.999999999999999999"), Decimal("1e-18"), Decimal(0)]
    for amount in amounts:
        book(store, [a_call(cost=amount)])
    stored = [row[0] for row in reader.query("select cost from llm_calls").result_rows]
    assert sorted(stored) == sorted(amounts)
    assert str(_total(reader)[1]) == "10000000000000000000.000000000000000000"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cost": Decimal("0.1234567890123456789")}, "more than 18 decimals and would be cut"),
        ({"cost": Decimal("1234567890123.1234567890123456789")}, "more than 18 decimals"),
        ({"cost": Decimal("NaN")}, "NaN is not an amount"),
        ({"cost": Decimal("1e30")}, "too big"),
        ({"cost": "free"}, "ConversionSyntax"),
        ({"duration_us": -1}, "duration_us"),
        ({"tenant": None}, "tenant"),
        ({"tags": 3}, "Map"),
        ({"lines.per": [1]}, "different array sizes"),
        ({"prompt": "secret"}, "no column prompt"),
    ],
)
def test_rows_that_do_not_fit_are_refused_for_good(
    store: Store, reader: Client, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(PermanentStoreError, match=message):
        book(
            store, [a_call(), a_call(**changes)] if "prompt" not in changes else [a_call(**changes)]
        )
    assert _total(reader) == (0, None)
    book(store, [a_call(cost=Decimal("0.100000000000000000000"))])
    assert _total(reader) == (1, Decimal("0.1"))


def test_columns_of_unequal_length_are_refused(store: Store) -> None:
    with pytest.raises(PermanentStoreError, match="differ in length: trace_id 2, span_id 1"):
        store.insert("llm_spans", {"trace_id": ["a", "b"], "span_id": ["a"]}, token="t")


def test_a_missing_table_is_an_operators_fault_not_the_datas(tmp_path: Path) -> None:
    unmigrated = open_store(f"chdb://{tmp_path}/ledger")
    try:
        with pytest.raises(TransientStoreError, match="run migrate"):
            book(unmigrated, [a_call()])
        unmigrated.migrate()
        book(unmigrated, [a_call()])
    finally:
        unmigrated.close()


def test_steps_are_kept_beside_the_calls(store: Store, reader: Client) -> None:
    step = a_step(name="plan", error=True)
    book(store, [step], table="trace_steps")
    book(store, [step], table="trace_steps")
    assert reader.query("select name, error from trace_steps final").result_rows == [("plan", True)]


def test_a_second_process_is_told_who_owns_the_ledger(tmp_path: Path) -> None:
    url = f"chdb://{tmp_path}/ledger"
    command = [sys.executable, "-c", OWNER_PROGRAM, url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        assert owner.stdin is not None
        assert owner.stdout.readline() == b"owned\n"
        seen = owner_of(tmp_path / "ledger")
        assert seen is not None
        assert (seen.pid, seen.url) == (owner.pid, "http://127.0.0.1:1")
        with pytest.raises(StoreInUse, match=f"in use by process {owner.pid}") as refused:
            open_store(url)
        assert refused.value.url == "http://127.0.0.1:1"
        owner.kill()
    assert owner_of(tmp_path / "ledger") is None, "a dead owner leaves no lock"
    open_store(url).close()


def test_a_command_that_reads_is_waited_for(tmp_path: Path) -> None:
    url = f"chdb://{tmp_path}/ledger"
    open_store(url).close()
    program = (
        "import sys, time; from pathlib import Path\n"
        "from spantally_processor.store.ownership import Ownership\n"
        "held = Ownership.claim(Path(sys.argv[1])); print('held', flush=True); time.sleep(0.5)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "ledger")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as reading:
        assert reading.stdout is not None
        assert reading.stdout.readline() == b"held\n"
        open_store(url).close()
        assert reading.wait() == 0


def test_stores_of_one_process_share_the_ownership(tmp_path: Path) -> None:
    first = open_store(f"chdb://{tmp_path}/ledger?database=a")
    second = open_store(f"chdb://{tmp_path}/ledger?database=b")
    first.migrate()
    first.close()
    assert owner_of(tmp_path / "ledger") is not None
    second.migrate()
    second.close()
    assert owner_of(tmp_path / "ledger") is None


def test_blocks_on_their_way_leave_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "ledger" / INSERT_FOLDER
    folder.mkdir(parents=True)
    (folder / "left-by-a-killed-process.native").write_text("canary")
    before = tempfile.gettempdir()
    opened = open_store(f"chdb://{tmp_path}/ledger")
    try:
        opened.migrate()
        book(opened, [a_call()])
        assert list(folder.iterdir()) == []
        assert tempfile.gettempdir() == before
    finally:
        opened.close()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "ledger").mkdir()
    (tmp_path / "ledger" / OWNER_FILE).mkdir()
    with pytest.raises(StoreError, match=str(tmp_path)):
        open_store(f"chdb://{tmp_path}/ledger")
