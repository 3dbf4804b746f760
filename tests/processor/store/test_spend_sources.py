"""Spend is the same to the digit from roll-ups and from calls, and roll-ups are asked where they can answer."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from spantally_processor.periods import Period
from spantally_processor.store import open_store, spend_sources
from spantally_processor.store.dimensions import MODEL, TOTAL, condition_keys
from spantally_processor.store.spend import spend
from support.ledger import a_call, a_refused_attempt, an_unpriced_call, book, close_days

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spantally_processor.store.engine import Engine

FIRST = datetime(2026, 11, 18, tzinfo=UTC)
TOKYO, KOLKATA = ZoneInfo("Asia/Tokyo"), ZoneInfo("Asia/Kolkata")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Three days of calls in the roll-ups, and a later one that came in for the second of them."""
    store = open_store(f"chdb://{tmp_path_factory.mktemp('sources')}/ledger")
    store.migrate()
    chance = random.Random("spend")  # noqa: S311 - calls, no secret
    rows = [a_random_call(chance) for _ in range(300)]
    assert all(row.keys() == rows[0].keys() for row in rows)
    book(store, rows)
    store.roll_up()
    close_days(store)
    late = a_random_call(chance) | {"start_time": FIRST + timedelta(days=1, hours=5, minutes=7)}
    book(store, [late])
    found: Engine = store._engine  # type: ignore[attr-defined]
    found.command(  # as it would be once the ten minutes of the roll-up are over
        "alter table llm_spans update stored_at = now() + 3600 where span_id = {span:String}"
        " settings mutations_sync = 1",
        {"span": late["span_id"]},
    )
    assert found.rows("select toString(day) from unrolled_days") == [("2026-11-19",)]
    yield found
    store.close()


def a_random_call(chance: random.Random) -> dict[str, object]:
    made = chance.choice([a_call, a_call, an_unpriced_call, a_refused_attempt, a_partial_call])
    call = made(
        start_time=FIRST + timedelta(microseconds=chance.randrange(3 * 86_400_000_000)),
        team=chance.choice(["", "desk", "spa"]),
        feature=chance.choice(["", "chat"]),
        customer=chance.choice(["", "inn", "lodge"]),
        user=chance.choice(["", "u-1"]),
    )
    paid = call["cost"] is not None and call["cost"] > 0
    return call | {"cost": Decimal(chance.randrange(1, 10**12)).scaleb(-18)} if paid else call


def a_partial_call(**changes: object) -> dict[str, object]:
    return a_call(pricing_status="partially_priced", usage_source="partial", **changes)


def at(days: float) -> datetime:
    return FIRST + timedelta(days=days)


WHOLE = Period(FIRST, FIRST + timedelta(days=3))
QUESTIONS = {
    "of all time": (Period(), [TOTAL, ("team",), ("team", "feature")], {}, "spend_hourly"),
    "by model and day": (WHOLE, [MODEL, ("day",)], {}, "spend_hourly"),
    "by customer": (WHOLE, [("customer",)], {}, "spend_daily"),
    "by customer and week": (WHOLE, [("customer", "week")], {}, "spend_daily"),
    "with edges within an hour": (Period(at(0.3), at(2.71)), [("team", "hour")], {}, "spend_hourly"),
    "of one hour and less": (Period(at(1.21), at(1.22)), [TOTAL], {}, ""),
    "of customers, edges within a day": (Period(at(0.3), at(2.7)), [("customer",)], {}, "spend_daily"),
    "of one model": (WHOLE, [("team",)], {"model": "gpt-5"}, "spend_hourly"),
    "of one customer": (WHOLE, [("team",)], {"customer": "inn"}, "spend_daily"),
    "of one day": (WHOLE, [("team",)], {"day": "2026-11-19"}, "spend_hourly"),
    "of days of a zone of whole hours": (Period(at(0.25), at(2.5), TOKYO), [("day",)], {}, "spend_hourly"),
    "of days of a zone of half hours": (Period(at(0.25), at(2.5), KOLKATA), [("day",)], {}, ""),
    "by customer and day of another zone": (Period(at(0), at(3), TOKYO), [("customer", "day")], {}, ""),
    "by customer and hour": (WHOLE, [("customer", "hour")], {}, ""),
    "by user": (WHOLE, [("user",)], {}, ""),
    "by a tag that is named model": (WHOLE, [("model",)], {}, ""),
    "by a tag that nobody declared": (WHOLE, [("region",)], {}, ""),
}  # fmt: skip
"""Period, cuts and conditions, and the roll-up that answers as far as it can; empty for the calls alone."""


@pytest.mark.parametrize("name", QUESTIONS)
def test_spend_is_the_same_from_either(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    period, cuts, where, table = QUESTIONS[name]
    asked = {key for cut in cuts for key in cut} | condition_keys(where)
    text = spend_sources.source(engine, period, asked).sql
    assert [each for each in ("spend_hourly", "spend_daily") if f"from {each}" in text] == (
        [table] if table else []
    )
    found = spend(engine, period, cuts, where=where)
    monkeypatch.setattr(spend_sources, "_ROLLUPS", ())
    from_calls = spend(engine, period, cuts, where=where)
    assert found == from_calls
    assert found or name == "of one hour and less"
