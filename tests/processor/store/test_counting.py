"""Every call's money is in a total exactly once, whoever observed it and however it arrived."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spantally_processor.store import settling
from support.ledger import (
    NOON,
    Row,
    a_call,
    a_refused_attempt,
    a_step,
    an_agent_span,
    an_unpriced_call,
    book,
    step_of,
)

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client
    from spantally_processor.store import Store


def _verdicts(reader: Client) -> dict[str, tuple[str, str]]:
    rows = reader.query(
        "select span_id, verdict, counted_span_id from counting_verdicts"
    ).result_rows
    return {span_id: (verdict, counted) for span_id, verdict, counted in rows}


def _counted(reader: Client) -> list[Decimal | None]:
    return [row[0] for row in reader.query("select cost from llm_calls order by cost").result_rows]


def test_a_call_seen_by_two_emitters_counts_once_by_the_richest(
    store: Store, reader: Client
) -> None:
    wire = a_call(cost=Decimal(1), rank=3, response_id="resp_1", start_time=NOON)
    native = a_call(cost=Decimal(2), rank=2, response_id="resp_1", start_time=NOON - timedelta(1))
    framework = a_call(cost=Decimal(4), rank=1, response_id="resp_1", trace_id="another")
    agent = an_agent_span(response_id="resp_1")
    for row in (native, agent, framework, wire):
        book(store, [row])
    assert _counted(reader) == [Decimal(1)]
    assert _verdicts(reader) == {
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
    assert _counted(reader) == [Decimal(2)]


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
    assert _counted(reader) == [Decimal(3)]


def test_an_aborted_stream_costs_what_its_final_charge_says(store: Store, reader: Client) -> None:
    cut = a_call(usage_source="partial", cost=Decimal(1), response_id="gen-1", start_time=NOON)
    charge = a_call(
        cost=Decimal(2),
        operation="fetch_response",
        response_id="gen-1",
        start_time=NOON + timedelta(seconds=9),
    )
    book(store, [cut, charge])
    assert _counted(reader) == [Decimal(2)]


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
    assert _counted(reader) == [Decimal(5)] * 2


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
    assert _counted(reader) == [Decimal("0.01")] * 2
    assert _verdicts(reader) == {
        wire[0]["span_id"]: ("counted", ""),
        wire[1]["span_id"]: ("counted", ""),
        framework[0]["span_id"]: ("duplicate", wire[0]["span_id"]),
        framework[1]["span_id"]: ("duplicate", wire[1]["span_id"]),
    }


def test_a_span_exported_again_under_other_ids_is_a_replay(store: Store, reader: Client) -> None:
    first = a_call(response_id="resp_1", cost=Decimal(1), trace_id="t")
    again = a_call(response_id="resp_1", cost=Decimal(1), trace_id="u")
    book(store, [again, first])
    assert _counted(reader) == [Decimal(1)]
    assert sorted(verdict for verdict, _ in _verdicts(reader).values()) == ["counted", "replay"]


def test_without_ids_a_child_nearer_to_the_provider_is_its_parents_call(
    store: Store, reader: Client
) -> None:
    ids = {"response_id": "", "trace_id": "t"}
    framework = a_call(**ids, rank=1, cost=Decimal(2))
    refused = a_refused_attempt(trace_id="t", parent_span_id=framework["span_id"])
    wire = a_call(**ids, parent_span_id=framework["span_id"], cost=Decimal(1))
    twin = a_call(**ids, cost=Decimal(1))
    for row in (wire, framework, twin, refused):
        book(store, [row])
    assert _counted(reader) == [Decimal(0), Decimal(1), Decimal(1)]
    assert _verdicts(reader)[framework["span_id"]] == ("duplicate", wire["span_id"])


@pytest.mark.parametrize(("starts", "counted"), [(0.1, 1), (0.5, 2)], ids=["around it", "after it"])
def test_what_a_gateway_sees_twice_below_an_apps_call_is_that_call(
    starts: float, counted: int, store: Store, reader: Client
) -> None:
    """Its wrapper makes up an id and is beside its wire span; neither has another's id."""
    app = a_call(cost=Decimal(1), response_id="", provider_source="configured", start_time=NOON)
    inside = {"trace_id": app["trace_id"], "parent_span_id": app["span_id"], "service": "gateway"}
    wire = a_call(
        **inside, response_id="", start_time=NOON + timedelta(seconds=0.4), duration_us=50_000
    )
    wrapper = a_call(
        **inside,
        rank=1,
        scope="litellm",
        response_id="eb90a962-75f0-4b99-b0e6-ba5a0519f8d6",
        start_time=NOON + timedelta(seconds=starts),
        duration_us=500_000,
    )
    book(store, [app, wire, wrapper])
    assert len(_counted(reader)) == counted


