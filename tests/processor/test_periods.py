"""Periods: named by a calendar, a length or two times, in a time zone, and what comes before them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spantally_processor.periods import (
    BEGINNING,
    END,
    UNITS,
    Period,
    named,
    period_of,
    stretches,
    zone_of,
)

AMSTERDAM = zone_of("Europe/Amsterdam")
NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)  # a Tuesday


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("2026-Q3", utc(2026, 7, 1), utc(2026, 10, 1)),
        ("2026q4", utc(2026, 10, 1), utc(2027, 1, 1)),
        ("2026-09", utc(2026, 9, 1), utc(2026, 10, 1)),
        ("2026", utc(2026, 1, 1), utc(2027, 1, 1)),
        ("2026-02-28", utc(2026, 2, 28), utc(2026, 3, 1)),
        ("2026-W01", utc(2025, 12, 29), utc(2026, 1, 5)),
        ("2026-W53", utc(2026, 12, 28), utc(2027, 1, 4)),
        ("today", utc(2026, 11, 24), utc(2026, 11, 25)),
        ("yesterday", utc(2026, 11, 23), utc(2026, 11, 24)),
        ("this-week", utc(2026, 11, 23), utc(2026, 11, 30)),
        ("last-month", utc(2026, 10, 1), utc(2026, 11, 1)),
        ("last-quarter", utc(2026, 7, 1), utc(2026, 10, 1)),
        ("this-year", utc(2026, 1, 1), utc(2027, 1, 1)),
    ],
)
def test_a_name_is_a_period_of_the_calendar(name: str, start: datetime, end: datetime) -> None:
    period = named(name, UTC, NOW)
    assert (period.start, period.end) == (start, end)


@pytest.mark.parametrize(
    "name",
    ["2026-13", "2026-W54", "2026-02-30", "Q3", "2026-Q5", "next-month", "last-", "", "26-09"],
)
def test_what_is_no_period_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not a period"):
        named(name, UTC, NOW)


def test_a_month_begins_at_midnight_of_its_time_zone() -> None:
    october = named("2026-10", AMSTERDAM, NOW)
    # Summer time there until 25 October 2026, so the month has an hour more than 31 days.
    assert october.parameters() == {
        "from": utc(2026, 9, 30, 22),
        "to": utc(2026, 10, 31, 23),
        "zone": "Europe/Amsterdam",
    }
    assert named("today", zone_of("Asia/Tokyo"), NOW).start == utc(2026, 11, 24, 15)


def test_before_a_period_of_the_calendar_is_the_one_before_it() -> None:
    later = utc(2028, 1, 1)
    for name, before in (
        ("2026-Q1", "2025-Q4"),
        ("2026-03", "2026-02"),
        ("2026", "2025"),
        ("2026-W01", "2025-W52"),
        ("2026-03-01", "2026-02-28"),
    ):
        assert named(name, AMSTERDAM, NOW).before(later) == named(before, AMSTERDAM, NOW)


def test_before_a_month_that_is_not_over_is_as_much_of_the_month_before() -> None:
    before = named("2026-11", UTC, NOW).before(NOW)
    assert (before.start, before.end) == (utc(2026, 10, 1), utc(2026, 10, 24, 15, 30))
    # Of the 31st of March there is nothing in February: the whole month is compared.
    march = named("2026-03", UTC, NOW).before(utc(2026, 3, 31))
    assert (march.start, march.end) == (utc(2026, 2, 1), utc(2026, 3, 1))
    # The same days and hours on both sides of the change to winter time on the 25th of October.
    november = named("2026-11", AMSTERDAM, NOW).before(utc(2026, 11, 26, 11))
    assert november.end == datetime(2026, 10, 26, 12, tzinfo=AMSTERDAM)


def test_before_any_other_period_is_as_much_time() -> None:
    period = Period(utc(2026, 11, 1), utc(2026, 11, 8))
    assert period.before(NOW) == Period(utc(2026, 10, 25), utc(2026, 11, 1))
    with pytest.raises(ValueError, match="nothing before it"):
        Period(end=NOW).before(NOW)


def test_options_name_a_period() -> None:
    def read(**asked: str) -> Period:
        asked = {name.removesuffix("_"): text for name, text in asked.items()}
        return period_of(asked, now=NOW, prefix="--")

    assert read() == Period(BEGINNING, END)
    assert read(last="7d") == Period(NOW - timedelta(days=7), NOW)
    assert read(last="99999w").start == BEGINNING
    assert read(last="1d", to="2026-11-10").start == utc(2026, 11, 9)
    assert read(from_="2026-11-01", to="2026-11-01T12:00+01:00").end == utc(2026, 11, 1, 11)
    assert read(from_="2026-11-01", timezone="Europe/Amsterdam").start == utc(2026, 10, 31, 23)
    assert read(period="this-month", timezone="Asia/Tokyo").start == utc(2026, 10, 31, 15)
    for wrong, said in (
        ({"last": "3x"}, "--last: '3x' is not a span of time"),
        ({"from_": "yesterday"}, "--from: 'yesterday' is not a time"),
        ({"timezone": "../etc/passwd"}, "--timezone: '../etc/passwd' is not a time zone"),
        ({"from_": "2026-11-02", "to": "2026-11-01"}, "the period is empty"),
        ({"period": "2026", "from_": "2026-11-02"}, "give --period, or --last"),
    ):
        with pytest.raises(ValueError, match=said):
            read(**wrong)


@given(
    st.sampled_from(UNITS),
    st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001 - of any zone
    st.sampled_from(["UTC", "Europe/Amsterdam", "America/New_York", "Asia/Kathmandu"]),
)
def test_a_time_is_in_exactly_the_period_of_its_calendar(
    unit: str, wall: datetime, zone_name: str
) -> None:
    zone = zone_of(zone_name)
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    this = named(f"this-{unit}", zone, moment)
    last = named(f"last-{unit}", zone, moment)
    assert last.end == this.start <= moment < this.end
    assert this.before(this.end) == last


def test_stretches_have_no_gaps() -> None:
    assert stretches("month", "2025-11", "2026-02", UTC) == [
        "2025-11", "2025-12", "2026-01", "2026-02",
    ]  # fmt: skip
    assert stretches("quarter", "2025-Q4", "2026-Q2", UTC) == ["2025-Q4", "2026-Q1", "2026-Q2"]
    assert stretches("week", "2026-W52", "2027-W01", UTC) == ["2026-W52", "2026-W53", "2027-W01"]
    assert stretches("day", "2026-02-27", "2026-03-01", UTC)[1] == "2026-02-28"
    # The hour that comes twice when the clocks are put back is there twice, told apart by its offset.
    assert stretches("hour", "2026-10-25T01:00+0200", "2026-10-25T03:00+0100", AMSTERDAM) == [
        "2026-10-25T01:00+0200", "2026-10-25T02:00+0200",
        "2026-10-25T02:00+0100", "2026-10-25T03:00+0100",
    ]  # fmt: skip
