"""Two sources are merged name by name: history from the first, what only the second knows added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally_pricing.importing.cards import EARLIEST, card_of, plain_row
from spantally_pricing.importing.merging import added, merged

if TYPE_CHECKING:
    from spantally_pricing.document import ModelDoc, Rates, RowDoc

NOW = "2026-11-23T00:00:00Z"


def row(rates: Rates, *, start: str = EARLIEST, long: Rates | None = None) -> RowDoc:
    return plain_row(start, card_of({0: rates, **({200_001: long} if long else {})}), "", "")


def with_batch(made: RowDoc, rates: Rates) -> RowDoc:
    card = card_of({0: {**made["card"]["rates"], **rates}})
    variant = {"when": {"processing": ["batch"]}, "card": card, "factor": None, "on": []}
    return {**made, "variants": [variant]}  # pyright: ignore[reportReturnType]


def model(name: str, *rows: RowDoc, ids: tuple[str, ...] = ()) -> ModelDoc:
    return {"id": name, "ids": list(ids or (name,)), "rows": list(rows)}


def merge(first: list[ModelDoc], second: list[ModelDoc], *trusted: str) -> dict[str, ModelDoc]:
    models = merged(first, second, at=NOW, trust_second=lambda name: name in trusted)
    return {model["id"]: model for model in models}


def test_history_is_kept_and_a_meter_that_only_the_other_knows_is_added_where_the_price_is_the_same() -> (
    None
):
    first = model("m", row({"input": "4"}), row({"input": "2"}, start="2026-08-01T00:00:00Z"))
    found = merge([first], [model("m", row({"input": "2", "cache_read": "0.2"}))])["m"]["rows"]
    assert [each["card"]["rates"] for each in found] == [
        {"input": "4"},
        {"input": "2", "cache_read": "0.2"},
    ]


def test_a_coming_price_keeps_fees_and_kinds_that_cost_what_text_costs_and_guesses_no_other() -> (
    None
):
    coming = with_batch(
        row({"input": "4", "output": "8"}, start="2027-01-01T00:00:00Z"),
        {"input": "2", "output": "4"},
    )
    extra = {"cache_read": "0.2", "output_audio": "4", "maps_search": "14"}
    other = model("m", row({"input": "2", "output": "4", **extra}))
    first = model("m", row({"input": "2", "output": "4"}), coming)
    later = merge([first], [other])["m"]["rows"][1]
    assert later["card"]["rates"] == {
        "input": "4",
        "output": "8",
        "output_audio": "8",
        "maps_search": "14",
    }
    assert later["variants"][0]["card"] == {
        "rates": {"input": "2", "output": "4", "output_audio": "4", "maps_search": "14"},
        "tiers": [],
    }


def test_a_context_that_only_the_other_knows_is_added_to_every_row_in_its_ratio() -> None:
    first = model("m", row({"input": "4"}), row({"input": "2"}, start="2026-08-01T00:00:00Z"))
    other = with_batch(row({"input": "2"}), {"input": "1"})
    found = merge([first], [model("m", other)])["m"]["rows"]
    assert [each["variants"][0]["card"] for each in found] == [
        {"rates": {"input": "2"}, "tiers": []},
        {"rates": {"input": "1"}, "tiers": []},
    ]


def test_cached_audio_that_only_the_first_knows_keeps_step_with_cached_text_in_the_others_context() -> (
    None
):
    rates = {"input": "2", "cache_read": "0.2"}
    first = row({**rates, "cache_read_audio": "1"})
    other = with_batch(row(rates), {"input": "1", "cache_read": "0.1"})
    (variant,) = merge([model("m", first)], [model("m", other)])["m"]["rows"][0]["variants"]
    assert variant["card"] == {
        "rates": {"input": "1", "cache_read": "0.1", "cache_read_audio": "0.5"},
        "tiers": [],
    }


def test_a_context_that_the_first_has_is_not_replaced() -> None:
    first = with_batch(row({"input": "2"}), {"input": "1.6"})
    other = with_batch(row({"input": "2"}), {"input": "1"})
    (variant,) = merge([model("m", first)], [model("m", other)])["m"]["rows"][0]["variants"]
    assert variant["card"] == {"rates": {"input": "1.6"}, "tiers": []}


def test_a_tier_that_only_the_other_knows_is_added() -> None:
    other = row({"input": "3", "output": "15"}, long={"input": "6", "output": "22.5"})
    found = merge([model("m", row({"input": "3", "output": "15"}))], [model("m", other)])["m"]
    (tier,) = found["rows"][0]["card"]["tiers"]
    assert tier == {"at_least": 200_001, "rates": {"input": "6", "output": "22.5"}}


def test_where_the_two_differ_the_first_has_the_name_unless_the_second_is_trusted_with_it() -> None:
    first = model("m", row({"input": "2"}), ids=("m", "us-gov.m"))
    second = [model("m", row({"input": "3"})), model("us-gov.m", row({"input": "2.4"}))]
    found = merge([first], second, "us-gov.m")
    assert {name: each["rows"][0]["card"]["rates"]["input"] for name, each in found.items()} == {
        "m": "2",
        "us-gov.m": "2.4",
    }
    assert found["m"]["ids"] == ["m"]


def test_an_old_map_is_asked_only_for_names_that_nobody_has() -> None:
    current = [model("m", row({"input": "2"}), ids=("m", "m-latest"))]
    older = [model("m-latest", row({"input": "9"})), model("retired", row({"input": "5"}))]
    assert [each["id"] for each in added(current, older)] == ["m", "retired"]
    since = [model("n", row({"input": "4"}), ids=("n", "retired"))]
    assert [each["id"] for each in added(current, older, seen_since=since)] == ["m"]
