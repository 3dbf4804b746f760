"""Numbers as people and programs read them.

For people money is rounded to sensible digits and never to 0, shares add up to 100.0, and a coverage
is never rounded up to 100. For programs every amount is an exact decimal string.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Context, Decimal, localcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

EXACT = Context(prec=100)
"""Wide enough for sums of the ledger's 38-digit amounts; Python's usual 28 digits would round."""


def total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The exact sum of the known amounts; None when not one is known."""
    known = [amount for amount in amounts if amount is not None]
    with localcontext(EXACT):
        return sum(known, Decimal(0)) if known else None


def exact(amount: Decimal | None) -> str | None:
    """A decimal string with every digit and no trailing zeros; None stays None."""
    if amount is None:
        return None
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(
    amount: Decimal | None,
    *,
    lower_bound: bool = False,
    decimals: int | None = None,
    down: bool = False,
) -> str:
    """An amount for people.

    Args:
        amount: USD; None is `unknown`.
        lower_bound: More is owed than is known: `≥ $1.23`, rounded down.
        decimals: As many for a whole page; an amount below the last of them is `< $0.01`, and a
            lower bound below it `> $0.00`. By default two from $1 on, else three significant
            digits. An amount that is not 0 never shows as 0.
        down: Round down, as everything on a page whose total is a lower bound.
    """
    if amount is None:
        return "unknown"
    if decimals is None:
        decimals = 2 if abs(amount) >= 1 else min(_significant(amount, 3), max(2, _scale(amount)))
    smallest = Decimal(1).scaleb(-decimals)
    if amount and abs(amount) < smallest:
        return f"> ${smallest - smallest:f}" if lower_bound else f"< ${smallest:f}"
    rounding = ROUND_DOWN if lower_bound or down else ROUND_HALF_EVEN
    with localcontext(EXACT):
        rounded = amount.quantize(Decimal(1).scaleb(-decimals), rounding=rounding)
    return f"{'≥ ' if lower_bound else ''}${rounded:,f}"


def spent(
    amount: Decimal | None,
    *,
    lower_bound: bool,
    decimals: int | None = None,
    down: bool = False,
) -> str:
    """What calls cost: `money`, or `none` where there is no amount and none is unknown: a flat fee paid."""
    if amount is None and not lower_bound:
        return "none"
    return money(amount, lower_bound=lower_bound, decimals=decimals, down=down)


def column_decimals(amounts: Iterable[Decimal | None]) -> int:
    """Decimals that suit a page of such amounts.

    Two when they sum to $100 or more, else four, or as many as show three digits of the sum.
    """
    whole = total(amounts) or Decimal(0)
    return 2 if abs(whole) >= 100 else max(4, _significant(whole, 3))


@dataclass(frozen=True, slots=True)
class Precision:
    """How all amounts of one page are rounded: a part never shows as more than the whole."""

    decimals: int
    down: bool = False

    @classmethod
    def of(cls, amounts: Iterable[Decimal | None], *, is_lower_bound: bool) -> Precision:
        """What suits a page of such amounts, whose total is or is not a lower bound."""
        return cls(column_decimals(amounts), is_lower_bound)

    def money(self, amount: Decimal | None, *, lower_bound: bool = False) -> str:
        """What calls of the page cost, as `spent` has it."""
        return spent(amount, lower_bound=lower_bound, decimals=self.decimals, down=self.down)


def percent(part: Decimal | int, whole: Decimal | int) -> str | None:
    """A coverage in percent, one decimal, rounded down; None when there is nothing to cover."""
    if not whole:
        return None
    with localcontext(EXACT):
        return f"{Decimal(part) * 1000 // Decimal(whole) / 10:.1f}"


def shares(amounts: Sequence[Decimal | None]) -> list[Decimal | None]:
    """Percentages to one decimal that add up to exactly 100.0, by the largest remainder.

    An unknown amount has no share. Without a total above 0 nothing has.
    """
    whole = total(amounts)
    if not whole:
        return [None] * len(amounts)
    with localcontext(EXACT):
        parts = [None if amount is None else divmod(amount * 1000, whole) for amount in amounts]
    known = [(index, part) for index, part in enumerate(parts) if part is not None]
    left = 1000 - sum(int(tenths) for _, (tenths, _) in known)
    by_remainder = sorted(known, key=lambda item: (-item[1][1], item[0]))
    rounded_up = {index for index, _ in by_remainder[:left]}
    return [
        None if part is None else (part[0] + (index in rounded_up)) / 10
        for index, part in enumerate(parts)
    ]


def share_of(part: Decimal, whole: Decimal) -> str | None:
    """In percent, rounded as the shares of the tables are: with the rest's share it makes 100.0."""
    share = shares([part, whole - part])[0]
    return None if share is None else f"{share:.1f}"


def duration(microseconds: int) -> str:
    """`850 ms`, `12.3 s`, `4 min 05 s`, `1 h 02 min`."""
    if microseconds < 999_500:
        return f"{microseconds / 1000:.0f} ms"
    seconds = microseconds / 1_000_000
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def packed(parts: Iterable[str], width: int, *, first: str = "", indent: str = "") -> str:
    """Parts joined by ` · `, on as few lines of `width` as hold them; a part too long is wrapped.

    The first line starts with `first`, the others with `indent`.
    """
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + len(part) + 3 <= width:
            lines[-1] += f" · {part}"
            continue
        start = indent if lines else first
        lines += textwrap.wrap(
            part,
            max(width, len(indent) + 20),
            initial_indent=start,
            subsequent_indent=indent,
            break_on_hyphens=False,
        ) or [start]
    return "\n".join(lines)


def plural(count: int, noun: str) -> str:
    """`1 call`, `1,200 calls`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _scale(amount: Decimal) -> int:
    """Decimals up to the last digit that is not 0."""
    return len((exact(amount) or "").partition(".")[2])


def _significant(amount: Decimal, digits: int) -> int:
    """Decimals that show so many significant digits of an amount, and cents at least."""
    return max(2, digits - 1 - amount.adjusted()) if amount else 2
