"""What a cost's lines say and add up to, to the last digit."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

from hypothesis import given
from spantally_pricing import Cost, CostLine, RateTable, Unpriced, UnpricedReason, Usage, price
from support.made_up_card import AT, cost_of
from support.usages import COUNTS, mtok, plus, text_usages, usages

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_line_explains_its_amount(card: RateTable) -> None:
    cost = cost_of(card, {"input_tokens": 30, "output_tokens": 4})
    rate_id = cost.lines[0].rate_id
    assert cost.lines == (
        CostLine(
            "m",
            "input_tokens",
            Decimal(30),
            Decimal(2),
            1_000_000,
            (),
            Decimal(1),
            mtok(30, "2"),
            rate_id,
            mtok(30, "2"),
            rate_id,
        ),
        CostLine(
            "m",
            "output_tokens",
            Decimal(4),
            Decimal(10),
            1_000_000,
            (),
            Decimal(1),
            mtok(4, "10"),
            rate_id,
            mtok(4, "10"),
            rate_id,
        ),
    )
    long = cost_of(card, {"input_tokens": 3000}).lines[0].rate_id
    batch = cost_of(card, {"input_tokens": 30}, processing="batch").lines[0].rate_id
    assert len({rate_id, long, batch}) == 3
    assert len(rate_id) == 16


def test_a_second_of_an_hourly_rate_is_rounded_at_the_18th_place(card: RateTable) -> None:
    assert cost_of(card, {"audio_seconds": 9}, model="voice").amount == Decimal("0.0025")
    assert cost_of(card, {"audio_seconds": 1}, model="voice").amount == Decimal(
        "0.000277777777777778"
    )


def test_the_callers_decimal_context_changes_nothing(card: RateTable) -> None:
    counts = {"input_tokens": 123_456_789, "output_tokens": 987_654_321}
    ample = cost_of(card, counts).amount
    with localcontext(prec=3):
        assert cost_of(card, counts).amount == ample


def test_more_digits_than_the_default_context_holds_are_all_kept(
    table_of: Callable[[str], RateTable],
) -> None:
    table = table_of(
        '[[model]]\nid = "m"\n[[model.rates]]\nfrom = 2026-01-01T00:00:00Z\ninput = 1.23456789012'
    )
    cost = cost_of(table, {"input_tokens": 2**63 - 1})
    scaled = (2**63 - 1) * 123_456_789_012
    assert len(str(scaled)) > 28
    assert cost.amount == Decimal(f"{scaled}e-17")


@given(usages())
def test_lines_sum_to_the_total_and_hold_every_token_once(card: RateTable, usage: Usage) -> None:
    rates = card.lookup("acme", "m", AT)
    assert not isinstance(rates, Unpriced)
    cost = price(usage, rates, AT)
    if isinstance(cost, Unpriced):
        assert cost.reason is UnpricedReason.NO_RATE
        return
    assert sum((line.amount for line in cost.lines), Decimal(0)) == cost.amount
    for line in cost.lines:
        assert line.amount == line.quantity * line.unit_price / line.per * line.factor
    priced = {line.meter: line.quantity for line in cost.lines}
    portions = dict(usage.portions or ())
    assert len(priced) == len(cost.lines)
    assert priced == {meter: n for meter, n in portions.items() if meter not in cost.missing}


@given(text_usages(COUNTS), text_usages(COUNTS))
def test_without_tiers_the_price_of_both_is_the_sum_of_each(
    table: RateTable, first: Usage, second: Usage
) -> None:
    def amount(usage: Usage) -> Decimal:
        cost = table.price(usage, provider="anthropic", model="claude-opus-5-5", at=AT)
        assert isinstance(cost, Cost)
        return cost.amount

    assert amount(plus(first, second)) == amount(first) + amount(second)


@given(text_usages(COUNTS))
def test_a_batch_costs_half_and_searches_the_same(table: RateTable, usage: Usage) -> None:
    def lines(processing: str) -> dict[str, Decimal]:
        cost = table.price(
            usage,
            provider="anthropic",
            model="claude-sonnet-5-5",
            at=AT,
            context={"processing": processing},
        )
        assert isinstance(cost, Cost)
        return {line.meter: line.amount for line in cost.lines}

    standard, batch = lines("standard"), lines("batch")
    assert batch == {m: usd if m == "web_searches" else usd / 2 for m, usd in standard.items()}
