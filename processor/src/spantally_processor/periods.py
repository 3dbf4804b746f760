"""The time that a question is about: half open, and with the calendar it was named by.

"2026-09" is a month of a time zone: it begins at midnight there, daylight saving time included, and the
period before it is August. A span of time that no calendar names has the same length before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(2200, 1, 1, tzinfo=UTC)

HOUR = "%Y-%m-%dT%H:%M%z"
"""How an hour is written."""

UNITS = ("day", "week", "month", "quarter", "year")

NAMES = "2026-11-20, 2026-W47, 2026-11, 2026-Q4, 2026, today, yesterday, this-month or last-quarter"
"""What `named` understands; `this-` and `last-` go with every unit."""

_LENGTHS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

_FORMS = {
    "day": re.compile(r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)"),
    "week": re.compile(r"(?P<year>\d{4})-W(?P<week>\d\d)", re.IGNORECASE),
    "month": re.compile(r"(?P<year>\d{4})-(?P<month>\d\d)"),
    "quarter": re.compile(r"(?P<year>\d{4})-?Q(?P<quarter>[1-4])", re.IGNORECASE),
    "year": re.compile(r"(?P<year>\d{4})"),
}


@dataclass(frozen=True, slots=True)
class Period:
    """Calls that started in `[start, end)`, aware datetimes."""

    start: datetime = BEGINNING
    end: datetime = END
    zone: tzinfo = UTC
    """Whose days and months are meant, and in which times are shown."""
    unit: str = ""
    """Of `UNITS`, when the period is one of a calendar."""

    def parameters(self) -> dict[str, object]:
        """The same as query parameters."""
        return {
            "from": self.start.astimezone(UTC),
            "to": self.end.astimezone(UTC),
            "zone": zone_name(self.zone),
        }

    @property
    def has_start(self) -> bool:
        """Whether anything before it is left out."""
        return self.start != BEGINNING

    @property
    def has_end(self) -> bool:
        """Whether anything after it is left out."""
        return self.end != END

    def before(self, now: datetime) -> Period:
        """The period to compare with: as much time directly before, or the one before in the calendar.

        Of a calendar's period that is not over, as much as has passed of it: of the 1st to the 24th of
        November, the 1st to the 24th of October.

        Raises:
            ValueError: It has no start, so that nothing is before it.
        """
        if not self.has_start:
            raise ValueError("a period without a start has nothing before it")
        if not self.unit:
            start, end = self.start.astimezone(UTC), self.end if self.has_end else now
            return Period(start - (end.astimezone(UTC) - start), start, self.zone)
        day = self.start.astimezone(self.zone).date()
        start = _midnight(_shifted(day, self.unit, -1), self.zone)
        if self.end <= now:
            return Period(start, self.start, self.zone, self.unit)
        # Wall-clock time, so that the same days and hours are compared across a change of the clocks.
        passed = _wall(now, self.zone) - _wall(self.start, self.zone)
        end = (_wall(start, self.zone) + passed).replace(tzinfo=self.zone)
        return Period(start, min(end, self.start), self.zone)


def period_of(asked: Mapping[str, str | None], *, now: datetime, prefix: str = "") -> Period:
    """The period that `period`, `last`, `from`, `to` and `timezone` name; everything for none.

    Messages have `prefix` before these names.

    Raises:
        ValueError: They cannot be read, or contradict each other.
    """

    def read(option: str, reading: Callable[[str], T], otherwise: T) -> T:
        text = asked.get(option)
        try:
            return otherwise if text is None else reading(text)
        except ValueError as error:
            raise ValueError(f"{prefix}{option}: {error}") from None

    given = {option for option, text in asked.items() if text is not None}
    zone = read("timezone", zone_of, UTC)
    if "period" in given and given & {"last", "from", "to"}:
        raise ValueError(f"give {prefix}period, or {prefix}last, {prefix}from and {prefix}to")
    if {"last", "from"} <= given:
        raise ValueError(f"give {prefix}last or {prefix}from, not both")
    if "period" in given:
        return read("period", lambda text: named(text, zone, now), Period())
    start = read("from", lambda text: time_of(text, zone), BEGINNING)
    end = read("to", lambda text: time_of(text, zone), now if "last" in given else END)
    if "last" in given:
        start = max(BEGINNING, end - min(read("last", length_of, timedelta()), end - BEGINNING))
    if start >= end:
        raise ValueError(f"the period is empty: it starts at {start} and ends at {end}")
    return Period(start, end, zone)


def named(name: str, zone: tzinfo, now: datetime) -> Period:
    """The period of a name such as 2026-Q3 or last-month, see `NAMES`.

    Raises:
        ValueError: It names none.
    """
    for unit, form in _FORMS.items():
        if match := form.fullmatch(name):
            return _of_unit(_first_day(match.groupdict(), name), unit, zone)
    which, _, unit = {"today": "this-day", "yesterday": "last-day"}.get(name, name).partition("-")
    if which in {"this", "last"} and unit in UNITS:
        first = _floor(now.astimezone(zone).date(), unit)
        return _of_unit(first if which == "this" else _shifted(first, unit, -1), unit, zone)
    raise ValueError(f"{name!r} is not a period; expected {NAMES}")


def time_of(text: str, zone: tzinfo) -> datetime:
    """A time in ISO 8601, in that zone unless it has an offset.

    Raises:
        ValueError: It is none.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is not a time; expected 2026-11-01 or 2026-11-01T12:00+01:00"
        ) from None
    return time if time.tzinfo else time.replace(tzinfo=zone)


