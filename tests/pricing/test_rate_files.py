"""A rate file with a fault is refused, with every fault named at its line."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from spantally_pricing import Cost, RateTable, RateTableError, Usage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AT = datetime(2026, 11, 10, 12, tzinfo=UTC)


def row(body: str, start: str = "2026-01-01T00:00:00Z") -> str:
    return f'[[model]]\nid = "m"\n[[model.rates]]\nfrom = {start}\n{body}\n'


TIER = "[[model.rates.tier]]\nabove = 100\n"
VARIANT = "[[model.rates.variant]]\n"

FAULTS = {
    "misspelt rate": (row("inputs = 1"), 8, "unknown key 'inputs'; did you mean 'input'"),
    "unknown key at the top": ("modles = []", 4, "unknown key 'modles'; did you mean 'model'"),
    "unknown key of a model": (row("input = 1") + "idz = 1", 9, "unknown key 'idz'"),
    "price a token": (row("input = 0.0000025"), 8, "input is 0.0000025; expected 0.0005 to 2000"),
    "price per thousand calls, per call": (row("web_search = 0.001"), 8, "0.01 to 10000"),
    "negative rate": (row("input = -1"), 8, "input is -1"),
    "finer than kept": (
        row("input = 0.0833333333333"),
        8,
        "0.0833333333333; a ledger keeps 12 decimals",
    ),
    "rate that is not a number": (row('input = "1"'), 8, "input is '1'; expected a number"),
    "rate that is nan": (row("input = nan"), 8, "expected a number"),
    "boolean rate": (row("input = true"), 8, "input is True; expected a number"),
    "no zone": (row("input = 1", "2026-01-01T00:00:00"), 7, "a time with its zone"),
    "date instead of time": (row("input = 1", "2026-01-01"), 7, "a time with its zone"),
    "fraction of a second": (row("input = 1", "2026-01-01T00:00:00.5Z"), 7, "to the second"),
    "no rate": (row(""), 6, "has either rates, or `free = true`"),
    "free and not": (row("free = true\ninput = 1"), 6, "has either rates, or `free = true`"),
    "no rows": ('[[model]]\nid = "m"', 4, r"has no \[\[model.rates\]\]"),
    "no id": (
        "[[model]]\n[[model.rates]]\nfrom = 2026-01-01T00:00:00Z\ninput = 1",
        4,
        "id is missing",
    ),
    "two rows from one instant": (
        row("input = 1") + "[[model.rates]]\nfrom = 2026-01-01T01:00:00+01:00\ninput = 2",
        4,
        "two rows from 2026-01-01T00:00:00Z",
    ),
    "base without a row before": (row('base = "previous"\ninput = 1'), 8, "no row before it"),
    "unknown base": (row('base = "prevoius"\ninput = 1'), 8, "base is 'prevoius'"),
    "tier with both bounds": (
        row("input = 1\n" + TIER + "from = 100\ninput = 2"),
        9,
        "either `above` .* or `from`",
    ),
    "tier at half a token": (
        row("input = 1\n[[model.rates.tier]]\nabove = 1.5\ninput = 2"),
        9,
        "whole number of prompt tokens",
    ),
    "tier that forgets a rate": (
        row("input = 1\noutput = 2\n" + TIER + "input = 2"),
        10,
        "this tier does not say output",
    ),
    "two tiers at one size": (
        row("input = 1\n" + TIER + "input = 2\n[[model.rates.tier]]\nfrom = 101\ninput = 3"),
        6,
        "two tiers that begin at the same prompt size",
    ),
    "variant that forgets a rate": (
        row("input = 1\noutput = 2\n" + VARIANT + 'when = { processing = "batch" }\ninput = 1'),
        10,
        "this variant does not say output",
    ),
    "variant without a word on tiers": (
        row(
            "input = 1\n" + TIER + "input = 2\n" + VARIANT + 'when = { speed = "fast" }\ninput = 3'
        ),
        12,
        "give this variant its own",
    ),
    "variant with a strange word on tiers": (
        row("input = 1\n" + VARIANT + 'when = { speed = "fast" }\ninput = 3\ntier = "stadard"'),
        12,
        "tier is 'stadard'",
    ),
    "variant with rates and a factor": (
        row(
            "input = 1\n"
            + VARIANT
            + 'when = { speed = "fast" }\ninput = 3\nfactor = 2\non = "tokens"'
        ),
        9,
        "either rates, or `factor` and `on`, or `same_as`",
    ),
    "variant without a condition": (
        row("input = 1\n" + VARIANT + 'factor = 2\non = "tokens"'),
        9,
        "when is missing",
    ),
    "variant on the standard": (
        row("input = 1\n" + VARIANT + 'when = { speed = "standard" }\nfactor = 2\non = "tokens"'),
        10,
        "speed = 'standard' is the standard",
    ),
    "variant on an unknown context key": (
        row("input = 1\n" + VARIANT + 'when = { sped = "fast" }\nfactor = 2\non = "tokens"'),
        10,
        "'sped' is not a context key",
    ),
    "two matching variants": (
        row(
            "input = 1\n"
            + VARIANT
            + 'when = { speed = ["fast", "faster"] }\nfactor = 2\non = "tokens"\n'
            + VARIANT
            + 'when = { speed = "fast" }\nfactor = 3\non = "tokens"'
        ),
        6,
        "two variants match speed=fast",
    ),
    "same as nothing": (
        row("input = 1\n" + VARIANT + 'when = { speed = "fast" }\nsame_as = { speed = "quick" }'),
        11,
        "same_as names no variant above it",
    ),
    "factor of a hundred": (
        row("input = 1\n" + VARIANT + 'when = { speed = "fast" }\nfactor = 100\non = "tokens"'),
        11,
        "factor is 100; expected more than 0 and at most 20",
    ),
    "factor on nothing": (
        row("input = 1\n" + VARIANT + 'when = { speed = "fast" }\nfactor = 2'),
        9,
        "on is .*; expected 'tokens'",
    ),
    "window in no calendar": (
        row('input = 1\n[[model.rates.window]]\nexcept = "moon"\ninput = 2'),
        10,
        "except is 'moon'",
    ),
    "window on no weekday": (
        row('input = 1\n[[model.rates.window]]\ndays = "Mo-Fr"\ninput = 2'),
        10,
        "days is 'Mo-Fr'",
    ),
    "window over midnight": (
        row('input = 1\n[[model.rates.window]]\nutc = ["22:00-02:00"]\ninput = 2'),
        10,
        "within one UTC day",
    ),
    "id twice": (
        row("input = 1") + row("input = 2").replace('"m"', '"n"\nids = ["n", "m"]'),
        9,
        "'m' is already taken by model m",
    ),
    "model twice": (
        row("input = 1") + row("input = 2").replace('"m"', '"m"\nids = ["n"]'),
        9,
        "'model m' is already taken by model m",
    ),
    "modifier twice": (
        row("input = 1")
        + 2 * '[[modifier]]\nid = "x"\nwhen = { speed = "a" }\nfactor = 2\non = "tokens"\n',
        14,
        "'modifier x' is already taken",
    ),
    "calendar of no dates": (
        row("input = 1") + '[[calendar]]\nid = "x"\ndates = ["2026-01-01"]',
        11,
        "dates is '2026-01-01'; expected a date",
    ),
    "alias of an id": (
        row("input = 1")
        + '[[alias]]\nname = "m"\nto = [{ from = 2026-01-01T00:00:00Z, model = "m" }]',
        4,
        "'m' is already taken by alias m",
    ),
    "alias to nowhere": (
        row("input = 1")
        + '[[alias]]\nname = "a"\nto = [{ from = 2026-01-01T00:00:00Z, model = "mm" }]',
        9,
        "no model 'mm' of 'acme'; did you mean 'm'",
    ),
    "modifier of no model": (
        row("input = 1")
        + '[[modifier]]\nid = "x"\nwhen = { speed = "fast" }\nfactor = 2\non = "tokens"\nmodels = ["k"]',
        9,
        "no model 'k' of 'acme'",
    ),
    "key that multiplies and chooses": (
        row("input = 1\n" + VARIANT + 'when = { speed = "fast" }\nfactor = 2\non = "tokens"')
        + '[[modifier]]\nid = "x"\nwhen = { speed = "slow" }\nfactor = 2\non = "tokens"',
        0,
        "'speed' is a condition of both",
    ),
    "unknown normaliser": ('normalise = ["lower"]', 4, "normalise has 'lower'"),
    "stale tiers": (
        row("input = 1\n" + TIER + "input = 2")
        + '[[model.rates]]\nfrom = 2026-02-01T00:00:00Z\nbase = "previous"\ninput = 3',
        12,
        "changes input but keeps each tier of the row before; state them anew",
    ),
    "stale fee in a variant": (
        row("input = 1\nweb_search = 10\n" + VARIANT + 'when = { speed = "fast" }\ninput = 2')
        + '[[model.rates]]\nfrom = 2026-02-01T00:00:00Z\nbase = "previous"\nweb_search = 5',
        13,
        "changes web_search but keeps each variant of the row before",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_at_its_line(rate_file: Callable[..., Path], name: str) -> None:
    body, line, message = FAULTS[name]
    with pytest.raises(RateTableError, match=message) as caught:
        RateTable.of_files([rate_file(body)])
    assert line in [fault.line for fault in caught.value.faults]
    assert all(fault.file.endswith("acme.toml") for fault in caught.value.faults)
    assert len(set(caught.value.faults)) == len(caught.value.faults)


def test_every_fault_of_every_file_is_named_at_once(rate_file: Callable[..., Path]) -> None:
    first = rate_file(row("inputs = 1\noutput = -1"), name="first.toml")
    second = rate_file("model = [", name="second.toml")
    third = rate_file("", name="third.toml", header='schema = "rates/9"\ncurrency = "EUR"\n')
    with pytest.raises(RateTableError, match="6 faults") as caught:
        RateTable.of_files([first, second, third])
    said = str(caught.value)
    for part in (
        "'inputs'",
        "output is -1",
        "second.toml: cannot be read as TOML",
        "rates/9",
        "EUR",
    ):
        assert part in said


def test_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(RateTableError, match=r"nowhere\.toml: cannot be read"):
        RateTable.load([tmp_path / "nowhere.toml"])


def test_a_row_inherits_only_when_it_says_so(table_of: Callable[[str], RateTable]) -> None:
    table = table_of(
        row("input = 1\noutput = 2\nweb_search = 10")
        + '[[model.rates]]\nfrom = 2026-02-01T00:00:00Z\nbase = "previous"\noutput = 3\n'
        + "[[model.rates]]\nfrom = 2026-03-01T00:00:00Z\ninput = 4\n"
    )

    def priced(month: int) -> tuple[Decimal, tuple[str, ...]]:
        usage = Usage({"input_tokens": 1_000_000, "output_tokens": 1_000_000, "web_searches": 1000})
        cost = table.price(
            usage, provider="acme", model="m", at=datetime(2026, month, 15, tzinfo=UTC)
        )
        assert isinstance(cost, Cost)
        return cost.amount, cost.missing

    assert priced(1) == (Decimal(1 + 2 + 10), ())
    assert priced(2) == (Decimal(1 + 3 + 10), ())
    assert priced(3) == (Decimal(4), ("output_tokens", "web_searches"))
