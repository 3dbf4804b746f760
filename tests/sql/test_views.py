"""Rows in, rows out: each view of the ledger, as `<view>.yaml` beside this file says.

A case has rows to insert (`like` names their builder in support/ledger.py), a query, and what it answers. All
cases share one ledger, each with a tenant of its own, which the query may name as {tenant:String}.
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from spantally_processor.store import open_store
from spantally_processor.store.reading import open_reader
from spantally_processor.store.settling import Booked
from spantally_processor.store.sql_files import sql_files
from support.ledger import (
    NOON,
    Row,
    a_call,
    a_refused_attempt,
    a_step,
    an_agent_span,
    an_unpriced_call,
    close_days,
    insert,
    step_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spantally_processor.store.engine import Engine

BUILDERS = {
    "call": a_call,
    "unpriced": an_unpriced_call,
    "refused": a_refused_attempt,
    "agent": an_agent_span,
    "step": a_step,
}
CASES: dict[str, dict[str, Any]] = {
    f"{path.stem}: {case['name']}": case
    for path in sorted(Path(__file__).parent.glob("*.yaml"))
    for case in yaml.safe_load(path.read_text())
}
VIEWS = {
    view
    for text in sql_files("views").values()
    for view in re.findall(r"^create or replace view (\w+)", text, re.MULTILINE)
}
# Through the commands and the views that read them, of which some are named.
TESTED_ELSEWHERE = {
    "run_days": "agent_cost, whose cases are asked of calls and of roll-ups",
    "run_days_of_calls": "agent_cost",
    "unrolled_days": "processor/store/test_rollup.py",
    "restated_calls": "processor/cli/test_reprice.py",
    "restatement_differences": "processor/cli/test_reprice.py",
    "llm_owners_now": "processor/cli/test_owners.py",
    "owned_calls": "processor/cli/test_owners.py",
    "spend_by_layer": "processor/cli/test_owners.py",
    "spend_by_owner": "processor/cli/test_owners.py",
    "llm_outcomes_now": "processor/cli/test_import.py",
    "llm_plans_now": "processor/cli/test_import.py",
    "llm_revenue_now": "processor/cli/test_import.py",
    "cost_per_outcome": "processor/cli/test_import.py",
    "plan_usage": "processor/cli/test_import.py",
    "unit_economics": "processor/cli/test_import.py",
}


@pytest.fixture(scope="module", params=["from calls", "rolled up"])
def ledger(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Engine]:
    """The rows of all cases, judged; every view answers the same before and after the roll-up."""
    folder = tmp_path_factory.mktemp("cases")
    store = open_store(f"chdb://{folder}/ledger")
    store.migrate()
    blocks: dict[tuple[str, tuple[str, ...]], list[Row]] = defaultdict(list)
    for name, case in CASES.items():
        for given in case["given"]:
            row = a_row(name, given)
            table = "trace_steps" if given.get("like") == "step" else "llm_spans"
            blocks[table, tuple(row)].append(row)
            if table == "llm_spans":
                step = step_of(row)
                blocks["trace_steps", tuple(step)].append(step)
    for (table, _), rows in blocks.items():
        insert(store, rows, table=table)
    starts = [row["start_time"] for rows in blocks.values() for row in rows]
    store.settle(Booked(a_call()["ingested_at"], min(starts), max(starts)))
    if request.param == "rolled up":
        store.roll_up()
        close_days(store)
        assert store.rows("select * from unrolled_days") == []
    with open_reader(f"chdb://{folder}/ledger") as engine:
        yield engine
    store.close()


def a_row(case: str, given: dict[str, Any]) -> Row:
    changes = {key: as_value(key, value) for key, value in given.items() if key != "like"}
    return BUILDERS[given.get("like", "call")](tenant=case, **changes)


def as_value(column: str, value: Any) -> Any:
    """Amounts are written as texts; times as times, or as seconds after noon."""
    if column.endswith("cost") or column in {"lines.list_amount", "lines.quantity"}:
        return (
            [Decimal(each) for each in value]
            if isinstance(value, list)
            else value and Decimal(value)
        )
    if column == "start_time" and not isinstance(value, datetime):
        return NOON.replace(hour=12 + value // 3600, minute=value // 60 % 60, second=value % 60)
    return value


@pytest.mark.parametrize("name", CASES)
def test_a_view_answers_what_its_case_says(ledger: Engine, name: str) -> None:
    case = CASES[name]
    found = ledger.rows(case["ask"], {"tenant": name})
    assert [[plain(field) for field in row] for row in found] == case["expect"]


def plain(field: Any) -> Any:
    """As YAML has it: amounts without needless zeros, times to the second, doubles to nine digits."""
    match field:
        case Decimal():
            return format(field.normalize(), "f")
        case float():
            return float(f"{field:.9g}")
        case list() | tuple():
            return [plain(each) for each in field]
        case datetime():
            return f"{field:%Y-%m-%d %H:%M:%S}"
        case None | bool() | int() | str():
            return field
        case _:
            return str(field)


def test_every_view_has_a_case() -> None:
    tested = {name.partition(":")[0] for name in CASES}
    assert VIEWS - tested == TESTED_ELSEWHERE.keys()
    assert tested <= VIEWS


def test_every_view_says_what_it_is_for(ledger: Engine) -> None:
    said = dict(
        ledger.rows(
            "select name, comment from system.tables"
            " where database = currentDatabase() and engine = 'View'"
        )
    )
    assert said.keys() == VIEWS
    assert {view for view in VIEWS if not said[view]} == set()
