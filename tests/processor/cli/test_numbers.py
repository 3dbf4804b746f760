"""Numbers for people: sensible digits, shares that add up, nothing rounded to a lie."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spantally_processor.reporting.numbers import (
    column_decimals,
    duration,
    exact,
    money,
    packed,
    percent,
    shares,
    total,
)

amounts = st.integers(0, 10**38 - 1).map(lambda units: Decimal(f"{units}e-18"))


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "$0.00"),
        ("1234567.891", "$1,234,567.89"),
        ("1", "$1.00"),
        ("0.5", "$0.50"),
        ("0.0123456", "$0.0123"),
        ("0.00000345", "$0.00000345"),
        ("0.0000004500", "$0.00000045"),
        ("0.000000000000000001", "$0.000000000000000001"),
        ("99999999999999999999.999999999999999999", "$100,000,000,000,000,000,000.00"),
    ],
)
def test_money(amount: str, text: str) -> None:
    assert money(Decimal(amount)) == text


def test_money_that_is_unknown_or_a_lower_bound() -> None:
    assert money(None) == "unknown"
    assert money(Decimal("12.349"), lower_bound=True) == "≥ $12.34"
    assert money(Decimal("0.01239"), lower_bound=True, decimals=4) == "≥ $0.0123"
    assert money(Decimal("0.000012"), decimals=4) == "< $0.0001"
    assert money(Decimal("0.000012"), decimals=4, lower_bound=True) == "> $0.0000"
    assert money(Decimal(0), decimals=4) == "$0.0000"


@pytest.mark.parametrize(
    ("amounts", "decimals"),
    [
        (["99.99", "0.01"], 2),
        (["99.99"], 4),
        (["0.0345"], 4),
        (["0.000345"], 6),
        ([], 4),
        (["0"], 4),
    ],
)
def test_a_page_has_one_precision(amounts: list[str], decimals: int) -> None:
    assert column_decimals([None, *map(Decimal, amounts)]) == decimals


@given(amounts, st.booleans(), st.sampled_from([None, 2, 4]))
def test_what_is_not_zero_never_shows_as_zero(
    amount: Decimal, lower_bound: bool, decimals: int | None
) -> None:
    text = money(amount, lower_bound=lower_bound, decimals=decimals)
    shown = Fraction(text.lstrip("<>≥ $").replace(",", ""))
    if text.startswith(("<", ">")):
        assert text.startswith(">") == lower_bound
        assert 0 < amount < Decimal(1).scaleb(-(decimals or 0))
        return
    assert (shown == 0) == (amount == 0)
    if lower_bound:
        assert shown <= Fraction(amount)


@given(st.lists(st.one_of(st.none(), amounts)))
def test_shares_add_up_and_stay_close(values: list[Decimal | None]) -> None:
    parts = shares(values)
    whole = sum((Fraction(value) for value in values if value is not None), Fraction(0))
    if not whole:
        assert parts == [None] * len(values)
        return
    assert [part is None for part in parts] == [value is None for value in values]
    assert sum(part for part in parts if part is not None) == 100
    for part, value in zip(parts, values, strict=True):
        if part is not None and value is not None:
            assert abs(Fraction(part) - Fraction(value) * 100 / whole) < Fraction(1, 10)


def test_shares_give_the_odd_tenths_to_the_largest_remainders() -> None:
    assert shares([Decimal(1)] * 3) == [Decimal("33.4"), Decimal("33.3"), Decimal("33.3")]
    assert shares([Decimal(2), Decimal(4), None]) == [Decimal("33.3"), Decimal("66.7"), None]


@given(st.lists(amounts, min_size=1))
def test_totals_are_exact(values: list[Decimal]) -> None:
    added = total(values)
    assert added is not None
    assert Fraction(added) == sum(map(Fraction, values))
    assert Fraction(exact(added) or "") == Fraction(added)


def test_totals_of_nothing_known_are_unknown() -> None:
    assert total([]) is None
    assert total([None, None]) is None
    assert total([None, Decimal(0)]) == 0


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(1, 3, "33.3"), (99999, 100000, "99.9"), (5, 5, "100.0"), (0, 5, "0.0"), (0, 0, None)],
)
def test_a_coverage_is_never_rounded_up(part: int, whole: int, text: str | None) -> None:
    assert percent(part, whole) == text


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [
        (0, "0 ms"),
        (850_400, "850 ms"),
        (999_600, "1.0 s"),
        (59_970_000, "1 min 00 s"),
        (12_340_000, "12.3 s"),
        (245_000_000, "4 min 05 s"),
        (3_720_000_000, "1 h 02 min"),
    ],
)
def test_durations(microseconds: int, text: str) -> None:
    assert duration(microseconds) == text


@given(
    st.lists(st.text("abc d", min_size=1), min_size=1),
    st.integers(30, 60),
    st.sampled_from(["", "  "]),
)
def test_packed_lines_fit_and_lose_nothing(parts: list[str], width: int, indent: str) -> None:
    lines = packed(parts, width, indent=indent).splitlines()
    assert all(len(line) <= width or " " not in line.strip() for line in lines)
    assert "".join(" ".join(lines).replace("·", "").split()) == "".join("".join(parts).split())
