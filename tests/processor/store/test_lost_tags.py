"""Where a tag was lost: the first edge behind which it is gone."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from spantally_processor.periods import Period
from spantally_processor.store.lost_tags import lost_tags
from spantally_processor.store.reading import open_reader
from support.ledger import (
    a_call,
    a_run_over_two_services,
    a_step,
    an_unpriced_call,
    book,
    step_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from spantally_processor.store import Store
    from spantally_processor.store.engine import Engine


@pytest.fixture
def engine(store: Store, tmp_path: Path) -> Iterator[Engine]:
    with open_reader(f"chdb://{tmp_path}/ledger") as opened:
        yield opened


def steps(store: Store, *rows: dict[str, Any]) -> None:
    book(store, list(rows), table="trace_steps")


def calls(store: Store, *rows: dict[str, Any]) -> None:
    for row in rows:
        book(store, [row])
    steps(store, *map(step_of, rows))


def test_a_tag_that_did_not_reach_the_next_service(store: Store, engine: Engine) -> None:
    for trace, carried in (("a", False), ("b", False), ("c", True)):
        steps(store, *a_run_over_two_services(trace, carried=carried))
        here = {"trace_id": trace, "parent_span_id": "quote", "service": "rates"}
        tag = {"team": "t"} if carried else {}
        calls(store, a_call(cost=Decimal("0.25"), **here, **tag))
        calls(store, an_unpriced_call(**here, **tag))
    (loss,) = lost_tags(engine, Period())
    assert loss.boundary == ("team", "desk: GET /rates", "rates: /rates", "service")
    assert (loss.calls, loss.unpriced_calls) == (4, 2)
    assert loss.known_cost == Decimal("0.5")


def test_a_tag_that_was_lost_inside_a_service(store: Store, engine: Engine) -> None:
    above = a_step(trace_id="a", span_id="run", name="run", tag_keys=["team", "feature"])
    below = {"span_id": "pool", "parent_span_id": "run", "name": "pool", "tag_keys": ["team"]}
    steps(store, above, a_step(trace_id="a", **below))
    calls(store, a_call(trace_id="a", parent_span_id="pool", team="t"))
    (loss,) = lost_tags(engine, Period())
    assert loss.boundary == ("feature", "shop: run", "shop: pool", "span")


def test_a_call_that_begins_a_trace_of_its_own_where_others_have_the_tag(
    store: Store, engine: Engine
) -> None:
    calls(store, a_call(team="t"), a_call(), a_call(service="elsewhere"))
    (loss,) = lost_tags(engine, Period())
    assert loss.boundary == ("team", "shop", "shop: chat gpt-5", "trace")
    assert loss.calls == 1


def test_where_a_trace_begins_its_thread_is_named_and_those_of_a_pool_are_one(
    store: Store, engine: Engine
) -> None:
    calls(store, a_call(team="t"))
    for thread in ("pool-7_0", "pool-7_1"):
        lost = a_call()
        book(store, [lost])
        steps(store, step_of(lost) | {"thread": thread})
    (loss,) = lost_tags(engine, Period())
    assert loss.boundary.below == "shop: chat gpt-5, in thread pool-N_N"
    assert loss.calls == 2


@pytest.mark.parametrize("parent", ["", "gone"])
def test_a_tag_that_nothing_above_carries_was_not_lost(
    parent: str, store: Store, engine: Engine
) -> None:
    """It was set deeper in another branch, or nowhere."""
    steps(store, a_step(trace_id="a", span_id="run", parent_span_id=parent, name="run"))
    steps(store, a_step(trace_id="a", span_id="x", parent_span_id="run", tag_keys=["team"]))
    calls(store, a_call(trace_id="a", parent_span_id="run"))
    assert lost_tags(engine, Period()) == []


def test_parents_that_go_round_in_a_circle_end_the_walk(store: Store, engine: Engine) -> None:
    steps(store, a_step(trace_id="a", span_id="x", parent_span_id="y"),
          a_step(trace_id="a", span_id="y", parent_span_id="x"),
          a_step(trace_id="a", span_id="z", tag_keys=["team"]))  # fmt: skip
    calls(store, a_call(trace_id="a", parent_span_id="x"))
    assert lost_tags(engine, Period()) == []
