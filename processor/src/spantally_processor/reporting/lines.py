"""The lines of a report's tables, and which of them come first: for every form alike."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from spantally_processor.reporting.numbers import shares, total
from spantally_processor.store.dimensions import CALENDAR, MODEL, is_tag, names_of, tag_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spantally_processor.store.dimensions import Cut
    from spantally_processor.store.spend import Spend

UNATTRIBUTED = "unattributed"
NONE = "(none)"

TOP = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table."""

    names: tuple[str, ...]
    """One for each column: of a cut, `model` being one."""
    cost: Decimal | None
    is_lower_bound: bool
    share: Decimal | None
    """Percent of the known spend, of shares that sum to 100.0."""
    calls: int
    tokens: int
    unpriced: int
    """Calls without a price, or with one for a part only."""
    is_unattributed: bool = False
    """No tag of the cut has a value."""

    @property
    def name(self) -> str:
        """All names as one."""
        return " · ".join(self.names)


@dataclass(frozen=True, slots=True)
class Top:
    """What the most of the money went to, and what nobody is named for."""

    key: str
    lines: tuple[Line, ...]
    """At most three, costliest first."""
    share: Decimal
    """Percent, of these together."""
    unattributed: Line | None


def why_not_billed(http_status: int, error_type: str) -> str:
    """`429 rate_limit_exceeded`; the exception's class where no answer came."""
    if not error_type and http_status < 400:
        return "answered by a gateway's cache"
    return f"{http_status} {error_type}" if http_status else error_type


def columns_of(cut: Cut) -> tuple[str, ...]:
    """The cut's keys as a table names them."""
    return tuple(tag_name(key) for key in names_of(cut))


def title_of(cut: Cut) -> str:
    """`property, workflow`."""
    return ", ".join(columns_of(cut))


def lines_of(cut: Cut, rows: Sequence[Spend]) -> list[Line]:
    """The rows with their names and shares, the unattributed one last."""
    parts = shares([row.cost for row in rows])
    tags = [place for place, key in enumerate(cut) if is_tag(key)]
    lines = [
        Line(
            names=value_names(cut, row.value),
            cost=row.cost,
            is_lower_bound=row.is_lower_bound,
            share=share,
            calls=row.calls,
            tokens=row.tokens,
            unpriced=row.unpriced + row.partially_priced,
            is_unattributed=bool(tags) and not any(row.value[place] for place in tags),
        )
        for row, share in zip(rows, parts, strict=True)
        if row.calls  # attempts that were not billed are listed on their own
    ]
    if any(key in CALENDAR for key in cut):
        return lines
    return sorted(lines, key=lambda line: line.is_unattributed)


def value_names(cut: Cut, value: Sequence[str]) -> tuple[str, ...]:
    """One value of a cut as a table names it, `model` in one."""
    by_key = dict(zip(cut, value, strict=True))
    return tuple(
        model_name(*(by_key[part] for part in MODEL))
        if name == "model"
        else by_key[name] or (UNATTRIBUTED if is_tag(name) else NONE)
        for name in names_of(cut)
    )


def model_name(provider: str, asked: str, served: str) -> str:
    """`openai gpt-5 → gpt-5-2026-08-01`; the arrow only where another model answered."""
    return f"{provider} {asked}".strip() + (f" → {served}" if served not in {"", asked} else "")


def top_of(by: Mapping[Cut, Sequence[Spend]]) -> Top | None:
    """The top of the first cut; None when no spend is known."""
    cut = next(iter(by))
    lines = lines_of(cut, by[cut])
    if not any(line.share for line in lines):
        return None
    named = [line for line in lines if line.share and not line.is_unattributed]
    named = [line for line in named if set(line.names) != {NONE}]
    first = sorted(named, key=lambda line: -(line.cost or 0))[:TOP]
    unattributed = [line for line in lines if line.is_unattributed]
    nobody = together((UNATTRIBUTED,), unattributed) if unattributed else None
    return Top(title_of(cut), tuple(first), sum_of_shares(first) or Decimal(0), nobody)


def shortened(lines: list[Line], limit: int | None) -> list[Line]:
    """At most `limit` lines, the rest of the named ones as one."""
    if limit is None or len(lines) <= limit:
        return lines
    named = [line for line in lines if not line.is_unattributed]
    last = [line for line in lines if line.is_unattributed]
    kept = max(1, limit - 1 - len(last))
    rest = named[kept:]
    if len(rest) < 2:
        return lines
    blanks = ("",) * (len(lines[0].names) - 1)
    return [*named[:kept], together((f"… {len(rest)} more", *blanks), rest), *last]


def together(names: tuple[str, ...], lines: Sequence[Line]) -> Line:
    """Several lines as one."""
    return Line(
        names=names,
        cost=total(line.cost for line in lines),
        is_lower_bound=any(line.is_lower_bound for line in lines),
        share=sum_of_shares(lines),
        calls=sum(line.calls for line in lines),
        tokens=sum(line.tokens for line in lines),
        unpriced=sum(line.unpriced for line in lines),
        is_unattributed=all(line.is_unattributed for line in lines),
    )


def sum_of_shares(lines: Sequence[Line]) -> Decimal | None:
    """Percent together; None when not one share is known."""
    known = [line.share for line in lines if line.share is not None]
    return sum(known, Decimal(0)) if known else None
