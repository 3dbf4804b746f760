"""An import takes no price back: retired models stay, a changed price begins on the day it was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally_pricing.importing.cards import EARLIEST, card_of, plain_row
from spantally_pricing.importing.keeping import CHANGED, kept

if TYPE_CHECKING:
    from spantally_pricing.document import ModelDoc, Rates, RowDoc

DAY = "2026-11-28T00:00:00Z"
SUMMER = "2026-07-01T00:00:00Z"


def row(rates: Rates, since: str = EARLIEST, note: str = "start not verified") -> RowDoc:
    return plain_row(since, card_of({0: rates}), "", note)


def with_batch(made: RowDoc, rates: Rates) -> RowDoc:
    variant = {"when": {"processing": ["batch"]}, "card": card_of({0: rates}), "factor": None}
    return {**made, "variants": [{**variant, "on": []}]}  # pyright: ignore[reportReturnType]


def model(name: str, *rows: RowDoc, ids: tuple[str, ...] = ()) -> ModelDoc:
    return {"id": name, "ids": list(ids or (name,)), "rows": list(rows)}


def since_and_input(found: ModelDoc) -> list[tuple[str, str]]:
    return [(each["since"], each["card"]["rates"]["input"]) for each in found["rows"]]


def test_a_model_that_the_sources_drop_keeps_its_rows() -> None:
    retired, current = model("old", row({"input": "2"})), model("new", row({"input": "1"}))
    assert kept([current], [retired, current], DAY) == [current, retired]


def test_a_name_that_is_dropped_alone_keeps_the_price_of_the_model_that_it_was() -> None:
    before = model("m", row({"input": "2"}), ids=("m", "m-2025", "m-2026"))
    fresh = model("m-2026", row({"input": "1"}))
    first, second = kept([fresh], [before], DAY)
    assert (first["ids"], second["ids"]) == (["m-2026"], ["m", "m-2025"])
    assert since_and_input(second) == [(EARLIEST, "2")]


def test_a_price_without_dates_that_changes_holds_from_the_day_of_the_import() -> None:
    (found,) = kept([model("m", row({"input": "1"}))], [model("m", row({"input": "2"}))], DAY)
    assert since_and_input(found) == [(EARLIEST, "2"), (DAY, "1")]
    assert found["rows"][1]["note"] == CHANGED


def test_the_next_import_that_says_the_same_changes_nothing() -> None:
    before = model("m", row({"input": "2"}), row({"input": "1"}, SUMMER, CHANGED))
    assert kept([model("m", row({"input": "1"}))], [before], DAY) == [before]


def test_a_meter_or_context_that_is_new_to_the_sources_is_known_of_the_past_too() -> None:
    before = model("m", row({"input": "2"}), row({"input": "1"}, SUMMER, CHANGED))
    more = with_batch(
        row({"input": "1", "cache_read": "0.1"}), {"input": "0.5", "cache_read": "0.1"}
    )
    (found,) = kept([model("m", more)], [before], DAY)
    assert since_and_input(found) == [(EARLIEST, "2"), (SUMMER, "1")]
    assert found["rows"][1]["card"] == more["card"]
    assert found["rows"][1]["variants"] == more["variants"]


def test_a_context_that_is_taken_back_is_gone_from_the_day_of_the_import_only() -> None:
    before = model("m", with_batch(row({"input": "2"}), {"input": "1"}))
    (found,) = kept([model("m", row({"input": "2"}))], [before], DAY)
    assert [(each["since"], len(each["variants"])) for each in found["rows"]] == [
        (EARLIEST, 1),
        (DAY, 0),
    ]


def test_a_source_with_dates_has_its_way() -> None:
    dated = model("m", row({"input": "3"}), row({"input": "1"}, SUMMER))
    assert kept([dated], [model("m", row({"input": "2"}))], DAY) == [dated]
