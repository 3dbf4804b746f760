"""The ledger on a server: the same schema over HTTP, and patience while the server is away."""

from __future__ import annotations

import socket
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from spantally_processor.store import PermanentStoreError, TransientStoreError, open_store
from support.clickhouse_server import ClickHouseServer
from support.ledger import a_call, book, insert, served, server_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from spantally_processor.store import Store


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ClickHouseServer]:
    running = ClickHouseServer(tmp_path / "server")
    yield running
    running.close()


@pytest.fixture
def remote(server: ClickHouseServer) -> Iterator[Store]:
    """A migrated ledger on the server."""
    with served(server) as url:
        store = open_store(f"{url}/costs")
        store.migrate()
        yield store
        store.close()


def _rows(store: Store) -> list[tuple[object, ...]]:
    return server_rows(store, "select count(), sum(cost) from llm_spans")


def test_a_server_gets_the_same_schema(server: ClickHouseServer, remote: Store) -> None:
    assert remote.query_app is None
    assert remote.migrate() == []
    book(remote, [a_call(cost=Decimal("1e-18")), a_call(cost=None)], token="t")
    book(remote, [a_call(cost=Decimal("1e-18")), a_call(cost=None)], token="t")
    assert _rows(remote) == [(2, Decimal("1e-18"))]
    assert any("create database if not exists `costs`" in asked for asked in server.asked)


def test_a_reply_lost_after_the_commit_books_once(server: ClickHouseServer, remote: Store) -> None:
    rows = [a_call()]
    insert(remote, rows, token="before")
    server.drop_next_reply = True
    insert(remote, rows, token="t")
    sent = [
        asked for asked in server.asked if asked.startswith("INSERT INTO") and "llm_spans" in asked
    ]
    assert len(sent) == 3, "the driver sent the block again by itself"
    assert _rows(remote) == [(2, Decimal("0.02"))]


def test_refused_data_is_permanent_over_http_too(remote: Store) -> None:
    with pytest.raises(PermanentStoreError, match="different array sizes"):
        book(remote, [a_call(**{"lines.per": [1]})])
    with pytest.raises(PermanentStoreError, match="duration_us"):
        book(remote, [a_call(duration_us=-1)])


def test_a_server_that_is_away_is_tried_again(server: ClickHouseServer) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        store = open_store(f"http://user:secret@127.0.0.1:{reserved.getsockname()[1]}/costs")
        for _ in range(2):
            with pytest.raises(TransientStoreError) as away:
                store.migrate()
            assert "cannot reach ClickHouse at http://127.0.0.1" in str(away.value)
            assert "secret" not in str(away.value)
        with pytest.raises(TransientStoreError):
            book(store, [a_call()])
    store.close()


def test_a_server_that_goes_away_and_comes_back_gets_the_batch(
    server: ClickHouseServer,
) -> None:
    rows = [a_call()]
    with served(server) as url:
        store = open_store(f"{url}/costs")
        store.migrate()
        book(store, rows, token="t")
    with pytest.raises(TransientStoreError):
        book(store, rows, token="t")
    with served(server, port=int(url.rpartition(":")[2])):
        book(store, rows, token="t")
        book(store, [a_call()], token="u")
        assert _rows(store) == [(2, Decimal("0.02"))]
    store.close()
