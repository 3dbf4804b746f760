"""Roll-ups say what the calls say, however those came in, and however often they are made."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from support.ledger import NOON, a_call, a_refused_attempt, an_unpriced_call, book

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client
    from spantally_processor.store import Store
    from spantally_processor.store.embedded import EmbeddedStore

ROLLED = """
select sum(calls), sum(not_billed_attempts), sum(unpriced_calls), sum(tokens), sum(priced_tokens), sum(cost),
    sum(attributed_cost)
from {table:Identifier}
"""

BASE = """
select countIf(pricing_status != 'not_billed'), countIf(pricing_status = 'not_billed'),
    countIf(pricing_status = 'unpriced'), sum(tokens), sum(priced_tokens), sum(cost), sumIf(cost, attributed)
from llm_calls
"""


def _agrees(reader: Client) -> bool:
    base = reader.query(BASE).result_rows
    return all(
        reader.query(ROLLED, parameters={"table": table}).result_rows == base
        for table in ("spend_hourly", "spend_daily")
    )


def _checksum(reader: Client) -> list[tuple[object, ...]]:
    return [
        reader.query(f"select * from {table} order by all").result_rows  # noqa: S608
        for table in ("spend_hourly", "spend_daily")
    ]


def test_they_sum_to_the_calls_and_made_twice_they_are_the_same(
    store: Store, reader: Client
) -> None:
    first = a_call(team="growth", customer="acme", cost=Decimal("0.1"))
    book(
        store,
        [first, a_call(start_time=NOON - timedelta(1)), an_unpriced_call(), a_refused_attempt()],
    )
    assert store.roll_up() == [NOON.date() - timedelta(1), NOON.date()]
    assert _agrees(reader)
    before = _checksum(reader)
    store.roll_up()
    assert _checksum(reader) == before


def test_a_replay_a_late_span_and_a_changed_verdict_double_nothing(
    store: Store, reader: Client
) -> None:
    seen = a_call(rank=1, response_id="resp_1", cost=Decimal(2), ingested_at=NOON)
    book(store, [seen, a_call()])
    store.roll_up()
    book(store, [seen | {"ingested_at": NOON + timedelta(1)}])
    store.roll_up()
    assert _agrees(reader)
    book(store, [a_call(response_id="resp_1", cost=Decimal(1))])
    book(store, [a_call(start_time=NOON - timedelta(400), cost=Decimal(4))])
    assert not _agrees(reader)
    store.roll_up()
    assert _agrees(reader)


def test_where_no_cost_is_known_it_is_null_and_an_attempt_makes_no_zero(
    store: Store, reader: Client
) -> None:
    book(store, [an_unpriced_call(), a_refused_attempt()])
    store.roll_up()
    assert reader.query("select sum(cost) from spend_daily").result_rows == [(None,)]


def test_another_processor_that_has_just_done_it_need_not_be_repeated(store: Store) -> None:
    book(store, [a_call()])
    assert store.roll_up(unless_within_s=60) == [NOON.date()]
    book(store, [a_call(start_time=NOON - timedelta(1))])
    assert store.roll_up(unless_within_s=60) == []
    assert NOON.date() - timedelta(1) in store.roll_up()


def test_a_day_whose_calls_are_gone_is_gone(store: EmbeddedStore, reader: Client) -> None:
    gone, kept = a_call(start_time=NOON - timedelta(3)), a_call()
    book(store, [gone, kept])
    store.roll_up()
    with_it = "select uniqExact(day) from spend_daily"
    assert reader.query(with_it).result_rows == [(2,)]
    delete = "alter table llm_spans update verdict = 'replay', stored_at = now() where span_id = {id:String}"
    store._engine.command(delete + " settings mutations_sync = 2", {"id": gone["span_id"]})
    store.roll_up()
    assert reader.query(with_it).result_rows == [(1,)]
    assert _agrees(reader)
