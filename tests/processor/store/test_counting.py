"""A call counts once, whoever observed it and however often it was exported."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from support.ledger import (
    NOON,
    a_call,
    an_agent_span,
    an_unpriced_call,
    book,
)
from support.verdicts import counted_costs, verdicts

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client
    from spantally_processor.store import Store


def test_a_call_seen_by_two_emitters_counts_once_by_the_richest(
    store: Store, reader: Client
) -> None:
    wire = a_call(cost=Decimal(1), rank=3, response_id="resp_1", start_time=NOON)
    native = a_call(cost=Decimal(2), rank=2, response_id="resp_1", start_time=NOON - timedelta(1))
    framework = a_call(cost=Decimal(4), rank=1, response_id="resp_1", trace_id="another")
    agent = an_agent_span(response_id="resp_1")
    for row in (native, agent, framework, wire):
        book(store, [row])
    assert counted_costs(reader) == [Decimal(1)]
    assert verdicts(reader) == {
        wire["span_id"]: ("counted", ""),
        native["span_id"]: ("mirror", wire["span_id"]),
        framework["span_id"]: ("mirror", wire["span_id"]),
        agent["span_id"]: ("aggregate", ""),
    }


def test_of_equal_observers_the_earliest_counts(store: Store, reader: Client) -> None:
    late = a_call(
        cost=Decimal(1),
        response_id="resp_1",
        service="proxy",
        start_time=NOON + timedelta(seconds=1),
    )
    early = a_call(cost=Decimal(2), response_id="resp_1", start_time=NOON)
    book(store, [late, early])
    assert counted_costs(reader) == [Decimal(2)]


def test_what_is_fetched_later_is_the_call_that_ordered_it_whoever_fetches_it(
    store: Store, reader: Client
) -> None:
    ordered = a_call(response_id="resp_1", usage_source="missing", cost=None, start_time=NOON)
    polls = [
        a_call(
            cost=Decimal(3),
            operation="fetch_response",
            response_id="resp_1",
            service=service,
            start_time=NOON + timedelta(seconds=n),
        )
        for n, service in enumerate(["shop", "shop", "reports"], 1)
    ]
    for row in (*polls, ordered):
        book(store, [row])
    assert counted_costs(reader) == [Decimal(3)]


def test_an_aborted_stream_costs_what_its_final_charge_says(store: Store, reader: Client) -> None:
    cut = a_call(usage_source="partial", cost=Decimal(1), response_id="gen-1", start_time=NOON)
    charge = a_call(
        cost=Decimal(2),
        operation="fetch_response",
        response_id="gen-1",
        start_time=NOON + timedelta(seconds=9),
    )
    book(store, [cut, charge])
    assert counted_costs(reader) == [Decimal(2)]


def test_results_of_a_batch_count_once_however_often_they_are_downloaded(
    store: Store, reader: Client
) -> None:
    packs = [
        a_call(
            cost=Decimal(5),
            context={"processing": "batch"},
            response_id=f"file-1#{n % 2}",
            start_time=NOON + timedelta(hours=n),
        )
        for n in range(4)
    ]
    book(store, packs)
    assert counted_costs(reader) == [Decimal(5)] * 2


def test_two_calls_of_one_emitter_with_one_response_id_are_two(
    store: Store, reader: Client
) -> None:
    """Each answered a request of its own; some servers repeat their ids."""
    times = [NOON, NOON + timedelta(seconds=1)]
    wire = [a_call(response_id="chatcmpl-1", start_time=time) for time in times]
    framework = [
        a_call(
            rank=1,
            response_id="chatcmpl-1",
            start_time=call["start_time"],
            trace_id=call["trace_id"],
        )
        for call in wire
    ]
    book(store, [*framework, *wire])
    assert counted_costs(reader) == [Decimal("0.01")] * 2
    assert verdicts(reader) == {
        wire[0]["span_id"]: ("counted", ""),
        wire[1]["span_id"]: ("counted", ""),
        framework[0]["span_id"]: ("duplicate", wire[0]["span_id"]),
        framework[1]["span_id"]: ("duplicate", wire[1]["span_id"]),
    }


def test_a_span_exported_again_under_other_ids_is_a_replay(store: Store, reader: Client) -> None:
    first = a_call(response_id="resp_1", cost=Decimal(1), trace_id="t")
    again = a_call(response_id="resp_1", cost=Decimal(1), trace_id="u")
    book(store, [again, first])
    assert counted_costs(reader) == [Decimal(1)]
    assert sorted(verdict for verdict, _ in verdicts(reader).values()) == ["counted", "replay"]


def test_a_span_that_is_booked_again_keeps_its_first_booking_and_its_verdict(
    store: Store, reader: Client
) -> None:
    """Whether the booking that comes later is the later or, from a slow processor, the earlier one."""
    wire = a_call(response_id="resp_1")
    seen = a_call(response_id="resp_1", rank=1, cost=Decimal(5), ingested_at=NOON)
    book(store, [wire])
    book(store, [seen])
    for seconds in (9, -9):
        again = seen | {"ingested_at": NOON + timedelta(seconds=seconds), "cost": Decimal(seconds)}
        book(store, [again])
    assert reader.query("select verdict, cost from llm_spans final order by cost").result_rows == [
        ("mirror", Decimal(-9)),
        ("counted", Decimal("0.01")),
    ]


def test_every_change_of_a_verdict_is_written_down(store: Store, reader: Client) -> None:
    seen = a_call(response_id="resp_1", rank=1)
    book(store, [seen])
    book(store, [a_call(response_id="resp_1")])
    book(store, [a_call(response_id="resp_2")])
    changes = "select span_id, verdict, judged from verdict_changes"
    assert reader.query(changes).result_rows == [(seen["span_id"], "mirror", 3)]


def test_ids_that_begin_alike_and_differ_are_two_calls(store: Store, reader: Client) -> None:
    outer = a_call(rank=1, trace_id="t")
    inner = a_call(trace_id="t", parent_span_id=outer["span_id"])
    book(store, [outer, inner])
    assert len(counted_costs(reader)) == 2


def test_an_observer_that_saw_no_usage_gives_way_to_one_that_did(
    store: Store, reader: Client
) -> None:
    cut = an_unpriced_call(rank=3, response_id="resp_1", usage_source="missing")
    mirror = a_call(rank=1, response_id="resp_1", cost=Decimal(3), provider=cut["provider"])
    book(store, [cut, mirror])
    assert counted_costs(reader) == [Decimal(3)]


def test_what_only_looks_like_one_call_counts_each_time(store: Store, reader: Client) -> None:
    rows = [
        a_call(response_id="resp_1", provider="openai"),
        a_call(response_id="resp_1", provider="anthropic"),
        a_call(response_id="resp_1", provider="openai", tenant="another"),
        a_call(response_id=""),
        a_call(response_id=""),
    ]
    book(store, rows)
    assert counted_costs(reader) == [Decimal("0.01")] * 5


def from_cache(**changes: Any) -> dict[str, Any]:
    """A call that a gateway's cache answered, with what the call said that was paid for."""
    free: dict[str, Any] = {"usage_source": "not_billed", "pricing_status": "not_billed"}
    return a_call(response_id="chatcmpl-paid", cost=Decimal(0), **free, **changes)


