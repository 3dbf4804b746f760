"""What spend can be asked by: a column of the ledger, a stretch of a calendar, or the key of any tag.

A key becomes an SQL expression here and nowhere else. Columns are on a list; a tag's key, a value and
a time zone are bound as parameters, never written into the query.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spantally_processor.model import TAG_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMNS = (*TAG_COLUMNS, "service", "provider", "operation", "request_model", "response_model")
"""Columns that are a key by their own name."""

MODEL = ("provider", "request_model", "response_model")
"""What the key `model` is short for."""

CALENDAR = {
    "hour": ("toStartOfHour(toTimeZone(start_time, {zone:String}))", "%Y-%m-%dT%H:00%z"),
    "day": ("toDate(start_time, {zone:String})", "%Y-%m-%d"),
    "week": ("toMonday(start_time, {zone:String})", "%G-W%V"),
    "month": ("toStartOfMonth(start_time, {zone:String})", "%Y-%m"),
    "quarter": ("toStartOfQuarter(start_time, {zone:String})", "%Y-Q%Q"),
    "year": ("toStartOfYear(start_time, {zone:String})", "%Y"),
}
"""Key to where a call's stretch begins, in the time zone of the question, and how it is written."""

TAG = "tag:"
"""Before the key of a tag that is named like a column or a stretch of the calendar."""

Cut = tuple[str, ...]
"""Keys that spend is cut by together, `model` as its three parts; the empty one is the total."""

TOTAL: Cut = ()


@dataclass(frozen=True, slots=True)
class Expression:
    """A key as SQL, and what is bound to it."""

    sql: str
    parameters: dict[str, object]


def cut_of(keys: str) -> Cut:
    """The cut that `property,workflow` names.

    Raises:
        ValueError: A key is empty or there twice, or it is the total.
    """
    cut: list[str] = []
    for key in keys.split(","):
        name = key.strip()
        if not name or name == TAG:
            raise ValueError(f"{keys!r} has an empty key; expected KEY or KEY,KEY")
        if name == "total":
            raise ValueError("every report has the total; a tag of that name is tag:total")
        cut += MODEL if name == "model" else (name,)
    if len(set(cut)) < len(cut):
        raise ValueError(f"{keys!r} has a key twice")
    return tuple(cut)


def names_of(cut: Cut) -> tuple[str, ...]:
    """The keys as they were asked for: `model` in place of its parts."""
    joined = ",".join(cut).replace(",".join(MODEL), "model")
    return tuple(joined.split(",")) if cut else ()


def is_tag(key: str) -> bool:
    """Whether calls should carry the key, so that an empty value is missing attribution."""
    return key in TAG_COLUMNS or (key not in COLUMNS and key not in CALENDAR)


def tag_name(key: str) -> str:
    """The key without the prefix that says that it is a tag's."""
    return key.removeprefix(TAG)


def key_expression(key: str, place: str) -> Expression:
    """A key's value of a call, with parameters named after `place`."""
    if key in CALENDAR:
        return Expression(CALENDAR[key][0], {})
    if key in COLUMNS:
        return Expression(key, {})
    return Expression(f"tags[{{{place}:String}}]", {place: tag_name(key)})


def written(key: str, value: str) -> str:
    """SQL that writes a grouped value as text."""
    if key not in CALENDAR:
        return f"toString({value})"
    form = CALENDAR[key][1]
    zone = ", {zone:String}" if key == "hour" else ""
    return f"formatDateTime({value}, '{form}'{zone})"


def condition_keys(where: Mapping[str, str]) -> set[str]:
    """The keys that `conditions` asks a call for."""
    return {each for key in where for each in (MODEL if key == "model" else (key,))}


def conditions(where: Mapping[str, str]) -> Expression:
    """Whether a call has all these values; a model is meant as asked for or as served."""
    parts: list[str] = []
    parameters: dict[str, object] = {}
    for number, (key, value) in enumerate(where.items()):
        place = f"where_{number}"
        expression = key_expression(key, f"{place}_key")
        parameters |= expression.parameters | {place: value}
        if key == "model":
            parts.append(f"has([{', '.join(MODEL)}], {{{place}:String}})")
        else:
            parts.append(f"{written(key, expression.sql)} = {{{place}:String}}")
    return Expression(" and ".join(parts) or "true", parameters)
