"""`spantally audit` agrees with a ledger that agrees with itself, and finds what does not."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from spantally_processor.store.rollup import roll_up
from support.ledger import NOON, a_call, book, insert
from support.otlp import a_call as a_span
from support.otlp import a_request
from support.processor import running, settings_in

if TYPE_CHECKING:
    from pathlib import Path

    from spantally_processor.store import Store
    from support.command import Spantally

CENT = Decimal("0.01")

LINES: dict[str, Any] = {
    "lines.model": ["gpt-5"], "lines.meter": ["input_tokens"], "lines.quantity": [Decimal(1000)],
    "lines.unit_price": [Decimal(10)], "lines.per": [1_000_000], "lines.factor": [Decimal(1)],
    "lines.amount": [CENT], "lines.rate_id": ["r"], "lines.list_amount": [CENT],
    "lines.list_rate_id": ["r"],
}  # fmt: skip


def a_right_call(**changes: Any) -> dict[str, Any]:
    priced = {"cost": CENT, "cost_source": "computed", "pricing_status": "priced", **LINES}
    return a_call(**priced | changes)


def wrong(spantally: Spantally, *arguments: str) -> dict[str, str]:
    """The checks that failed, each with its example."""
    found = spantally.json("audit", *arguments)
    assert all(each["compared"] >= each["wrong"] for each in found)
    return {each["check"]: each["example"] for each in found if each["wrong"]}


def test_a_ledger_that_the_processor_wrote_agrees(tmp_path: Path, spantally: Spantally) -> None:
    unknown = {"gen_ai__request__model": "mystery", "gen_ai__response__model": "mystery"}
    spans = [a_span(), a_span(**unknown), a_span(spantally__usage__source="not_billed")]
    body = a_request(*spans).SerializeToString()
    with running(settings_in(tmp_path)) as processor:
        processor.post(body)
        processor.settle()

    text = spantally.run("audit")
    assert text.count("✓") == 6
    assert "✗" not in text
    assert "each LLM span is a step of its trace  3 compared" in text


def test_an_empty_ledger_agrees(store: Store, spantally: Spantally) -> None:
    assert spantally.run("audit").count("✓") >= 5


def test_lines_that_do_not_sum_to_the_cost_are_found(store: Store, spantally: Spantally) -> None:
    odd = a_right_call(cost=CENT + Decimal("1e-18"))
    book(store, [a_right_call(), odd])

    found = wrong(spantally)

    assert found == {
        "the lines of a computed cost sum to it": f"{odd['trace_id']} {odd['span_id']} by "
        "0.000000000000000001 USD"
    }
    text = spantally.run("audit", exit_code=1)
    assert "✗ the lines of a computed cost sum to it: 1 of 2 do not" in text


@pytest.mark.parametrize(
    ("cost", "status"), [(Decimal(0), "unpriced"), (None, "priced"), (None, "not_billed")]
)
def test_a_cost_that_is_known_and_unknown_is_found(
    store: Store, spantally: Spantally, cost: Decimal | None, status: str
) -> None:
    book(store, [a_right_call(), a_right_call(cost=cost, pricing_status=status, cost_source="")])
    assert list(wrong(spantally)) == ["a cost is null exactly where it is unknown"]


def test_a_span_without_its_step_is_found(store: Store, spantally: Spantally) -> None:
    book(store, [a_right_call()])
    lonely = a_right_call()
    insert(store, [lonely])
    check = "each LLM span is a step of its trace"
    assert wrong(spantally) == {check: f"{lonely['trace_id']} {lonely['span_id']}"}


def test_a_span_that_is_booked_on_two_days_is_found(store: Store, spantally: Spantally) -> None:
    call = a_right_call()
    later = call | {"start_time": NOON.replace(day=NOON.day + 1)}
    book(store, [call])
    book(store, [later])
    assert list(wrong(spantally)) == ["each LLM span is in the ledger once"]
    assert wrong(spantally, "--to", "2026-11-21") == {}, "in the period it is one"


def test_a_day_that_is_not_what_its_calls_sum_to_is_found(
    store: Store, spantally: Spantally
) -> None:
    engine = store._engine  # type: ignore[attr-defined]
    book(store, [a_right_call(), a_right_call()])
    roll_up(engine)
    assert wrong(spantally) == {}, "a day that may be made anew is not compared"
    engine.command("insert into rollups (began_at) values (now() + interval 1 day)")
    text = spantally.run("audit")
    assert "✓ spend by day is what its calls sum to  1 compared" in text

    engine.command("alter table spend_daily update cost = 9 where 1 settings mutations_sync = 1")

    assert list(wrong(spantally)) == ["spend by day is what its calls sum to"]
    assert wrong(spantally, "--from", "2026-11-20T13:00+00:00") == {}, "of a part of a day no sum"


def test_what_was_set_aside_is_found(tmp_path: Path, spantally: Spantally) -> None:
    with running(settings_in(tmp_path)) as processor:
        processor.post(a_request(a_span()).SerializeToString())
        processor.settle()
    with sqlite3.connect(tmp_path / "spool.sqlite") as spool:
        spool.execute(
            "insert into quarantine (destination, quarantined_ns, reason, seq, spans, size)"
            " values ('ledger', 1, 'a bad type', 1, 7, 0), ('forward:x', 1, '404', 1, 1, 0)"
        )
    spool.close()
    assert wrong(spantally) == {"nothing that was accepted is set aside": "a bad type"}
