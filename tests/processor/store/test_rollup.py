"""Roll-ups say what the calls say, however those came in, and however often they are made."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from support.ledger import NOON, a_call, a_refused_attempt, an_unpriced_call, book, close_days

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


RUNS = """
select trace_id, start_time, workflow, services, cost, first_call_cost, calls, loops, not_billed_attempts
from agent_cost(from = '2026-11-01', to = '2026-12-01') order by trace_id
"""


def _runs_agree(store: Store) -> bool:
    """Whether runs are the same from roll-ups and calls as from calls alone."""
    store._engine.command("create or replace table kept as rollups")  # type: ignore[attr-defined]
    store._engine.command("exchange tables kept and rollups")  # type: ignore[attr-defined]
    from_calls = store.rows(RUNS)
    store._engine.command("exchange tables kept and rollups")  # type: ignore[attr-defined]
    return store.rows(RUNS) == from_calls


def test_runs_are_the_same_from_roll_ups_and_from_calls_whatever_comes_in_between(
    store: EmbeddedStore,
) -> None:
    night = {"trace_id": "night", "service": "desk"}
    before_midnight = NOON.replace(hour=23, minute=59)
    book(
        store,
        [
            a_refused_attempt(**night, start_time=before_midnight - timedelta(minutes=1)),
            a_call(**night, start_time=before_midnight, workflow="late", cost=Decimal("0.1")),
            a_call(**night, start_time=before_midnight + timedelta(minutes=2), cost=Decimal("0.2")),
            an_unpriced_call(trace_id="dark"),
            a_refused_attempt(trace_id="refused"),
        ],
    )
    store.roll_up()
    assert store.rows("select count() from unrolled_days") == [(2,)], "for ten minutes to come"
    assert _runs_agree(store)
    close_days(store)
    assert store.rows("select * from unrolled_days") == []
    assert _runs_agree(store)
    (night_run,) = [row for row in store.rows(RUNS) if row[0] == "night"]
    assert night_run[2:] == ("late", ["desk"], Decimal("0.3"), Decimal("0.1"), 2, 2, 1)

    late = a_call(**night, start_time=before_midnight + timedelta(minutes=3), cost=Decimal("0.4"))
    book(store, [late])
    store._engine.command(  # as it would be once those ten minutes are over
        "alter table llm_spans update stored_at = now() + 3600 where span_id = {span:String}"
        " settings mutations_sync = 1",
        {"span": late["span_id"]},
    )
    assert store.rows("select toString(day) from unrolled_days") == [("2026-11-21",)]
    assert _runs_agree(store)
    (night_run,) = [row for row in store.rows(RUNS) if row[0] == "night"]
    assert night_run[4] == Decimal("0.7"), "one day from the roll-up, the other from calls"


def test_days_that_an_earlier_version_made_are_made_anew(store: Store) -> None:
    book(store, [a_call()])
    store._engine.command(  # type: ignore[attr-defined]
        "insert into rollups (began_at, ended_at) select now(), now()"
    )
    store._engine.command(  # type: ignore[attr-defined]
        "alter table llm_spans update stored_at = '2026-11-20' where true settings mutations_sync = 1"
    )
    assert store.roll_up() == [NOON.date()]
    assert store.rows("select calls, cost from trace_daily") == [(1, Decimal("0.01"))]
