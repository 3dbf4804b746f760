"""What `spantally lost-tags` says."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

from support.ledger import a_call, a_run_over_two_services, book, step_of

if TYPE_CHECKING:
    from spantally_processor.store import Store
    from support.command import Spantally


def test_the_boundary_is_named_with_the_calls_and_dollars_behind_it(
    store: Store, spantally: Spantally
) -> None:
    here = {"trace_id": "a", "parent_span_id": "quote", "service": "rates"}
    call = a_call(cost=Decimal("0.25"), **here)
    book(store, a_run_over_two_services("a", carried=False), table="trace_steps")
    book(store, [call])
    book(store, [step_of(call)], table="trace_steps")
    text = spantally.run("lost-tags")
    for word in ("team", "desk: GET /rates", "rates: /rates", "between services", "$0.2500"):
        assert word in text
    (loss,) = json.loads(spantally.run("lost-tags", "--json"))
    assert loss == {
        "tag": "team", "above": "desk: GET /rates", "below": "rates: /rates", "kind": "service",
        "calls": 1, "unpriced_calls": 0, "known_cost": "0.250000000000000000",
    }  # fmt: skip


def test_nothing_lost_is_said_with_exit_code_1(store: Store, spantally: Spantally) -> None:
    book(store, [a_call(team="t")])
    assert "No tag was lost" in spantally.run("lost-tags", exit_code=1)
