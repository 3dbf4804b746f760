"""The lines of a report's tables, and which of them come first: for text and JSON alike."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from spantally_processor.cli.output import shares, total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spantally_processor.cli.report import Report
    from spantally_processor.store.reports import Spend

UNATTRIBUTED = "unattributed"
NONE = "(none)"
TAGLESS = ("model", "provider", "operation", "service")
"""Dimensions that are no tags: an empty value there is not missing attribution."""

TOP = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table."""

    name: str
    cost: Decimal | None
    is_lower_bound: bool
    share: Decimal | None
    """Percent of the known spend, of shares that sum to 100.0."""
    calls: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Top:
    """What the most of the money went to, and what nobody is named for."""

    key: str
    lines: tuple[Line, ...]
    """At most three, costliest first."""
    share: Decimal
    """Percent, of these together."""
    unattributed: Line | None


def lines_of(key: str, rows: Sequence[Spend]) -> list[Line]:
    """The rows with their names and shares, the unattributed one last."""
    parts = shares([row.cost for row in rows])
    lines = [
        Line(value_name(key, row.value), row.cost, row.is_lower_bound, share, row.calls, row.tokens)
        for row, share in zip(rows, parts, strict=True)
        if row.calls  # attempts that were not billed are listed on their own
    ]
    return sorted(lines, key=lambda line: line.name == UNATTRIBUTED)


def value_name(key: str, value: tuple[str, ...]) -> str:
    """One value of a dimension as a table names it."""
    if key == "model":
        return model_name(*value)
    return value[0] or (NONE if key in TAGLESS else UNATTRIBUTED)


def model_name(provider: str, asked: str, served: str) -> str:
    """`openai gpt-5 → gpt-5-2026-08-01`; the arrow only where another model answered."""
    return f"{provider} {asked}" + (f" → {served}" if served not in {"", asked} else "")


def top_of(report: Report) -> Top | None:
    """The top of the first dimension; None when no spend is known."""
    key = report.dimensions[0]
    lines = lines_of(key, report.by[key])
    if not any(line.share for line in lines):
        return None
    named = [line for line in lines if line.share and line.name not in {UNATTRIBUTED, NONE}][:TOP]
    unattributed = next((line for line in lines if line.name == UNATTRIBUTED), None)
    return Top(key, tuple(named), _sum(named) or Decimal(0), unattributed)


def carried_by_none(report: Report) -> list[str]:
    """The tags of the report that not one call carries."""
    return [
        key
        for key, rows in report.by.items()
        if key not in TAGLESS and not any(row.value[0] for row in rows)
    ]


def shortened(lines: list[Line], limit: int | None) -> list[Line]:
    """At most `limit` lines, the rest of the named ones as one."""
    if limit is None or len(lines) <= limit:
        return lines
    named = [line for line in lines if line.name != UNATTRIBUTED]
    rest = named[limit - 2 :]
    others = together(f"… {len(rest)} more", rest)
    return [*named[: limit - 2], others, *(line for line in lines if line.name == UNATTRIBUTED)]


def together(name: str, lines: Sequence[Line]) -> Line:
    """Several lines as one."""
    return Line(
        name=name,
        cost=total(line.cost for line in lines),
        is_lower_bound=any(line.is_lower_bound for line in lines),
        share=_sum(lines),
        calls=sum(line.calls for line in lines),
        tokens=sum(line.tokens for line in lines),
    )


def _sum(lines: Sequence[Line]) -> Decimal | None:
    known = [line.share for line in lines if line.share is not None]
    return sum(known, Decimal(0)) if known else None