def test_a_small_call_below_another_does_not_hide_it(store: Store, reader: Client) -> None:
    """A gateway's own check of a prompt, say, where the answer itself was seen by nobody nearer."""
    ids = {"response_id": "", "trace_id": "t"}
    outer = a_call(**ids, rank=1, cost=Decimal(2))
    check = a_call(**ids, parent_span_id=outer["span_id"], input_tokens=5, cost=Decimal(1))
    book(store, [outer, check])
    assert _counted(reader) == [Decimal(1), Decimal(2)]


def test_what_lies_between_a_call_and_its_parent_hides_nothing(
    store: Store, reader: Client
) -> None:
    """An HTTP client's span and an agent's, one of which comes last."""
    ids = {"response_id": "", "trace_id": "t"}
    outer = a_call(**ids, rank=1)
    agent = an_agent_span(trace_id="t", parent_span_id=outer["span_id"], input_tokens=None)
    post = a_step(trace_id="t", parent_span_id=agent["span_id"], name="POST")
    inner = a_call(**ids, parent_span_id=post["span_id"], input_tokens=99, cost=Decimal(1))
    book(store, [inner])
    book(store, [outer, agent])
    assert len(_counted(reader)) == 2
    book(store, [post], table="trace_steps")
    assert _counted(reader) == [Decimal(1)]
    assert _verdicts(reader)[outer["span_id"]] == ("duplicate", inner["span_id"])


def test_a_wrapper_counts_where_it_is_the_only_source(store: Store, reader: Client) -> None:
    """The innermost that has counts, and only until a call of the trace is known."""
    outer = an_agent_span(trace_id="t", cost=Decimal(9))
    inner = an_agent_span(trace_id="t", parent_span_id=outer["span_id"], cost=Decimal(8))
    tool = an_agent_span(
        trace_id="t", parent_span_id=inner["span_id"], input_tokens=None, output_tokens=None
    )
    for row in (tool, inner, outer):
        book(store, [row])
    assert _counted(reader) == [Decimal(8)]
    book(store, [a_call(trace_id="t", cost=Decimal(1))])
    assert _counted(reader) == [Decimal(1)]
    assert [v for v, _ in _verdicts(reader).values()].count("aggregate") == 3


def test_a_wrapper_whose_response_a_call_elsewhere_has_is_no_source(
    store: Store, reader: Client
) -> None:
    book(store, [an_agent_span(response_id="resp_1", cost=Decimal(9))])
    assert _counted(reader) == [Decimal(9)]
    book(store, [a_call(response_id="resp_1", cost=Decimal(1))])
    assert _counted(reader) == [Decimal(1)]


def test_a_remote_agent_counts_where_nothing_below_it_is_a_call(
    store: Store, reader: Client
) -> None:
    run = a_call(trace_id="t", cost=Decimal(1))
    alone = an_agent_span(trace_id="t", role="remote_agent", cost=Decimal(2))
    known = an_agent_span(trace_id="t", role="remote_agent", cost=Decimal(4))
    served = a_step(trace_id="t", parent_span_id=known["span_id"], service="remote")
    below = a_call(trace_id="t", parent_span_id=served["span_id"], cost=Decimal(8))
    book(store, [served], table="trace_steps")
    for row in (below, known, alone, run):
        book(store, [row])
    assert _counted(reader) == [Decimal(1), Decimal(2), Decimal(8)]


