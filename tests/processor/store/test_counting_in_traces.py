"""What is above, below and beside a call in its trace: which of them counts."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from spantally_processor.store import settling
from support.ledger import (
    NOON,
    a_call,
    a_refused_attempt,
    a_step,
    an_agent_span,
    book,
)
from support.verdicts import counted_costs, verdicts

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client
    from spantally_processor.store import Store


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
    assert counted_costs(reader) == [Decimal(0), Decimal(1), Decimal(1)]
    assert verdicts(reader)[framework["span_id"]] == ("duplicate", wire["span_id"])


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
    assert len(counted_costs(reader)) == counted


def test_a_small_call_below_another_does_not_hide_it(store: Store, reader: Client) -> None:
    """A gateway's own check of a prompt, say, where the answer itself was seen by nobody nearer."""
    ids = {"response_id": "", "trace_id": "t"}
    outer = a_call(**ids, rank=1, cost=Decimal(2))
    check = a_call(**ids, parent_span_id=outer["span_id"], input_tokens=5, cost=Decimal(1))
    book(store, [outer, check])
    assert counted_costs(reader) == [Decimal(1), Decimal(2)]


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
    assert len(counted_costs(reader)) == 2
    book(store, [post], table="trace_steps")
    assert counted_costs(reader) == [Decimal(1)]
    assert verdicts(reader)[outer["span_id"]] == ("duplicate", inner["span_id"])


def test_a_wrapper_counts_where_it_is_the_only_source(store: Store, reader: Client) -> None:
    """The innermost that has counts, and only until a call of the trace is known."""
    outer = an_agent_span(trace_id="t", cost=Decimal(9))
    inner = an_agent_span(trace_id="t", parent_span_id=outer["span_id"], cost=Decimal(8))
    tool = an_agent_span(
        trace_id="t", parent_span_id=inner["span_id"], input_tokens=None, output_tokens=None
    )
    for row in (tool, inner, outer):
        book(store, [row])
    assert counted_costs(reader) == [Decimal(8)]
    book(store, [a_call(trace_id="t", cost=Decimal(1))])
    assert counted_costs(reader) == [Decimal(1)]
    assert [v for v, _ in verdicts(reader).values()].count("aggregate") == 3


def test_a_wrapper_whose_response_a_call_elsewhere_has_is_no_source(
    store: Store, reader: Client
) -> None:
    book(store, [an_agent_span(response_id="resp_1", cost=Decimal(9))])
    assert counted_costs(reader) == [Decimal(9)]
    book(store, [a_call(response_id="resp_1", cost=Decimal(1))])
    assert counted_costs(reader) == [Decimal(1)]


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
    assert counted_costs(reader) == [Decimal(1), Decimal(2), Decimal(8)]


def test_an_id_that_a_server_gives_to_every_answer_tells_nothing_beyond_a_trace(
    store: Store, reader: Client
) -> None:
    many = [a_call(response_id="chatcmpl-0") for _ in range(settling.OVERUSED)]
    book(store, many)
    wire = a_call(response_id="chatcmpl-0", trace_id="t", cost=Decimal(7))
    again = a_call(response_id="chatcmpl-0", trace_id="u", service="gateway", cost=Decimal(5))
    seen = a_call(response_id="chatcmpl-0", trace_id="t", rank=1, cost=Decimal(6))
    book(store, [seen, again, wire])
    assert counted_costs(reader)[-2:] == [Decimal(5), Decimal(7)]
    assert len(counted_costs(reader)) == len(many) + 2


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
    assert verdicts(reader)[two[0]["span_id"]] == ("mirror", wires[1]["span_id"])
    assert verdicts(reader)[two[1]["span_id"]] == ("counted", "")
    book(store, [wires[0]])
    assert verdicts(reader)[two[0]["span_id"]] == ("mirror", wires[0]["span_id"])
    assert verdicts(reader)[two[1]["span_id"]] == ("mirror", wires[1]["span_id"])
    assert counted_costs(reader) == [Decimal(n) for n in (1, 1, 2, 3, 4)]
