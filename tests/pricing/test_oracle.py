"""The bundled table against cases on which independent price tables agree, and hand-worked ones.

The cases are kept beside the repository, not in it; where they are absent these tests skip.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from spantally_pricing import Cost, InvalidUsage, RateTable, Unpriced, Usage

FOLDER = Path(
    os.environ.get("SPANTALLY_ORACLE", Path(__file__).parents[2].parent / "shared" / "pricing")
)
STATUS = {"unpriced_or_estimated": "unpriced", "invalid_usage": "invalid"}

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"no price cases in {FOLDER}; SPANTALLY_ORACLE names another folder"
)

Case = dict[str, Any]


def cases(name: str) -> list[Case]:
    file = FOLDER / f"oracle-{name}.json"
    return json.loads(file.read_text())["cases"] if file.is_file() else []


def outcome(table: RateTable, case: Case) -> tuple[str, Decimal | None]:
    """Status and amount, as the cases name them."""
    try:
        usage = Usage(case["usage"])
    except InvalidUsage:
        return "invalid", None
    cost = table.price(
        usage,
        provider=case["provider"],
        model=case["model"],
        at=datetime.fromisoformat(case["timestamp"]),
        context=case["context"],
    )
    match cost:
        case Unpriced():
            return "unpriced", None
        case Cost(missing=()):
            return "priced", cost.amount
        case _:
            return "partially_priced", cost.amount


def expected(case: Case) -> tuple[str, Decimal | None]:
    amount = case["expected_cost_usd"]
    status = case.get("expected_status", "priced")
    return STATUS.get(status, status), None if amount is None else Decimal(amount)


@pytest.mark.parametrize("name", ["agree", "hand"])
def test_every_case_is_exact(table: RateTable, name: str) -> None:
    listed = cases(name)
    wrong = {
        case["id"]: (outcome(table, case), expected(case))
        for case in listed
        if outcome(table, case) != expected(case)
    }
    templates = Counter(case_id.rsplit("/", 1)[-1] for case_id in wrong)
    assert listed
    assert not wrong, f"{len(wrong)} of {len(listed)} differ, by template: {dict(templates)}"
