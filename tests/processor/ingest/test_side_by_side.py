"""Two processors on one ClickHouse, which know nothing of each other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from spantally_processor.store.reading import open_reader
from support.clickhouse_server import ClickHouseServer
from support.ledger import served
from support.new_ledger import new_ledger
from support.otlp import a_call, a_request
from support.processor import Command, command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GPT_5 = (Decimal("1.25") * 1000 + Decimal(10) * 100) / 1_000_000
TOTAL = "select count(), sum(cost) from llm_calls"


class Two:
    """Both processors, and the ledger that they share."""

    def __init__(self, first: Command, second: Command, ledger: str) -> None:
        self.first, self.second, self._ledger = first, second, ledger

    def total(self) -> list[tuple[Any, ...]]:
        for each in (self.first, self.second):
            each.settle()
        with open_reader(self._ledger) as engine:
            return [tuple(row) for row in engine.rows(TOTAL)]


@pytest.fixture
def made(tmp_path: Path) -> None:
    """The server is not empty, where that is not the point: two tables of rates less to write."""
    new_ledger(tmp_path, prices=True)


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    """Processors in processes of their own, which start at once on a server: empty, unless it was `made`."""
    server = ClickHouseServer(tmp_path / "ledger")
    with ExitStack() as stack:
        ledger = stack.enter_context(served(server)) + "/spantally"
        starts = [command(tmp_path / name, "--store", ledger) for name in ("first", "second")]
        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(stack.enter_context, starts)
        yield Two(first, second, ledger)
    server.close()


def test_what_reaches_either_or_both_counts_once(two: Two) -> None:
    alone = [a_request(a_call(), a_call()).SerializeToString() for _ in range(2)]
    both = a_request(a_call()).SerializeToString()
    for processor, body in zip((two.first, two.second), alone, strict=True):
        assert processor.post(body).status_code == 200
        assert processor.post(both).status_code == 200  # a sender that went to the other one

    assert two.total() == [(5, 5 * GPT_5)]

    again, *_ = a_call(), None
    assert two.first.post(a_request(again).SerializeToString()).status_code == 200
    assert two.total() == [(6, 6 * GPT_5)]
    assert two.second.post(a_request(a_call(), again).SerializeToString()).status_code == 200
    assert two.total() == [(7, 7 * GPT_5)], "in another batch, by another processor, later"


@pytest.mark.usefixtures("made")
def test_one_call_seen_by_two_emitters_counts_once_whichever_processor_had_which(two: Two) -> None:
    for number, order in enumerate((("spantally", "a.wrapper"), ("a.wrapper", "spantally"))):
        seen = {"gen_ai__response__id": f"chatcmpl-{number:024d}"}
        for processor, scope in zip((two.first, two.second), order, strict=True):
            body = a_request(a_call(**seen), scope=scope).SerializeToString()
            assert processor.post(body).status_code == 200
            processor.settle()

    assert two.total() == [(2, 2 * GPT_5)]
