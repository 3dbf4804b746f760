"""A ClickHouse server that misbehaves, and the whole processor in front of it: nothing lost or doubled.

The server is chDB behind ClickHouse's HTTP interface; it does not prove asynchronous inserts, users or
replicas of a real one.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import httpx
import pytest
from spantally_processor import pipeline
from spantally_processor.store import TransientStoreError, open_store
from support.clickhouse_server import ClickHouseServer
from support.ledger import served, server_rows
from support.new_ledger import new_ledger
from support.otlp import a_call, a_request
from support.processor import Processor, running, settings_in, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GPT_5 = (Decimal("1.25") * 1000 + Decimal(10) * 100) / 1_000_000
TOTAL = "select count(), sum(cost) from llm_spans"
TOO_MANY_PARTS = 252


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ClickHouseServer]:
    new_ledger(tmp_path, prices=True)
    running_server = ClickHouseServer(tmp_path / "ledger")
    yield running_server
    running_server.close()


def rows(url: str) -> list[tuple[object, ...]]:
    store = open_store(f"{url}/spantally")
    store.migrate()
    found = server_rows(store, TOTAL)
    store.close()
    return found


def send(processor: Processor, calls: int = 1) -> None:
    for _ in range(calls):
        assert processor.post(a_request(a_call()).SerializeToString()).status_code == 200


def test_inserts_that_are_lost_after_the_commit_are_stored_once(
    server: ClickHouseServer, tmp_path: Path
) -> None:
    with served(server) as url:
        with running(settings_in(tmp_path / "data", store=f"{url}/spantally")) as processor:
            send(processor)
            processor.settle()
            server.loses_inserts = 3
            send(processor, 2)
            processor.settle()
            assert server.loses_inserts == 0
            assert processor.metric("spantally_deliveries_retried_total") >= 1, (
                "some were roll-ups'"
            )
        assert rows(url) == [(3, 3 * GPT_5)]


def test_every_insert_pins_what_counting_once_rests_on(
    server: ClickHouseServer, tmp_path: Path
) -> None:
    with (
        served(server) as url,
        running(settings_in(tmp_path / "data", store=f"{url}/spantally")) as processor,
    ):
        send(processor)
        processor.settle()

    inserts = [given for given in server.settings if "insert_deduplication_token" in given]
    assert len(inserts) >= 2
    for given in inserts:
        assert given["async_insert"] == "0"
        assert given["insert_deduplicate"] == "1"
        assert given["deduplicate_blocks_in_dependent_materialized_views"] == "1"


def test_a_table_that_forgets_tokens_too_soon_is_refused_until_it_is_repaired(
    server: ClickHouseServer,
) -> None:
    with served(server) as url:
        store = open_store(f"{url}/spantally")
        store.migrate()
        alter = "alter table llm_spans modify setting non_replicated_deduplication_window ="
        server_rows(store, f"{alter} 100")
        with pytest.raises(TransientStoreError, match="llm_spans remembers 100 inserts"):
            store.migrate()
        server_rows(store, f"{alter} 10000")
        assert store.migrate() == []
        store.close()


def test_too_many_parts_opens_the_breaker_and_a_probe_closes_it(
    server: ClickHouseServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "OVERLOAD_PAUSE_S", 0.5)
    breaker = 'spantally_breaker_open{destination="ledger"}'
    with (
        served(server) as url,
        running(settings_in(tmp_path / "data", store=f"{url}/spantally")) as processor,
    ):
        send(processor)
        processor.settle()
        server.refuses_inserts = TOO_MANY_PARTS
        send(processor, 5)
        until(lambda: processor.metrics()[breaker] == 1)
        ready = httpx.get(processor.http + "/readyz")
        assert ready.status_code == 200, "it still takes spans"
        assert "ledger takes nothing for now" in ready.text
        server.refuses_inserts = 0
        processor.settle()
        assert processor.metrics()[breaker] == 0
        assert processor.metric("spantally_spans_quarantined_total") == 0
        assert rows(url) == [(6, 6 * GPT_5)]
