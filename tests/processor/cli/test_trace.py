"""What `spantally trace` says about one agent run, and which runs cost most."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from spantally_processor.page.steps import trace_of
from spantally_processor.store.reading import open_reader
from support.ledger import (
    NOON,
    a_call,
    a_refused_attempt,
    a_step,
    an_agent_span,
    an_unpriced_call,
    book,
    step_of,
)

if TYPE_CHECKING:
    from pathlib import Path

    from spantally_processor.store import Store
    from support.command import Spantally

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"

TREE = """\
trace 4bf92f3577b34da6a3ce929d0e0e4736
2026-11-20 12:00:00 UTC · 12.4 s · 2 services (desk, rates)

step                                                time         cost
plan stay [desk]                                  12.4 s  Σ ≥ $0.0133
└─ invoke_agent concierge                          1.0 s  Σ ≥ $0.0133
   │  repeats the counts of the calls inside it
   ├─ chat gpt-5                                   1.0 s      $0.0123
   │     openai gpt-5 → gpt-5-2026-08-01
   │     1,200 in, 10 out
   ├─ chat gpt-5                                   1.0 s
   │     openai gpt-5 → gpt-5-2026-08-01
   │     100 in, 10 out
   │     same call as span first of 4bf92f3577b3
   ├─ chat gpt-5 ✗                                 1.0 s        $0.00
   │     openai gpt-5
   │     not billed: 429 rate_limit_exceeded
   ├─ chat gpt-5                                   1.0 s  $0.00000045
   │     openai gpt-5 → gpt-5-2026-08-01
   │     100 in, 10 out · retry 1
   └─ POST /quote                                  2.0 s   Σ ≥ $0.001
      └─ quote ✗ [rates]                           2.0 s   Σ ≥ $0.001
         ├─ chat gpt-5                             1.0 s      unknown
         │     openai mystery-1 · 100 in, 10 out
         │     unpriced: unknown_model
         └─ chat gpt-5                             1.0 s     ≥ $0.001
               openai gpt-5 → gpt-5-2026-08-01
               100 in, ? out
               partially priced: output_tokens

