"""A page: what an answer says to people, every text decided once, whatever form it then takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from decimal import Decimal

Parts: TypeAlias = "list[str]"
"""Said on one line, with a dot between; broken between them first."""


class Kind(Enum):
    """How a row stands out."""

    PLAIN = ""
    FAINT = "faint"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a grid; its cells are in the order of the grid's columns."""

    cells: tuple[str, ...]
    kind: Kind = Kind.PLAIN


@dataclass(frozen=True, slots=True)
class Grid:
    """A table."""

    title: str
    names: tuple[str, ...]
    """Headings of the first columns, left-aligned."""
    numbers: tuple[str, ...]
    """Headings of the others, right-aligned."""
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Notes:
    """Lines under a title."""

    title: str
    lines: list[Parts]


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars of money, each of one part or of several; shown where pictures can be."""

    title: str
    bars: list[str]
    """From top to bottom, or in the order of time."""
    parts: list[str]
    """Of the bars, the largest first; a single empty one when bars have no parts."""
    amounts: dict[tuple[str, str], Decimal]
    """(bar, part) to USD; what is unknown is not there."""
    is_over_time: bool


Block: TypeAlias = "Grid | Notes | Chart"


@dataclass(frozen=True, slots=True)
class Page:
    """An answer in the order in which it is read."""

    title: str
    """What was asked; where a page has a name."""
    context: list[str]
    """What the answer is about: period, calls."""
    headline: Parts
    """The answer in one line, and how certain it is."""
    opening: Parts = field(default_factory=list[str])
    """What to look at first."""
    remarks: list[Parts] = field(default_factory=list[Parts])
    blocks: list[Block] = field(default_factory=list["Block"])
