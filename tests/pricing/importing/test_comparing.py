"""Two tables are compared price by price, and a difference is told in money."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from spantally_pricing.importing import differences

if TYPE_CHECKING:
    from collections.abc import Callable

    from spantally_pricing import RateTable

AT = datetime(2026, 11, 23, 2, tzinfo=UTC)
HEAD = '[[model]]\nid = "m"\nids = ["m", "m-2"]\n[[model.rates]]\nfrom = 2026-01-01T00:00:00Z\n'


def test_equal_tables_have_no_differences(table_of: Callable[[str], RateTable]) -> None:
    table = table_of(HEAD + "input = 2\noutput = 10\n")
    assert differences(table, table, AT) == []


def test_a_price_is_weighted_with_a_sample_and_the_costliest_comes_first(
    table_of: Callable[[str], RateTable],
) -> None:
    before, after = (
        table_of(HEAD + "input = 2\noutput = 10\n"),
        table_of(HEAD + "input = 3\noutput = 9\n"),
    )
    found = differences(before, after, AT, names=[("acme", "m")])
    assert [(d.meter, d.before, d.after, d.impact) for d in found] == [
        ("input_tokens", Decimal(2), Decimal(3), Decimal(1)),
        ("output_tokens", Decimal(10), Decimal(9), Decimal("-0.1")),
    ]


def test_a_workload_names_the_models_and_weighs_the_meters(
    table_of: Callable[[str], RateTable],
) -> None:
    before, after = table_of(HEAD + "input = 2\n"), table_of(HEAD + "input = 3\n")
    used = {("acme", "m-2", "input_tokens"): Decimal(5_000_000)}
    (found,) = differences(before, after, AT, workload=used)
    assert (found.model, found.quantity, found.impact) == ("m-2", Decimal(5_000_000), Decimal(5))


def test_tiers_and_contexts_are_compared_one_by_one_with_their_factors(
    table_of: Callable[[str], RateTable],
) -> None:
    tier = "[[model.rates.tier]]\nabove = 200_000\ninput = {}\n"
    batch = (
        '[[model.rates.variant]]\nwhen = {{ processing = "batch" }}\nfactor = {}\non = "tokens"\n'
    )
    before = table_of(HEAD + "input = 2\n" + tier.format(4) + batch.format("0.5"))
    after = table_of(HEAD + "input = 2\n" + tier.format(5) + batch.format("0.8"))
    found = {
        (d.context, d.at_least): (d.before, d.after)
        for d in differences(before, after, AT, names=[("acme", "m")])
    }
    assert found == {
        ("", 200_001): (Decimal(4), Decimal(5)),
        ("processing=batch", 0): (Decimal(1), Decimal("1.6")),
        ("processing=batch", 200_001): (Decimal(2), Decimal(4)),
    }


def test_a_name_that_one_side_lacks_has_no_impact_and_is_not_hidden(
    table_of: Callable[[str], RateTable],
) -> None:
    before, after = (
        table_of(HEAD + "input = 2\n"),
        table_of(HEAD.replace('"m-2"', '"m-3"') + "input = 2\n"),
    )
    found = {d.model: (d.before, d.after, d.impact) for d in differences(before, after, AT)}
    assert found == {"m-2": (Decimal(2), None, None), "m-3": (None, Decimal(2), None)}


def test_the_price_of_the_hour_is_compared(table_of: Callable[[str], RateTable]) -> None:
    window = '[[model.rates.window]]\nutc = ["01:00-04:00"]\ninput = 4\n'
    flat, peak = table_of(HEAD + "input = 2\n"), table_of(HEAD + "input = 2\n" + window)
    noon = AT.replace(hour=12)
    assert differences(flat, peak, noon) == []
    assert {d.after for d in differences(flat, peak, AT)} == {Decimal(4)}
