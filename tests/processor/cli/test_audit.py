"""`spantally audit` agrees with a ledger that agrees with itself, and finds what does not."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
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
    from spantally_processor.store.engine import Engine
    from support.command import Spantally

CENT = Decimal("0.01")


def engine_of(store: Store) -> Engine:
    return store._engine  # type: ignore[attr-defined]


def command(store: Store, statement: str) -> None:
    """Changes the ledger behind everybody's back."""
    engine_of(store).command(statement)


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
    seat = {"gen_ai__provider__name": "github_copilot"}
    refused = {"spantally__usage__source": "not_billed"}
    spans = [a_span(), *(a_span(**each) for each in (unknown, refused, seat))]
    body = a_request(*spans).SerializeToString()
    with running(settings_in(tmp_path)) as processor:
        processor.post(body)
        processor.settle()

    text = spantally.run("audit")
    assert text.count("✓") == 9
    assert "✗" not in text
    assert "each LLM span is a step of its trace  4 compared" in text


def test_an_empty_ledger_agrees(store: Store, spantally: Spantally) -> None:
    assert spantally.run("audit").count("✓") >= 8


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
    assert list(wrong(spantally)) == [
        "a cost is null exactly where it is unknown, or a subscription pays"
    ]


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


@pytest.mark.parametrize(("table", "kind"), [("spend_daily", "day"), ("spend_hourly", "hour")])
def test_a_day_or_hour_that_is_not_what_its_calls_sum_to_is_found(
    store: Store, spantally: Spantally, table: str, kind: str
) -> None:
    book(store, [a_right_call(), a_right_call()])
    roll_up(engine_of(store))
    assert wrong(spantally) == {}, "a day that may be made anew is not compared"
    command(store, "insert into rollups (began_at) values (now() + interval 1 day)")
    text = spantally.run("audit")
    assert "✓ spend by hour and by day is what its calls sum to  2 compared" in text

    command(store, f"alter table {table} update cost = 9 where 1 settings mutations_sync = 1")

    ((check, example),) = wrong(spantally).items()
    assert check == "spend by hour and by day is what its calls sum to"
    assert example.startswith(f"{kind} of 2026-11-20")
    half_past = "2026-11-20T12:30+00:00"
    assert wrong(spantally, "--from", half_past) == {}, "of a part of a day or hour no sum"


@pytest.fixture
def seen_thrice(store: Store) -> list[dict[str, Any]]:
    """A call seen at the wire, by the SDK, and by a gateway in a trace of its own."""
    wire = a_right_call()
    native = a_right_call(rank=2, **{key: wire[key] for key in ("trace_id", "response_id")})
    gateway = a_right_call(rank=1, response_id=wire["response_id"], service="gateway")
    book(store, [wire, native, gateway])
    return [wire, native, gateway]


def test_verdicts_that_were_decided_agree(
    spantally: Spantally, seen_thrice: list[dict[str, Any]]
) -> None:
    found = {each["check"]: each for each in spantally.json("audit")}
    assert not any(each["wrong"] for each in found.values())
    assert found[VERDICTS]["compared"] == 3
    assert found[POINTERS]["compared"] == 2


VERDICTS = "the verdict of each span is the one that was decided with most at hand"
POINTERS = "each span that another one says better points, over another at most, to one that counts"


def test_a_verdict_that_nobody_decided_is_found(
    store: Store, spantally: Spantally, seen_thrice: list[dict[str, Any]]
) -> None:
    wire = seen_thrice[0]
    insert(store, [a_right_call(verdict="duplicate")])
    command(
        store,
        f"alter table llm_spans update verdict = 'mirror' where span_id = '{wire['span_id']}'"
        " settings mutations_sync = 1",
    )

    assert list(wrong(spantally)) == [
        "each LLM span is a step of its trace",
        VERDICTS,
        POINTERS,
    ]
    found = {each["check"]: each["wrong"] for each in spantally.json("audit")}
    assert found[VERDICTS] == 2


def test_a_restatement_that_lacks_a_call_is_found(store: Store, spantally: Spantally) -> None:
    started = {"started_at": NOON, "updated_at": NOON, "done_to": NOON, "calls": 2, "changed": 1}
    whole = {
        "generation": "g1", "author": "ada", "reason": "", "period_from": NOON,
        "period_to": NOON + timedelta(hours=1), "table_version": "v", "state": "complete", **started,
    }  # fmt: skip
    insert(store, [whole, whole | {"generation": "g2", "state": "running"}], table="restatements")
    check = "a complete restatement has as many changed calls as it says"
    assert wrong(spantally) == {check: "g1 says 1 and has 0"}
    assert wrong(spantally, "--from", "2026-11-21") == {}, "it is about another period"

    restated = {key: a_call()[key] for key in ("tenant", "trace_id", "span_id", "start_time")}
    insert(store, [{"generation": "g1", **restated, "cost": CENT}], table="restated_spans")
    assert wrong(spantally) == {}


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