def test_an_id_that_a_server_gives_to_every_answer_tells_nothing_beyond_a_trace(
    store: Store, reader: Client
) -> None:
    many = [a_call(response_id="chatcmpl-0") for _ in range(settling.OVERUSED)]
    book(store, many)
    wire = a_call(response_id="chatcmpl-0", trace_id="t", cost=Decimal(7))
    again = a_call(response_id="chatcmpl-0", trace_id="u", service="gateway", cost=Decimal(5))
    seen = a_call(response_id="chatcmpl-0", trace_id="t", rank=1, cost=Decimal(6))
    book(store, [seen, again, wire])
    assert _counted(reader)[-2:] == [Decimal(5), Decimal(7)]
    assert len(_counted(reader)) == len(many) + 2


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


def test_a_call_that_nothing_connects_is_the_one_that_happened_while_it_lasted(
    store: Store, reader: Client
) -> None:
    """LangChain's spans of streams: in a trace of their own, without id. The first stands for the first."""
    second = timedelta(seconds=1)
    whole = {"response_id": "", "rank": 1, "duration_us": 9_000_000}
    two = [a_call(**whole, start_time=NOON + n * second, cost=Decimal(5)) for n in range(2)]
    wires = [a_call(start_time=NOON + (n + 2) * second, cost=Decimal(1)) for n in range(2)]
    late = a_call(start_time=NOON + 20 * second, cost=Decimal(2))
    other = a_call(start_time=NOON + 3 * second, service="desk", cost=Decimal(3))
    larger = a_call(start_time=NOON + 3 * second, input_tokens=101, cost=Decimal(4))
    for row in (two[1], late, wires[1], other, larger, two[0]):
        book(store, [row])
    assert _verdicts(reader)[two[0]["span_id"]] == ("mirror", wires[1]["span_id"])
    assert _verdicts(reader)[two[1]["span_id"]] == ("counted", "")
    book(store, [wires[0]])
    assert _verdicts(reader)[two[0]["span_id"]] == ("mirror", wires[0]["span_id"])
    assert _verdicts(reader)[two[1]["span_id"]] == ("mirror", wires[1]["span_id"])
    assert _counted(reader) == [Decimal(n) for n in (1, 1, 2, 3, 4)]


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
    assert len(_counted(reader)) == 2


def test_a_period_counts_what_a_total_counts(store: Store, reader: Client) -> None:
    """The span that counts began an hour before the period; its observer is in it."""
    wire = a_call(response_id="resp_1", start_time=NOON - timedelta(hours=1))
    mirror = a_call(rank=1, response_id="resp_1", start_time=NOON)
    book(store, [mirror, wire])
    query = "select span_id from llm_calls_between(from = '2026-11-20 12:00:00', to = '2026-11-21')"
    assert reader.query(query).result_rows == []


def test_an_observer_that_saw_no_usage_gives_way_to_one_that_did(
    store: Store, reader: Client
) -> None:
    cut = an_unpriced_call(rank=3, response_id="resp_1", usage_source="missing")
    mirror = a_call(rank=1, response_id="resp_1", cost=Decimal(3), provider=cut["provider"])
    book(store, [cut, mirror])
    assert _counted(reader) == [Decimal(3)]


def test_what_only_looks_like_one_call_counts_each_time(store: Store, reader: Client) -> None:
    rows = [
        a_call(response_id="resp_1", provider="openai"),
        a_call(response_id="resp_1", provider="anthropic"),
        a_call(response_id="resp_1", provider="openai", tenant="another"),
        a_call(response_id=""),
        a_call(response_id=""),
    ]
    book(store, rows)
    assert _counted(reader) == [Decimal("0.01")] * 5


def test_an_unknown_cost_stays_unknown_and_is_not_a_zero(store: Store, reader: Client) -> None:
    book(store, [an_unpriced_call(trace_id="t"), an_unpriced_call(trace_id="t")])
    assert reader.query("select sum(cost) from llm_calls").result_rows == [(None,)]
    known = "select cost, calls, unpriced_calls, tokens, priced_tokens from trace_cost"
    assert reader.query(known).result_rows == [(None, 2, 2, 220, 0)]
    book(store, [a_call(trace_id="t", cost=Decimal(0)), a_refused_attempt(trace_id="t")])
    assert reader.query(known).result_rows == [(Decimal(0), 3, 2, 330, 110)]


