"""When which terms of a contract hold, and negotiated rates of another currency in USD.

An exchange rate is the contract's own, dated: none is looked up or guessed. Amounts are USD throughout, so
that what is booked stands beside the list price; the line names the currency and the rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from .document import (
    CardDoc,
    ExchangeDoc,
    ModifierDoc,
    TierDoc,
    VariantDoc,
    WindowDoc,
    decimal_text,
)
from .meters import BY_RATE
from .sheets import EXACT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .document import NegotiatedDoc, Rates, RowDoc

MARK = "contract:"
"""What the names of a contract's factors and models begin with on a cost line."""


@dataclass(frozen=True, slots=True)
class Span:
    """`[since, until)`; None is open."""

    since: datetime
    until: datetime | None

    @classmethod
    def of(cls, since: str, until: str) -> Span:
        """From the canonical form, in which an empty text is open."""
        return cls(datetime.fromisoformat(since), datetime.fromisoformat(until) if until else None)

    def __contains__(self, at: datetime) -> bool:
        """Whether the aware time is inside."""
        return self.since <= at and (self.until is None or at < self.until)


def periods(each: NegotiatedDoc) -> Iterator[tuple[Span, RowDoc, list[ModifierDoc]]]:
    """Each row until the next one or the end, cut where an exchange rate changes; with its name on a line."""
    rows, end = each["rows"], each["until"]
    exchange = each.get("exchange") or [ExchangeDoc(since=rows[0]["since"], usd="")]
    ends = [*(row["since"] for row in rows[1:]), end]
    changes = [*(rate["since"] for rate in exchange[1:]), ""]
    for row, row_end in zip(rows, ends, strict=True):
        for rate, change in zip(exchange, changes, strict=True):
            since = max(row["since"], rate["since"])
            until = min(filter(None, (row_end, change)), default="")
            if until and until <= since:
                continue
            if not rate["usd"]:
                yield Span.of(since, until), row, []
                continue
            name = f"{MARK}{each.get('currency', '')} at {rate['usd']} USD"
            said = ModifierDoc(id=name, when={}, factor="1", on=sorted(BY_RATE), models=[])
            yield Span.of(since, until), _in_usd(row, Decimal(rate["usd"])), [said]


def _in_usd(row: RowDoc, usd: Decimal) -> RowDoc:
    variants = [
        VariantDoc(
            when=each["when"],
            card=None if each["card"] is None else _card(each["card"], usd),
            factor=each["factor"],
            on=each["on"],
        )
        for each in row["variants"]
    ]
    windows = [
        WindowDoc(
            days=each["days"],
            utc=each["utc"],
            closed=each["closed"],
            card=_card(each["card"], usd),
        )
        for each in row["windows"]
    ]
    return {**row, "card": _card(row["card"], usd), "variants": variants, "windows": windows}


def _card(card: CardDoc, usd: Decimal) -> CardDoc:
    return CardDoc(
        rates=_rates(card["rates"], usd),
        tiers=[
            TierDoc(at_least=tier["at_least"], rates=_rates(tier["rates"], usd))
            for tier in card["tiers"]
        ],
    )


def _rates(rates: Rates, usd: Decimal) -> Rates:
    return {key: decimal_text(EXACT.multiply(Decimal(rate), usd)) for key, rate in rates.items()}
