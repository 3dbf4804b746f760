"""One real chDB ledger for a module's tests, and its read interface on a real socket."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import clickhouse_connect
import pytest
from spantally_processor.store import open_store
from support.ledger import a_call, an_unpriced_call, book, served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_connect.driver.client import Client
    from spantally_processor.store import Store

AMOUNT = Decimal("1234.000000000000000001")
"""Needs every digit of the column, and more than a float has."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A ledger with three calls: of two teams, and an unpriced one of nobody."""
    opened = open_store(f"chdb://{tmp_path_factory.mktemp('query')}/ledger")
    opened.migrate()
    book(
        opened,
        [
            a_call(team="growth", cost=AMOUNT, tags={"region": "eu"}),
            a_call(team="trust", cost=Decimal("0.01"), tags={}),
            an_unpriced_call(tags={}),
        ],
    )
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def url(store: Store) -> Iterator[str]:
    with served(store.query_app) as url:
        yield url


@pytest.fixture
def reader(url: str) -> Iterator[Client]:
    """clickhouse-connect, as any user has it."""
    host, _, port = url.removeprefix("http://").partition(":")
    client = clickhouse_connect.get_client(host=host, port=int(port))
    yield client
    client.close()
