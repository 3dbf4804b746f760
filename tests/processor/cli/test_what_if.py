"""What past calls would have cost with another model: exact, and nothing left out in silence."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from spantally_processor.model import TAG_COLUMNS
from spantally_processor.store import usage_groups
from support.command import Spantally
from support.ledger import NOON, Row, a_call, a_refused_attempt, an_unpriced_call, book, served

if TYPE_CHECKING:
    from pathlib import Path

    from spantally_processor.store import Store

MINI = ("what-if", "--provider", "openai", "--model", "gpt-4o-mini")
INPUT, OUTPUT = Decimal("0.15"), Decimal("0.60")
"""USD for a million tokens of gpt-4o-mini, openai.com/api/pricing since 2024-07-18."""

CHANGING = """
schema = "rates/1"
currency = "USD"
provider = "acme"

[[model]]
id = "m"
ids = ["m"]

[[model.rates]]
from = 2026-01-01T00:00:00Z
input = 1.00
output = 2.00
source = "https://acme.example/prices"
checked = 2026-11-01

[[model.rates]]
from = 2026-11-20T12:00:30Z
input = 3.00
output = 5.00
source = "https://acme.example/prices"
checked = 2026-11-01
"""


SEVERAL = {
    "lines.model": ["gpt-5", "gpt-5-mini"],
    "lines.meter": ["input_tokens"] * 2,
    "lines.quantity": [5, 5],
    "lines.per": [1_000_000] * 2,
}


def used(input_tokens: int, output_tokens: int, **changes: object) -> Row:
    usage = {"input_tokens": input_tokens, "output_tokens": output_tokens}
    lines = {"lines.model": [], "lines.meter": []}
    return a_call(**{"usage": usage, "context": {}, **lines, **usage, **changes})


def mini(input_tokens: int, output_tokens: int) -> Decimal:
    return (input_tokens * INPUT + output_tokens * OUTPUT) / 1_000_000


@pytest.fixture
def acme(tmp_path: Path) -> str:
    file = tmp_path / "acme.toml"
    file.write_text(CHANGING)
    return str(file)


def test_the_traffic_of_a_period_costs_what_the_other_models_list_says(
    store: Store, spantally: Spantally
) -> None:
    book(
        store,
        [
            used(1_000_000, 100_001, workflow="concierge", cost=Decimal(4)),
            used(7, 3, workflow="concierge", cost=Decimal("0.01")),
            used(500, 0, workflow="payroll", cost=Decimal("0.0001")),
            used(10**6, 0, start_time=NOON - timedelta(days=40), cost=Decimal(99)),
        ],
    )
    found = spantally.json(*MINI, "--from", "2026-11-01")
    concierge, payroll = found["rows"]
    assert concierge["value"] == "concierge"
    assert Decimal(concierge["now"]) == Decimal("4.01")
    assert Decimal(concierge["then"]) == mini(1_000_007, 100_004)
    assert Decimal(payroll["then"]) == mini(500, 0)
    then = mini(1_000_507, 100_004)
    assert Decimal(found["total"]["then"]) == then
    assert Decimal(found["total"]["difference"]) == then - Decimal("4.0101")
    assert found["not_repriced"] == []
    text = spantally.run(*MINI, "--from", "2026-11-01")
    assert "-$3.8" in text
    assert "same token counts" in text


def test_each_call_is_priced_at_its_own_time_unless_one_is_named(
    store: Store, spantally: Spantally, acme: str
) -> None:
    before = NOON + timedelta(seconds=29, microseconds=999_999)
    book(store, [used(10**6, 0, start_time=before), used(10**6, 0, start_time=before)])
    book(store, [used(0, 10**6, start_time=NOON + timedelta(seconds=30))])
    asked = ("what-if", "--model", "m", "--rates", acme)
    assert Decimal(spantally.json(*asked)["total"]["then"]) == 1 + 1 + 5
    then = spantally.json(*asked, "--at", "2026-03-01T00:00:00Z")
    assert Decimal(then["total"]["then"]) == 1 + 1 + 2
    assert Decimal(spantally.json(*asked, "--at", "now")["total"]["then"]) == 3 + 3 + 5
    early = spantally.json(*asked, "--at", "2025-01-01T00:00:00Z")
    assert early["total"] is None
    assert early["not_repriced"][0]["reason"] == "before_history"


@pytest.mark.parametrize(
    ("call", "reason", "now"),
    [
        (used(1, 1, usage={}), "no_usage", "0.01"),
        (an_unpriced_call(usage={"input_tokens": 5}), "unknown_now", None),
        (
            used(5, 0, pricing_status="partially_priced", unpriced_reason="web_searches"),
            "lower_bound_now",
            "0.01",
        ),
        (used(5, 0, usage={"input_tokens": 5, "pages": 2}), "no_rate", "0.01"),
        (used(5, 0, context={"speed": "fast"}), "unknown_context", "0.01"),
        (used(5, 0, usage={"input_tokens": 1, "cache_read_tokens": 2}), "invalid_usage", "0.01"),
        (used(5, 0, **SEVERAL), "several_models", "0.01"),
    ],
)
def test_what_cannot_be_repriced_is_named_and_in_neither_sum(
    store: Store, spantally: Spantally, call: Row, reason: str, now: str | None
) -> None:
    book(store, [call])
    book(store, [used(1_000_000, 0, cost=Decimal(3))])
    book(store, [a_refused_attempt()])
    found = spantally.json(*MINI)
    assert (found["total"]["calls"], found["total"]["now"]) == (1, "3")
    assert Decimal(found["total"]["then"]) == mini(1_000_000, 0)
    (gap,) = found["not_repriced"]
    assert (gap["reason"], gap["calls"], gap["now"]) == (reason, 1, now)
    text = " ".join(spantally.run(*MINI).split())
    assert "Not re-priced, and in neither sum: 1 call" in text
    assert gap["detail"] in text
    assert ("unknown now" in text) == (now is None)


def test_a_meter_without_a_rate_is_named(store: Store, spantally: Spantally) -> None:
    book(store, [used(5, 0, usage={"input_tokens": 5, "pages": 2})])
    text = spantally.run(*MINI)
    assert "no rate for pages" in text
    assert "Not one call can be re-priced." in text
    assert "$0.00" not in text


def test_batch_is_kept_where_the_model_has_it_and_dropped_only_when_asked(
    store: Store, spantally: Spantally, acme: str
) -> None:
    book(store, [used(10**6, 0, context={"processing": "batch"}, cost=Decimal(1))])
    assert Decimal(spantally.json(*MINI)["total"]["then"]) == INPUT / 2
    asked = ("what-if", "--model", "m", "--rates", acme)
    assert spantally.json(*asked)["total"] is None
    assert "--as-standard" in spantally.run(*asked)
    found = spantally.json(*asked, "--as-standard")
    assert found["total"]["then"] == "1"
    assert found["as_standard"] == [{"context": "processing=batch", "calls": 1}]
    assert "1 call with processing=batch: at the standard rate" in " ".join(
        spantally.run(*asked, "--as-standard").split()
    )


def test_every_column_and_tag_can_group_and_filter(store: Store, spantally: Spantally) -> None:
    keys = (*TAG_COLUMNS, "service", "provider", "operation", "region")

    def call(value: str, tokens: int) -> Row:
        return used(tokens, 0, **dict.fromkeys(keys[:-1], value), tags={"region": value})

    book(store, [call("a", 1_000_000), call("b", 2_000_000)])
    for key in keys:
        rows = spantally.json(*MINI, "--by", key)["rows"]
        assert {(row["value"], Decimal(row["then"])) for row in rows} == {
            ("a", INPUT),
            ("b", 2 * INPUT),
        }, key
        only = spantally.json(*MINI, "--where", f"{key}=b", "--where", "model=gpt-5")
        assert (only["total"]["calls"], Decimal(only["total"]["then"])) == (1, 2 * INPUT), key
    assert spantally.exit_code(*MINI, "--where", "region=c") == 1


def test_slices_leave_out_no_call_and_take_none_twice(
    store: Store, spantally: Spantally, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = [NOON + timedelta(seconds=17 * number) for number in range(60)]
    calls = [used(1000 + number, 10, start_time=at) for number, at in enumerate(times)]
    copies = [call | {"rank": 1, "span_id": f"ff{call['span_id'][2:]}"} for call in calls[:9]]
    book(store, [*calls, *(copy | {"scope": "another"} for copy in copies)])
    period = ("--from", times[3].isoformat(), "--to", times[50].isoformat())
    whole = [spantally.json(*MINI), spantally.json(*MINI, *period)]
    assert [each["total"]["calls"] for each in whole] == [60, 47]
    assert Decimal(whole[0]["total"]["then"]) == mini(sum(range(1000, 1060)), 600)
    monkeypatch.setattr(usage_groups, "SLICE", 7)
    assert [spantally.json(*MINI), spantally.json(*MINI, *period)] == whole


def test_the_answer_is_the_same_served_and_opened_directly(
    store: Store, spantally: Spantally
) -> None:
    book(store, [used(1000, 10, tags={"region": "eu"}), used(5, 1)])
    asked = (*MINI, "--by", "region", "--where", "service=shop")
    directly = spantally.run(*asked)
    with served(store.query_app) as url:
        store.publish(url)
        assert spantally.run(*asked) == directly


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--model", "gpt-4o-mimi"], "did you mean gpt-4o-mini"),
        (["--model", "gpt-4o-mini", "--provider", "cohere"], "of cohere"),
        (["--model", "gpt-4o-mini", "--where", "team"], "expected KEY=VALUE"),
        (["--model", "gpt-4o-mini", "--at", "yesterday"], "expected now, or a time with zone"),
        (["--model", "gpt-4o-mini"], "say which with --provider"),
        ([], "Missing option '--model'"),
    ],
)
def test_a_wrong_command_line_says_what_was_expected(
    store: Store, spantally: Spantally, options: list[str], said: str
) -> None:
    assert said in " ".join(spantally.run("what-if", *options, exit_code=2).split())


def test_the_provider_is_found_where_only_one_that_sells_the_model_was_called(
    store: Store, spantally: Spantally
) -> None:
    book(store, [used(10**6, 0)])
    assert spantally.json("what-if", "--model", "gpt-4o-mini")["provider"] == "openai"
    assert spantally.exit_code(*MINI, "--to", "2026-01-01") == 1


def test_a_narrow_terminal_cuts_no_amount(store: Store, tmp_path: Path) -> None:
    million = 1_000_000
    book(store, [used(900_000 * million, million, cost=Decimal("1125000.43"), workflow="w" * 30)])
    then = f"${mini(900_000 * million, million):,.2f}"
    for columns in (30, 80, 200):
        table = Spantally(str(tmp_path), columns).run(*MINI).partition("Assumed")[0]
        assert table.count("$1,125,000.43") == table.count(then) == 2, "of the workflow and in all"