def length_of(text: str) -> timedelta:
    """The length that 30m, 24h, 7d or 4w names.

    Raises:
        ValueError: It names none.
    """
    match = re.fullmatch(r"(\d+)([mhdw])", text)
    if match is None or not int(match[1]):
        raise ValueError(f"{text!r} is not a span of time; expected 30m, 24h, 7d or 4w")
    try:
        return timedelta(**{_LENGTHS[match[2]]: int(match[1])})
    except OverflowError:
        raise ValueError(f"{text!r} is longer than time itself") from None


def stretches(unit: str, first: str, last: str, zone: tzinfo) -> list[str]:
    """The names of every stretch of a calendar from one to another, those without a call included.

    Args:
        unit: `hour`, or one of `UNITS`.
        first: As the ledger writes it: 2026-11-20T14:00+0100, 2026-11-20, 2026-W47, 2026-11, …
        last: The same.
        zone: Whose hours are meant.
    """
    if unit == "hour":
        start, end = (datetime.strptime(text, HOUR).astimezone(UTC) for text in (first, last))
        hours = range((end - start) // timedelta(hours=1) + 1)
        return [f"{(start + timedelta(hours=n)).astimezone(zone):{HOUR}}" for n in hours]
    day, until = (named(text, UTC, BEGINNING).start.date() for text in (first, last))
    names: list[str] = []
    while day <= until:
        names.append(_name(day, unit))
        day = _shifted(day, unit, 1)
    return names


def zone_of(name: str) -> tzinfo:
    """The time zone of an IANA name such as Europe/Amsterdam.

    Raises:
        ValueError: There is none.
    """
    if name.upper() == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        raise ValueError(
            f"{name!r} is not a time zone; expected UTC, or a name such as Europe/Amsterdam"
        ) from None


def zone_name(zone: tzinfo) -> str:
    """`UTC`, `Europe/Amsterdam`."""
    return zone.key if isinstance(zone, ZoneInfo) else str(zone)


def _of_unit(first: date, unit: str, zone: tzinfo) -> Period:
    end = _midnight(_shifted(first, unit, 1), zone)
    return Period(_midnight(first, zone), end, zone, unit)


def _first_day(parts: dict[str, str], name: str) -> date:
    year = int(parts["year"])
    try:
        if "week" in parts:
            return date.fromisocalendar(year, int(parts["week"]), 1)
        month = 3 * int(parts["quarter"]) - 2 if "quarter" in parts else int(parts.get("month", 1))
        return date(year, month, int(parts.get("day", 1)))
    except ValueError as error:
        raise ValueError(f"{name!r} is not a period: {error}") from None


def _name(first: date, unit: str) -> str:
    match unit:
        case "week":
            return f"{first:%G-W%V}"
        case "quarter":
            return f"{first.year}-Q{(first.month + 2) // 3}"
        case _:
            return f"{first:{ {'day': '%Y-%m-%d', 'month': '%Y-%m', 'year': '%Y'}[unit] }}"


def _floor(day: date, unit: str) -> date:
    match unit:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=day.month - (day.month - 1) % 3, day=1)
        case "year":
            return day.replace(month=1, day=1)
        case _:
            return day


def _shifted(first: date, unit: str, by: int) -> date:
    """The first day of the period that is so many units later."""
    if unit in {"day", "week"}:
        return first + timedelta(days=by * (7 if unit == "week" else 1))
    months = 12 * first.year + first.month - 1 + by * {"month": 1, "quarter": 3, "year": 12}[unit]
    return date(months // 12, months % 12 + 1, 1)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _wall(time: datetime, zone: tzinfo) -> datetime:
    return time.astimezone(zone).replace(tzinfo=None)