@pytest.mark.parametrize(
    "where", [{"service": "reports"}, {}], ids=["of another service", "of one service"]
)
@pytest.mark.parametrize("seconds", [5, -1], ids=["later", "by a clock that is behind"])
@pytest.mark.parametrize("hit_is_first", [False, True])
def test_an_answer_out_of_a_cache_takes_nothing_from_the_call_that_was_paid_for(
    where: dict[str, Any], seconds: int, hit_is_first: bool, store: Store, reader: Client
) -> None:
    paid = a_call(response_id="chatcmpl-paid", cost=Decimal(1), start_time=NOON)
    hit = from_cache(start_time=NOON + timedelta(seconds=seconds), **where)
    # What only passes the answer on knows of no cache.
    seen = a_call(
        rank=1,
        response_id="chatcmpl-paid",
        cost=Decimal(1),
        start_time=hit["start_time"],
        trace_id=hit["trace_id"],
        service=hit["service"],
    )
    for rows in ([hit, seen], [paid]) if hit_is_first else ([paid], [hit, seen]):
        book(store, rows)
    assert counted_costs(reader) == [Decimal(0), Decimal(1)]
    assert verdicts(reader)[paid["span_id"]] == ("counted", "")
    assert verdicts(reader)[hit["span_id"]] == ("counted", "")


def test_of_a_paid_call_and_an_answer_out_of_a_cache_in_one_trace_the_paid_one_counts(
    store: Store, reader: Client
) -> None:
    paid = a_call(response_id="chatcmpl-paid", cost=Decimal(1), start_time=NOON)
    hit = from_cache(service="reports", trace_id=paid["trace_id"], start_time=NOON - timedelta(1))
    book(store, [hit, paid])
    assert counted_costs(reader) == [Decimal(1)]


def test_a_frameworks_trace_of_its_own_gives_way_to_the_answer_out_of_a_cache(
    store: Store, reader: Client
) -> None:
    hit = from_cache(start_time=NOON)
    seen = a_call(rank=1, response_id="chatcmpl-paid", start_time=NOON, trace_id="another")
    book(store, [seen, hit])
    assert counted_costs(reader) == [Decimal(0)]


def test_an_agent_around_an_answer_out_of_a_cache_costs_nothing(
    store: Store, reader: Client
) -> None:
    agent = an_agent_span(pricing_status="priced", cost=Decimal(1))
    hit = from_cache(trace_id=agent["trace_id"], parent_span_id=agent["span_id"])
    book(store, [agent, hit])
    assert counted_costs(reader) == [Decimal(0)]
