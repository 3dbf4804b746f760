"""What a column of a CSV file may hold, and what becomes of it in the ledger."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Value: TypeAlias = "str | int | Decimal | date | None"
Row: TypeAlias = "Mapping[str, Value]"

_PLACES = 18
"""Before and behind the point, of the ledger's amounts."""

_AMOUNT = re.compile(r"-?\d+(\.\d+)?")
_MONTH = re.compile(r"\d{4}-\d{2}(-01)?")
_TRACE_ID = re.compile(r"[0-9a-fA-F]{32}")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file, and of the table of the same name."""

    name: str
    type: str
    """In the ledger."""
    read: Callable[[str], Value]
    """Raises ValueError, which says what is expected."""
    about: str
    needed: bool = False
    """Whether a file must have it; a cell that is empty is None, or an empty text."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file."""

    name: str
    table: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    """Columns of which no two rows of a file have the same values."""
    period: str
    """Column whose values a file replaces as a whole; empty when it replaces everything."""
    fault_of: Callable[[Row], str] = lambda _: ""
    """What is wrong with a row whose cells are right, if anything."""
    faults_between: Callable[[Sequence[tuple[int, Row]]], Sequence[tuple[int, str]]] = lambda _: ()
    """What is wrong with rows together, by line."""


def text(value: str) -> str:
    """As it is."""
    return value


def needed_text(value: str) -> str:
    """As it is, and not empty."""
    if not value:
        raise ValueError("a text that is not empty")
    return value


def trace_id(value: str) -> str:
    """32 hex digits, in lower case; or nothing."""
    if value and not _TRACE_ID.fullmatch(value):
        raise ValueError("32 hex digits")
    return value.lower()


def month(value: str) -> date:
    """The first day of the month."""
    if not _MONTH.fullmatch(value):
        raise ValueError("a month such as 2026-11")
    return _date(f"{value[:7]}-01", "a month such as 2026-11")


def day(value: str) -> date:
    """A date."""
    return _date(value, "a day such as 2026-11-30")


def optional_day(value: str) -> date | None:
    """A date, or nothing."""
    return day(value) if value else None


def optional_amount(value: str) -> Decimal | None:
    """USD, exactly as it is written; or nothing, which is unknown and not 0."""
    if not value:
        return None
    expected = "an amount of USD such as 1234.50, with at most 18 decimals, or nothing if unknown"
    if not _AMOUNT.fullmatch(value):
        raise ValueError(expected)
    whole, _, places = value.lstrip("-").partition(".")
    if max(len(places.rstrip("0")), len(whole.lstrip("0"))) > _PLACES:
        raise ValueError(expected)
    return Decimal(value)


def count(value: str) -> int:
    """A whole number."""
    if not (value.isascii() and value.isdigit()) or int(value) >= 1 << 63:
        raise ValueError("a whole number such as 120")
    return int(value)


def optional_count(value: str) -> int | None:
    """A whole number, or nothing."""
    return count(value) if value else None


def _date(value: str, expected: str) -> date:
    try:
        found = date.fromisoformat(value)
    except ValueError:
        raise ValueError(expected) from None
    if not 1970 <= found.year < 2149 or len(value) != 10:
        raise ValueError(expected)
    return found
