"""What many calls of one kind cost together is what each of them costs alone."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from spantally_pricing import RateTable
from spantally_processor.ledger.charging import Charge, Plan
from spantally_processor.ledger.reader import LedgerReader
from spantally_processor.ledger.rows import LineHead
from spantally_processor.ledger.splits import split_of
from spantally_processor.otlp.lean import lean_request
from spantally_processor.pricer import Pricer
from support.otlp import a_call, a_request

if TYPE_CHECKING:
    from spantally_processor.model import PricedSpan

EACH = st.one_of(st.integers(0, 10**13), st.integers(0, 10**24 - 1))
COUNTS = st.one_of(st.integers(0, 100), st.integers(0, 10**12))


@cache
def a_priced_span() -> PricedSpan:
    request = lean_request(a_request(a_call()).SerializeToString())
    ((row,),) = LedgerReader(Pricer(RateTable.bundled())).rows(request)
    assert row.call is not None
    return row.call.like


@given(
    lines=st.lists(st.tuples(EACH, st.one_of(st.none(), EACH)), max_size=4),
    same=st.booleans(),
    amount=st.sampled_from([Decimal(1), None]),
    calls=st.lists(st.lists(COUNTS, min_size=5, max_size=5), min_size=1, max_size=5),
)
@example(lines=[(10**12, 10**12)], same=True, amount=Decimal(1), calls=[[10**12] * 5, [1] * 5])
@example(lines=[(10**6, None), (10**6, 7)], same=False, amount=Decimal(1), calls=[[3] * 5, [0] * 5])
def test_many_calls_cost_what_each_of_them_costs(
    lines: list[tuple[int, int | None]], same: bool, amount: Decimal | None, calls: list[list[int]]
) -> None:
    heads = tuple(LineHead("", f"meter {n}", 1, 1, 1, "", "") for n in range(len(lines)))
    plan = Plan(
        replace(a_priced_span(), amount=amount),
        tuple(range(len(lines), 0, -1)),
        heads,
        tuple(booked for booked, _ in lines),
        None if same else tuple(listed for _, listed in lines),
    )
    together = plan.charges(np.array(calls, np.int64).T)
    assert [Charge(*each) for each in zip(*together, strict=True)] == list(map(plan.charge, calls))


@given(calls=st.lists(st.lists(COUNTS, min_size=4, max_size=4), min_size=1, max_size=9))
def test_many_counts_have_the_portions_that_each_of_them_has(calls: list[list[int]]) -> None:
    split = split_of(("output_tokens", "input_tokens", "cache_read_tokens", "reasoning_tokens"))
    assert split is not None
    columns = split.portion_columns(np.array(calls, np.int64).T)
    found = [each if min(each) >= 0 else None for each in columns.T.tolist()]
    assert found == list(map(split.portions, calls))
