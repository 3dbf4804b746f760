"""genai-prices' objects become dated rows under plain ids; what its constraints cannot say is put right."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING

from spantally_pricing.importing.cards import EARLIEST
from spantally_pricing.importing.genai_prices import models_of

if TYPE_CHECKING:
    from spantally_pricing.document import ModelDoc


@dataclass
class Equals:
    equals: str

    def is_match(self, text: str) -> bool:
        return text == self.equals


@dataclass
class StartsWith:
    starts_with: str

    def is_match(self, text: str) -> bool:
        return text.startswith(self.starts_with)


@dataclass
class Or:
    or_: list[Equals | StartsWith]

    def is_match(self, text: str) -> bool:
        return any(part.is_match(text) for part in self.or_)


@dataclass
class Dated:
    prices: object
    constraint: object = None
    when: dict[str, str] = field(default_factory=dict)


def rates(**said: str | tuple[str, int, str] | None) -> SimpleNamespace:
    """A price; a tuple is (rate, bound, rate above it)."""
    return SimpleNamespace(
        **{
            key: SimpleNamespace(
                base=Decimal(value[0]),
                tiers=[SimpleNamespace(start=value[1], price=Decimal(value[2]))],
            )
            if isinstance(value, tuple)
            else value and Decimal(value)
            for key, value in said.items()
        }
    )


def since(day: str) -> SimpleNamespace:
    return SimpleNamespace(start_date=dt.date.fromisoformat(day))


def between(start: int, end: int) -> SimpleNamespace:
    return SimpleNamespace(start_time=dt.time(start), end_time=dt.time(end))


def model(
    prices: object, *, match: object = None, variants: list[Dated] | None = None, name: str = "m"
) -> SimpleNamespace:
    return SimpleNamespace(
        id=name,
        match=match or Equals(name),
        prices=prices,
        price_variants=variants,
        price_comments="Batch is half. See https://acme.example/pricing#m.",
    )


def imported(*models: SimpleNamespace, names: tuple[str, ...] = ()) -> list[ModelDoc]:
    return models_of(SimpleNamespace(id="acme", models=models), names)[0]


def test_a_price_becomes_a_row_with_its_tier_and_the_page_that_its_comment_cites() -> None:
    (doc,) = imported(model(rates(input_mtok=("2", 200_000, "4"), output_mtok="10", name=None)))
    (row,) = doc["rows"]
    assert row["card"]["rates"] == {"input": "2", "output": "10"}
    assert row["card"]["tiers"] == [{"at_least": 200_001, "rates": {"input": "4", "output": "10"}}]
    assert (row["since"], row["source"]) == (EARLIEST, "https://acme.example/pricing#m")
    assert row["note"] == "start not verified"


def test_a_name_belongs_to_the_first_model_that_matches_it() -> None:
    mini = model(rates(input_mtok="1"), match=StartsWith("m-mini"), name="m-mini")
    large = model(rates(input_mtok="5"), match=Or([Equals("m"), StartsWith("m-")]))
    docs = imported(mini, large, names=("M-mini-2", "m-large", "other"))
    assert {doc["id"]: doc["ids"] for doc in docs} == {
        "m-mini": ["M-mini-2", "m-mini"],
        "m": ["m", "m-large"],
    }


def test_a_variant_holds_from_the_first_row_and_not_only_since_it_was_verified() -> None:
    batch = Dated(rates(input_mtok="1"), since("2026-10-14"), {"processing": "batch"})
    (doc,) = imported(model(rates(input_mtok="2", cache_read_mtok="0.2"), variants=[batch]))
    (row,) = doc["rows"]
    (variant,) = row["variants"]
    assert variant["when"] == {"processing": ["batch"]}
    assert variant["card"] == {"rates": {"input": "1", "cache_read": "0.2"}, "tiers": []}


def test_a_variant_in_an_older_row_stands_to_that_row_as_it_stands_to_its_own() -> None:
    prices = [Dated(rates(input_mtok="4")), Dated(rates(input_mtok="2"), since("2026-08-21"))]
    batch = Dated(rates(input_mtok="1"), since("2026-10-14"), {"processing": "batch"})
    (doc,) = imported(model(prices, variants=[batch]))
    found = [(row["since"], row["variants"][0]["card"]) for row in doc["rows"]]
    assert found == [
        (EARLIEST, {"rates": {"input": "2"}, "tiers": []}),
        ("2026-08-21T00:00:00Z", {"rates": {"input": "1"}, "tiers": []}),
    ]


def test_a_daily_window_does_not_reach_back_before_the_last_dated_row() -> None:
    prices = [
        Dated(rates(input_mtok="1")),
        Dated(rates(input_mtok="2"), since("2026-08-17")),
        Dated(rates(input_mtok="4"), between(1, 4)),
    ]
    (doc,) = imported(model(prices))
    first, last = doc["rows"]
    assert first["windows"] == []
    assert last["windows"][0]["utc"] == [[60, 240]]
    assert last["windows"][0]["card"]["rates"] == {"input": "4"}


def test_a_context_that_we_have_no_key_for_and_the_standard_tier_make_no_variant() -> None:
    variants = [
        Dated(rates(input_mtok="1"), when={"route": "eu"}),
        Dated(rates(input_mtok="2"), when={"service_tier": "default"}),
    ]
    (doc,) = imported(model(rates(input_mtok="2"), variants=variants))
    assert doc["rows"][0]["variants"] == []


def test_a_model_without_rates_is_free_only_where_its_id_says_so() -> None:
    provider = SimpleNamespace(id="acme", models=[model(rates(), name="m:free"), model(rates())])
    docs, skipped = models_of(provider, ())
    assert [(doc["id"], doc["rows"][0]["free"]) for doc in docs] == [("m:free", True)]
    assert [(each.model, each.why) for each in skipped] == [
        ("m", "no rate, and not said to be free")
    ]


def test_a_meter_that_we_do_not_have_is_named_in_the_note() -> None:
    (doc,) = imported(model(rates(input_mtok="1", sausage_mtok="17")))
    assert doc["rows"][0]["note"].endswith("not represented: sausage_mtok")


def test_a_rate_out_of_bounds_is_reported_and_not_imported() -> None:
    provider = SimpleNamespace(id="acme", models=[model(rates(input_mtok="100000"))])
    docs, skipped = models_of(provider, ())
    assert not docs
    assert skipped[0].why == "out of bounds: input"
