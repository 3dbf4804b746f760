"""`spantally import`: once, replaced by what is newer, beside a processor; and what the views make of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from spantally_processor.store.reading import open_reader
from support.command import Spantally
from support.ledger import a_call, a_refused_attempt, an_unpriced_call, book
from support.processor import running, settings_in

if TYPE_CHECKING:
    from pathlib import Path

    from spantally_processor.store import Store

NOVEMBER, OCTOBER = date(2026, 11, 1), date(2026, 10, 1)
IN_OCTOBER = datetime(2026, 10, 20, tzinfo=UTC)


@pytest.fixture
def load(tmp_path: Path, spantally: Spantally) -> Any:
    """Imports a text as a file; returns what the command answers."""

    def run(kind: str, text: str, *options: str) -> dict[str, Any]:
        path = tmp_path / f"{kind}.csv"
        path.write_text(text)
        return spantally.json("import", kind, str(path), *options)

    return run


def rows(store: Store, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in store._engine.rows(query)]  # type: ignore[attr-defined]


NOW = "select customer, month, revenue, other_cost from llm_revenue_now order by month, customer"


def test_a_file_replaces_its_months_and_the_same_again_nothing(store: Store, load: Any) -> None:
    head = "customer,month,revenue,other_cost\n"
    first = f"{head}a,2026-10,1,\na,2026-11,2,0\nb,2026-11,3,0\n"
    mended = f"{head}a,2026-11,2.5,0\n"

    assert {"rows": 3, "periods": 2, "replaced": 0}.items() <= load("revenue", first).items()
    assert load("revenue", first)["rows"] == 0
    done = load("revenue", mended)
    assert (done["table"], done["rows"], done["replaced"]) == ("llm_revenue", 1, 1)
    assert rows(store, NOW) == [
        ("a", OCTOBER, Decimal(1), None),
        ("a", NOVEMBER, Decimal("2.5"), Decimal(0)),
    ]
    assert load("revenue", first)["replaced"] == 1, "back to what it was"
    assert len(rows(store, NOW)) == 3
    load("revenue", f"{head}a,2026-11,40,0\n", "--source", "other")
    assert len(rows(store, NOW)) == 4, "each source has its own"
    assert rows(store, "select count() from llm_revenue") == [(8,)], "nothing is deleted"


def test_a_faulty_file_imports_nothing(store: Store, tmp_path: Path, spantally: Spantally) -> None:
    path = tmp_path / "revenue.csv"
    path.write_text("customer,month,revenue\na,2026-11,1\nb,2026-11,x\n")
    said = spantally.run("import", "revenue", str(path), exit_code=2)
    assert said.startswith(f"{path}:3: revenue is 'x'; expected an amount")
    assert said.endswith("nothing was imported\n")
    assert rows(store, NOW) == []


def test_it_works_beside_a_running_processor(tmp_path: Path) -> None:
    data = tmp_path / "data"
    path = tmp_path / "plans.csv"
    path.write_text("customer,plan,valid_from,included_tokens\na,basic,2026-01-01,1000\n")
    with running(settings_in(data)) as processor:
        spantally = Spantally(str(data))
        assert spantally.run("import", "plans", str(path)) == "1 row into llm_plans\n"
        again = spantally.run("import", "plans", str(path))
        assert again == "llm_plans has this file already; nothing was written\n"
        assert processor.rows("select plan, included_tokens from llm_plans_now") == [
            ("basic", 1000)
        ]


def test_without_a_ledger_nothing_is_made(tmp_path: Path, spantally: Spantally) -> None:
    path = tmp_path / "revenue.csv"
    path.write_text("customer,month,revenue\na,2026-11,1\n")
    assert "there is no ledger" in spantally.run("import", "revenue", str(path), exit_code=3)


def test_margins_come_loss_makers_first_and_what_is_unknown_is_null(
    store: Store, load: Any
) -> None:
    """Margin = revenue - AI cost - other cost: 5 - 7 - 1 = -3; 20 - 4 - 6 = 10; 8 - 0 - 1 = 7."""
    book(
        store,
        [
            a_call(customer="loss", cost=Decimal(3)),
            a_call(customer="loss", cost=Decimal(4)),
            a_call(customer="gain", cost=Decimal(4)),
            a_call(customer="no_revenue", cost=Decimal(2)),
            a_call(customer="no_other", cost=Decimal(1)),
            a_call(customer="", cost=Decimal(6)),
            a_call(customer="gain", cost=Decimal(9), start_time=IN_OCTOBER),
            a_refused_attempt(customer="unpriced"),
            an_unpriced_call(customer="unpriced"),
            a_call(customer="partly", cost=Decimal(1)),
            an_unpriced_call(customer="partly"),
        ],
    )
    load(
        "revenue",
        "customer,month,revenue,other_cost\n"
        "loss,2026-11,5,1\ngain,2026-11,20,6\nidle,2026-11,8,1\nno_other,2026-11,3,\n"
        "unpriced,2026-11,9,1\npartly,2026-11,9,1\nbefore,2026-09,9,1\n",
    )
    found = rows(
        store,
        "select customer, revenue, ai_cost, other_cost, margin, margin_before_other_cost,"
        " ai_cost_is_lower_bound, attributed_share from unit_economics where month = '2026-11-01'",
    )
    assert [row[0] for row in found[:4]] == ["loss", "partly", "idle", "gain"]
    by_customer = {row[0]: row[1:-1] for row in found}
    assert by_customer == {
        "loss": (5, 7, 1, -3, -2, False),
        "gain": (20, 4, 6, 10, 16, False),
        "idle": (8, 0, 1, 7, 8, False),
        "partly": (9, 1, 1, 7, 8, True),
        "no_other": (3, 1, None, None, 2, False),
        "unpriced": (9, None, 1, None, None, True),
        "no_revenue": (None, 2, None, None, None, False),
        "": (None, 6, None, None, None, False),
    }
    # Of 7 + 4 + 2 + 1 + 6 + 1 = 21 USD of known cost in November, 15 have a customer.
    (share,) = {row[-1] for row in found}
    assert share == pytest.approx(15 / 21)
    earlier = (
        "select ai_cost, margin, attributed_share from unit_economics where customer = 'before'"
    )
    assert rows(store, earlier) == [(None, None, None)], "nobody knows what September cost"


def test_an_outcome_costs_what_the_workflow_spent_failed_attempts_included(
    store: Store, load: Any
) -> None:
    """Tickets: 0.60 + 0.40 for two that were resolved, 7.40 for those that were not: 8.40 / 2 = 4.20.
    Pull requests: 3 x 0.80 / 3 = 0.80."""
    trace = "ab" * 16
    book(
        store,
        [
            a_call(workflow="tickets", cost=Decimal("0.60"), trace_id=trace),
            a_call(workflow="tickets", cost=Decimal("0.40")),
            a_call(workflow="tickets", cost=Decimal("7.40"), outcome="failed"),
            a_refused_attempt(workflow="tickets"),
            *(a_call(workflow="reviews", cost=Decimal("0.80")) for _ in range(3)),
            a_call(workflow="nobody counts", cost=Decimal(1)),
            a_call(workflow="in vain", cost=Decimal(1)),
            an_unpriced_call(workflow="unpriced"),
            a_call(workflow="tickets", cost=Decimal(1), start_time=IN_OCTOBER),
        ],
    )
    load(
        "outcomes",
        "day,outcome,count,workflow,trace_id\n"
        f"2026-11-20,resolved ticket,1,,{trace}\n2026-11-30,resolved ticket,1,tickets,\n"
        "2026-11-20,pull request,3,reviews,\n2026-11-20,nothing,0,in vain,\n"
        "2026-11-20,deal,4,unpriced,\n2026-11-20,deal,4,no such workflow,\n",
    )
    found = rows(
        store,
        "select workflow, outcome, outcomes, cost, cost_per_outcome, is_lower_bound"
        " from cost_per_outcome where month = '2026-11-01'",
    )
    assert found[:2] == [
        ("tickets", "resolved ticket", 2, Decimal("8.40"), Decimal("4.20"), False),
        ("reviews", "pull request", 3, Decimal("2.40"), Decimal("0.80"), False),
    ]
    assert sorted(found[2:]) == [
        ("in vain", "nothing", 0, Decimal(1), None, False),
        ("no such workflow", "deal", 4, None, None, False),
        ("nobody counts", "", None, Decimal(1), None, False),
        ("unpriced", "deal", 4, None, None, True),
    ]
    october = "select outcomes, cost_per_outcome from cost_per_outcome where month = '2026-10-01'"
    assert rows(store, october) == [(None, None)]


def test_customers_over_their_plan_come_first(store: Store, load: Any) -> None:
    calls = [("over", 3), ("under", 1), ("free", 2)]
    book(
        store, [a_call(customer=name, cost=Decimal(2)) for name, many in calls for _ in range(many)]
    )
    load(
        "plans",
        "customer,plan,valid_from,valid_to,monthly_fee,included_tokens,included_calls,included_cost\n"
        "over,basic,2026-01-01,2026-11-15,10,1000,2,100\nover,big,2026-11-15,,20,,,\n"
        "under,basic,2026-11-20,,10,,,4\nfree,free,2026-01-01,,,,,\n",
    )
    found = rows(store, "select customer, plan_name, fee, used_calls, used_share from plan_usage")
    # over: 330 of 1000 tokens, 3 of 2 calls, 6 of 100 USD; under: 2 of 4 USD.
    assert found == [
        ("over", "basic", Decimal(10), 3, 1.5),
        ("under", "basic", Decimal(10), 1, 0.5),
        ("free", "free", None, 2, None),
    ]


def test_a_later_list_of_plans_replaces_the_whole_earlier_one(store: Store, load: Any) -> None:
    head = "customer,plan,valid_from\n"
    load("plans", f"{head}a,basic,2026-01-01\nb,basic,2026-01-01\n")
    load("plans", f"{head}a,big,2026-01-01\n")
    assert rows(store, "select customer, plan from llm_plans_now") == [("a", "big")]


def test_a_tenants_import_is_the_tenants(store: Store, load: Any, tmp_path: Path) -> None:
    book(store, [a_call(customer="a", tenant="t", cost=Decimal(1)), a_call(customer="a")])
    load("revenue", "customer,month,revenue,other_cost\na,2026-11,3,0\n", "--tenant", "t")
    store.close()
    with open_reader(f"chdb://{tmp_path}/ledger") as engine:
        found = engine.rows("select tenant, margin from unit_economics")
    assert [tuple(row) for row in found] == [("t", Decimal(2)), ("", None)]
