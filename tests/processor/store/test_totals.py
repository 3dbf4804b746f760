"""Totals over what counts: of a period, of a trace, in whatever order spans arrive, with what is unknown."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
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


def test_a_period_counts_what_a_total_counts(store: Store, reader: Client) -> None:
    """The span that counts began an hour before the period; its observer is in it."""
    wire = a_call(response_id="resp_1", start_time=NOON - timedelta(hours=1))
    mirror = a_call(rank=1, response_id="resp_1", start_time=NOON)
    book(store, [mirror, wire])
    query = "select span_id from llm_calls_between(from = '2026-11-20 12:00:00', to = '2026-11-21')"
    assert reader.query(query).result_rows == []


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