def test_a_partially_priced_call_covers_the_tokens_that_have_lines(
    store: Store, reader: Client
) -> None:
    partly: Row = {
        "pricing_status": "partially_priced",
        "unpriced_reason": "input_audio_tokens",
        "input_tokens": 1000,
        "output_tokens": 10,
    }
    lines = {"lines.per": [1_000_000, 1_000_000, 1000], "lines.quantity": [400, 10, 3]}
    book(store, [a_call(**partly, **lines), a_call(), an_unpriced_call()])
    assert reader.query("select sum(priced_tokens), sum(tokens) from llm_calls").result_rows == [
        (410 + 110, 1010 + 110 + 110)
    ]


def test_a_trace_is_summed_over_services_and_once(store: Store, reader: Client) -> None:
    root = a_step(trace_id="t", name="plan stay", service="front-desk", duration_us=9_000_000)
    calls = [
        a_call(trace_id="t", service=service, start_time=NOON + timedelta(seconds=second))
        for second in range(1, 5)
        for service in ("front-desk", "rates")
    ]
    late = a_call(trace_id="t", service="rates", start_time=NOON + timedelta(seconds=9))
    mirrored = a_call(
        trace_id="t", service="rates", rank=1, response_id=late["response_id"], cost=Decimal(7)
    )
    other = a_call(trace_id="u")
    spans = [*calls, late, an_agent_span(trace_id="t", service="front-desk")]
    book(store, [*spans, mirrored, other])
    book(store, [root, *map(step_of, spans)], table="trace_steps")
    query = (
        "select cost, calls, services, root, start_time, duration_us from trace_cost"
        " order by trace_id"
    )
    start = NOON.replace(tzinfo=None)
    assert reader.query(query).result_rows == [
        (Decimal("0.09"), 9, ["front-desk", "rates"], "plan stay", start, 10_000_000),
        (Decimal("0.01"), 1, ["shop"], "chat gpt-5", start, 1_000_000),
    ]


attodollars = st.integers(0, 10**30)
"""Amounts in 1e-18 USD, the last digit that the ledger keeps."""


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[list[Row]], int]:
    """Batches as they may arrive, and the total in 1e-18 USD by an independent model.

    Each call has one to three observers; batches are shuffled, overlap, and come again.
    """
    day = NOON + timedelta(days=draw(st.integers(0, 10_000)))
    rows: list[Row] = []
    expected = 0
    for cost in draw(st.lists(attodollars, min_size=1, max_size=6)):
        ranks = draw(st.lists(st.sampled_from([1, 2, 3]), min_size=1, max_size=3, unique=True))
        response_id = a_call()["response_id"]
        for rank in ranks:
            seen = cost if rank == max(ranks) else cost + rank
            amount = Decimal(f"{seen}e-18")
            rows.append(a_call(rank=rank, response_id=response_id, cost=amount, start_time=day))
        expected += cost
    rows.append(an_agent_span(start_time=day))
    batches = draw(
        st.lists(st.lists(st.sampled_from(rows), min_size=1), max_size=4).map(
            lambda some: [*some, rows, *some[:1]]
        )
    )
    return draw(st.permutations(batches)), expected


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(deliveries())
def test_totals_do_not_depend_on_how_spans_arrive(
    store: Store, reader: Client, delivery: tuple[list[list[Row]], int]
) -> None:
    batches, expected = delivery
    for batch in batches:
        book(store, batch)
    wanted = {row["trace_id"] for batch in batches for row in batch}
    total = reader.query(
        "select sum(cost) from llm_calls where has({traces:Array(String)}, trace_id)",
        parameters={"traces": sorted(wanted)},
    ).result_rows[0][0]
    assert Fraction(total) == Fraction(expected, 10**18)
