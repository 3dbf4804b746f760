"""Several addresses of one ledger: the next one takes over, and nothing is booked twice or apart.

Two doors to one engine stand for two replicas. What a real cluster adds (Keeper, replication that lags)
is not here.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from spantally_processor.store import (
    PermanentStoreError,
    StoreOverloaded,
    TransientStoreError,
    open_store,
)
from spantally_processor.store.reading import open_reader
from support.certificates import some_certificates
from support.clickhouse_server import ClickHouseServer
from support.ledger import a_call, insert, served, server_rows
from support.new_ledger import new_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = Path(__file__).resolve().parents[2]
TOTAL = "select count(), sum(cost) from llm_spans"
CENT = Decimal("0.01")
"""What a call of `a_call` cost."""


class Door:
    """One address of the server, which can be shut and opened again."""

    def __init__(self, server: ClickHouseServer, certificates: Path | None = None) -> None:
        self._server = server
        self._certificates = certificates
        self._open = ExitStack()
        self.port = 0
        self.open()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def open(self) -> None:
        url = self._open.enter_context(
            served(self._server, port=self.port, certificates=self._certificates)
        )
        self.port = int(url.rpartition(":")[2])

    def shut(self) -> None:
        self._open.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ClickHouseServer]:
    new_ledger(tmp_path)
    running = ClickHouseServer(tmp_path / "ledger")
    yield running
    running.close()


@pytest.fixture
def doors(server: ClickHouseServer) -> Iterator[tuple[Door, Door]]:
    first, second = Door(server), Door(server)
    yield first, second
    first.shut()
    second.shut()


def test_when_one_dies_the_next_takes_over_and_the_other_way_round(
    doors: tuple[Door, Door],
) -> None:
    first, second = doors
    store = open_store(f"http://{first.address},{second.address}/spantally")
    store.migrate()
    insert(store, [a_call()], token="1")
    first.shut()
    insert(store, [a_call()], token="2")
    first.open()
    second.shut()
    insert(store, [a_call()], token="3")
    assert server_rows(store, TOTAL) == [(3, 3 * CENT)]
    store.close()


def test_a_commit_whose_reply_was_lost_is_not_booked_again_by_the_next(
    server: ClickHouseServer, doors: tuple[Door, Door]
) -> None:
    first, second = doors
    store = open_store(f"http://{first.address},{second.address}/spantally")
    store.migrate()
    insert(store, [a_call()], token="1")
    server.loses_inserts = 1
    insert(store, [a_call()], token="2")
    inserts = [asked for asked in server.asked if asked.startswith("INSERT INTO")]
    assert len(inserts) == 3, "it was asked of both"
    assert server_rows(store, TOTAL) == [(2, 2 * CENT)]
    store.close()


def test_where_all_are_away_each_is_named_with_its_trouble_and_the_first_back_is_used(
    doors: tuple[Door, Door],
) -> None:
    first, second = doors
    store = open_store(f"http://u:secret@{first.address},{second.address}/spantally")
    store.migrate()
    first.shut()
    second.shut()
    with pytest.raises(TransientStoreError) as away:
        insert(store, [a_call()], token="1")
    for door in doors:
        assert f"{door.address}: " in str(away.value)
    assert "Connection refused" in str(away.value)
    assert "secret" not in str(away.value)
    second.open()
    insert(store, [a_call()], token="1")
    assert server_rows(store, TOTAL) == [(1, CENT)]
    store.close()


def test_what_the_data_or_too_many_parts_are_to_blame_for_is_not_taken_elsewhere(
    server: ClickHouseServer, doors: tuple[Door, Door]
) -> None:
    store = open_store(f"http://{doors[0].address},{doors[1].address}/spantally")
    store.migrate()
    insert(store, [a_call()], token="1")
    for code, expected in ((252, StoreOverloaded), (53, PermanentStoreError)):
        server.refuses_inserts = code
        before = len(server.asked)
        with pytest.raises(expected):
            insert(store, [a_call()], token="2")
        assert len(server.asked) == before + 1
    store.close()


def test_a_reader_asks_whoever_answers(doors: tuple[Door, Door]) -> None:
    first, second = doors
    url = f"http://{first.address},{second.address}/spantally"
    store = open_store(url)
    store.migrate()
    insert(store, [a_call()], token="1")
    store.close()
    first.shut()
    with open_reader(url) as engine:
        assert list(engine.rows(TOTAL)) == [(1, CENT)]


def test_another_server_with_tables_of_its_own_is_refused(
    doors: tuple[Door, Door], tmp_path: Path
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "support.clickhouse_server", str(tmp_path / "stranger")],
        cwd=TESTS,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as stranger:
        assert stranger.stdout is not None
        address = stranger.stdout.readline().strip().removeprefix("http://")
        somebodys = open_store(f"http://{address}/spantally")
        somebodys.migrate()
        store = open_store(f"http://{doors[0].address},{address}/spantally")
        store.migrate()
        doors[0].shut()
        with pytest.raises(TransientStoreError, match="need replicated tables"):
            insert(store, [a_call()], token="1")
        doors[0].open()
        insert(store, [a_call()], token="1")
        assert server_rows(store, TOTAL) == [(1, CENT)]
        assert server_rows(somebodys, TOTAL) == [(0, None)]
        store.close()
        somebodys.close()
        stranger.terminate()


def test_over_tls_a_server_of_the_named_authority_is_believed_and_no_other(
    server: ClickHouseServer, tmp_path: Path
) -> None:
    certificates = some_certificates(tmp_path)
    door = Door(server, certificates)
    hosts = f"127.0.0.1:1,{door.address}"
    store = open_store(f"https://{hosts}/spantally?ca={certificates}/ca.pem")
    store.migrate()
    insert(store, [a_call()], token="1")
    assert server_rows(store, TOTAL) == [(1, CENT)]
    store.close()
    for authority in ("", f"?ca={certificates}/other.pem"):
        other = open_store(f"https://{hosts}/spantally{authority}")
        with pytest.raises(TransientStoreError, match="cannot reach ClickHouse"):
            other.migrate()
    door.shut()
