"""The hotel group spends what its docstring promises."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from support.hotel_group import (
    CUSTOMERS,
    LAST,
    PROPERTIES,
    SHARES,
    SPENT,
    THIS,
    hotel_group,
)

if TYPE_CHECKING:
    from support.hotel_group import Quarter


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