total ≥ $0.0133 over 4 calls · 1 attempt not billed · 92.8 % of tokens priced
75.0 % of calls with usage reported by the provider
"""


def _at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.fixture
def run(store: Store) -> None:
    """An agent run over two services: a retried call, an unknown model, a cut stream, a mirror."""
    root = a_step(span_id="root", name="plan stay", service="desk", duration_us=12_400_000)
    agent = an_agent_span(span_id="agent", parent_span_id="root", service="desk", start_time=_at(1))
    under = {"parent_span_id": "agent", "service": "desk"}
    first = a_call(
        **under, span_id="first", start_time=_at(2), cost=Decimal("0.0123"), input_tokens=1200
    )
    mirror = a_call(
        **under, span_id="mirror", start_time=_at(2.1), rank=1, response_id=first["response_id"]
    )
    refused = a_refused_attempt(**under, span_id="refused", start_time=_at(3))
    retried = a_call(
        **under, span_id="retried", start_time=_at(4), resend_count=1, cost=Decimal("4.5e-7")
    )
    hop = a_step(parent_span_id="agent", span_id="hop", name="POST /quote", service="desk")
    quote = a_step(parent_span_id="hop", span_id="quote", name="quote", service="rates", error=True)
    below = {"parent_span_id": "quote", "service": "rates"}
    unknown = an_unpriced_call(**below, span_id="unknown", start_time=_at(6))
    cut = a_call(
        **below,
        span_id="cut",
        start_time=_at(7),
        pricing_status="partially_priced",
        unpriced_reason="output_tokens",
        usage_source="partial",
        output_tokens=None,
        cost=Decimal("0.001"),
        **{"lines.per": [1_000_000], "lines.quantity": [Decimal(100)]},
    )
    llm = [
        span | {"trace_id": TRACE}
        for span in (agent, first, mirror, refused, retried, unknown, cut)
    ]
    request = a_step(parent_span_id="first", span_id="request", name="POST", service="desk")
    steps = [
        step | {"trace_id": TRACE, "start_time": _at(second)}
        for second, step in ((0, root), (2, request), (5, hop), (5.5, quote))
    ]
    book(store, llm)
    book(store, [*steps, *map(step_of, llm)], table="trace_steps")
    book(store, [a_call(cost=Decimal("0.0133"), trace_id="4bffffff"), a_call(trace_id="77")])


@pytest.mark.usefixtures("run")
def test_a_run_is_a_tree_with_its_sum(spantally: Spantally) -> None:
    printed = [line.rstrip() for line in spantally.run("trace", "4bf9").splitlines()]
    assert printed == TREE.splitlines()


@pytest.mark.usefixtures("run")
def test_each_steps_cost_is_the_sum_of_the_calls_below_it(spantally: Spantally) -> None:
    trace = spantally.json("trace", TRACE)
    costs = {
        step["span_id"]: (step["subtree_cost"], step["subtree_calls"]) for step in trace["steps"]
    }
    whole = "0.01330045"
    assert costs == {
        "root": (whole, 4),
        "agent": (whole, 4),
        "first": ("0.0123", 1),
        "request": (None, 0),
        "mirror": (None, 0),
        "refused": ("0", 0),
        "retried": ("0.00000045", 1),
        "hop": ("0.001", 2),
        "quote": ("0.001", 2),
        "unknown": (None, 1),
        "cut": ("0.001", 1),
    }
    assert trace["total"] == {
        "cost": whole,
        "is_lower_bound": True,
        "calls": 4,
        "unpriced_calls": 1,
        "partially_priced_calls": 1,
        "not_billed_attempts": 1,
        "tokens_priced_percent": "92.8",
        "usage_reported_percent": "75.0",
    }
    assert [step["depth"] for step in trace["steps"][:4]] == [0, 1, 2, 3]


@pytest.mark.usefixtures("run")
def test_the_page_marks_as_sums_what_the_tree_does(tmp_path: Path) -> None:
    with open_reader(f"chdb://{tmp_path}/ledger") as engine:
        steps: Any = trace_of(engine, TRACE)["steps"]
    sums = [step["name"] for step in steps if step["is_sum"]]
    assert sums == ["plan stay", "invoke_agent concierge", "POST /quote", "quote"]


def test_what_is_fully_priced_without_output_has_no_question_mark(
    store: Store, spantally: Spantally
) -> None:
    embedding = a_call(trace_id="t", operation="embeddings", input_tokens=15, output_tokens=None)
    book(store, [embedding])
    book(store, [step_of(embedding)], table="trace_steps")
    text = spantally.run("trace", "t")
    assert "15 in" in text
    assert "out" not in text


def test_no_part_of_a_lower_bound_shows_as_more_than_it(store: Store, spantally: Spantally) -> None:
    steps = {"parent_span_id": "root", "trace_id": "t"}
    root = a_step(span_id="root", name="plan", trace_id="t")
    book(store, [root], table="trace_steps")
    book(store, [a_call(**steps, cost=Decimal("0.10567")), an_unpriced_call(**steps)])
    text = spantally.run("trace", "t")
    assert "Σ ≥ $0.105\n" in text
    assert " $0.105\n" in text.replace("≥ $0.105", "")
    assert "total ≥ $0.105 over 2 calls" in text
    assert "$0.106" not in text


@pytest.mark.usefixtures("run")
def test_the_costliest_runs_come_first(spantally: Spantally) -> None:
    listed = spantally.json("trace", "--top", "2")["traces"]
    assert [(trace["trace_id"], trace["cost"]) for trace in listed] == [
        (TRACE, "0.01330045"),
        ("4bffffff", "0.0133"),
    ]
    assert (listed[0]["root"], listed[0]["services"]) == ("plan stay", ["desk", "rates"])
    text = spantally.run("trace", "--top", "1")
    assert "4bf92f3577b3  ≥ $0.0133" in text
    assert "plan stay (2 services)" in text
    assert spantally.json("trace", "--top", "5", "--to", "2026-11-19") == {
        "currency": "USD",
        "traces": [],
    }


@pytest.mark.usefixtures("run")
def test_a_trace_is_found_by_a_unique_beginning_of_its_id(spantally: Spantally) -> None:
    assert spantally.json("trace", " 4BF9 ")["trace_id"] == TRACE
    assert spantally.json("trace", "77")["total"]["cost"] == "0.01"
    ambiguous = spantally.run("trace", "4bf", exit_code=2)
    assert TRACE in ambiguous
    assert "4bffffff" in ambiguous
    assert "No trace's id begins with abc" in spantally.run("trace", "abc", exit_code=1)


def test_steps_without_a_parent_or_in_a_circle_are_all_shown(
    store: Store, spantally: Spantally
) -> None:
    links = {"a": "b", "b": "c", "c": "a", "d": "c", "lost": "elsewhere", "self": "self"}
    steps = [
        a_step(trace_id="t", span_id=span, parent_span_id=parent, name=span)
        for span, parent in links.items()
    ]
    book(store, steps, table="trace_steps")
    book(store, [a_call(trace_id="t", span_id="call", parent_span_id="d")])
    trace = spantally.json("trace", "t")
    assert sorted(step["span_id"] for step in trace["steps"]) == sorted([*links, "call"])
    assert trace["total"]["cost"] == "0.01"
    depths = {step["span_id"]: step["depth"] for step in trace["steps"]}
    assert depths["call"] == depths["d"] + 1


def test_a_deep_run_is_no_trouble(store: Store, spantally: Spantally) -> None:
    steps = [
        a_step(trace_id="t", span_id=f"{depth}", parent_span_id=f"{depth - 1}", name="agent")
        for depth in range(1500)
    ]
    book(store, steps, table="trace_steps")
    book(store, [a_call(trace_id="t", span_id="call", parent_span_id="1499")])
    assert spantally.json("trace", "t")["steps"][0]["subtree_cost"] == "0.01"
    assert "total $0.01 over 1 call" in spantally.run("trace", "t")


def test_a_trace_without_calls_has_steps_and_no_cost(store: Store, spantally: Spantally) -> None:
    book(store, [a_step(trace_id="t", name="GET /health")], table="trace_steps")
    assert spantally.json("trace", "t")["total"]["cost"] is None
    assert "no LLM call in this trace counts" in spantally.run("trace", "t")
