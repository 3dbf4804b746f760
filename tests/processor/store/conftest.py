"""A real chDB ledger for each test, and its read interface on a real socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import clickhouse_connect
import pytest
from spantally_processor.store import open_store
from support.ledger import served
from support.new_ledger import new_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clickhouse_connect.driver.client import Client
    from spantally_processor.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty, migrated ledger; closed afterwards, since a process has one chDB folder at a time."""
    opened = open_store(new_ledger(tmp_path))
    yield opened
    opened.close()


@pytest.fixture
def reader(store: Store) -> Iterator[Client]:
    """clickhouse-connect, as any user has it, on the ledger's read interface."""
    with served(store.query_app) as url:
        host, _, port = url.removeprefix("http://").partition(":")
        client = clickhouse_connect.get_client(host=host, port=int(port))
        yield client
        client.close()
