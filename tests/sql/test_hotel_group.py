"""The hotel group's known answers, against what the processor made of the same calls."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from spantally_processor.store.reading import open_reader
from support.hotel_group import (
    CUSTOMERS,
    LAST,
    PROPERTIES,
    SHARES,
    SPENT,
    THIS,
    a_ledger,
    hotel_group,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.hotel_group import Quarter

Ask: TypeAlias = "Callable[[str], list[tuple[Any, ...]]]"


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Rows of a query on the group's ledger."""
    folder = tmp_path_factory.mktemp("hotel-group")
    with a_ledger(folder), open_reader(f"chdb://{folder}/ledger") as engine:
        yield lambda query: [tuple(row) for row in engine.rows(query)]


@pytest.mark.parametrize("quarter", SPENT, ids=lambda quarter: quarter.name)
def test_the_group_spends_what_its_docstring_says(quarter: Quarter) -> None:
    spent: dict[str, Decimal] = defaultdict(Decimal)
    cells: set[tuple[str, str]] = set()
    for call in hotel_group().of(quarter):
        spent[call.tags.get("workflow", "")] += call.cost or 0
        cells.add((call.tags.get("workflow", ""), call.tags.get("property", "")))
    named = {name: SPENT[quarter] * percent / 100 for name, percent in SHARES.items()}
    untagged = named.pop("payroll") if quarter is LAST else Decimal(0)
    assert spent == {**named, "": untagged}
    assert cells == {("", ""), *((name, site) for name in named for site in PROPERTIES)}
    assert len(PROPERTIES) == 24
    assert {call.tags.get("customer", "") for call in hotel_group().of(THIS)} == {"", *CUSTOMERS}


def test_every_call_is_booked_once_at_its_published_price(ask: Ask) -> None:
    booked = ask("select span_id, pricing_status, cost, tokens from llm_calls")
    assert sorted(booked) == sorted(
        (call.span, call.status, call.cost, (call.tokens_in or 0) + (call.tokens_out or 0))
        for call in hotel_group().calls
    )
