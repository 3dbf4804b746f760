"""A written rate file reads back as the models that it was written from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from spantally_pricing.document import CardDoc, ProviderDoc, TierDoc
from spantally_pricing.importing.cards import plain_row
from spantally_pricing.importing.writing import rate_file
from spantally_pricing.rate_file import read_files

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from spantally_pricing.document import RowDoc, VariantDoc, WindowDoc

KEYS = ("input", "cache_read", "output", "web_search")
RATE = st.integers(1, 9_999).map(lambda number: f"{number / 100:.2f}".rstrip("0").rstrip("."))
RATES = st.fixed_dictionaries(dict.fromkeys(KEYS, RATE))


def card(rates: dict[str, str], long: dict[str, str] | None) -> CardDoc:
    return CardDoc(rates=rates, tiers=[TierDoc(at_least=200_001, rates=long)] if long else [])


CARDS = st.builds(card, RATES, st.none())
LONG_CARDS = st.builds(card, RATES, RATES)


def row(base: CardDoc, batch: CardDoc | None, peak: CardDoc | None, note: str) -> RowDoc:
    made = plain_row("2026-01-01T00:00:00Z", base, "https://acme.example/m", note)
    variants: list[VariantDoc] = (
        [{"when": {"processing": ["batch"]}, "card": batch, "factor": None, "on": []}]
        if batch
        else []
    )
    windows: list[WindowDoc] = (
        [{"days": [0, 1, 4], "utc": [[60, 240], [600, 1440]], "closed": [], "card": peak}]
        if peak
        else []
    )
    return {**made, "variants": variants, "windows": windows}


ROWS = st.one_of(
    st.builds(row, CARDS, CARDS, st.none(), st.text('a"\\é\n', max_size=5)),
    st.builds(row, LONG_CARDS, LONG_CARDS, st.none(), st.just("")),
    st.builds(row, LONG_CARDS, CARDS, st.none(), st.just("")),
    st.builds(row, CARDS, st.none(), CARDS, st.just("")),
)


@given(made=ROWS, name=st.text("az09./:@-", min_size=1, max_size=9))
def test_what_is_written_reads_back_the_same(
    made: RowDoc, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    doc = ProviderDoc(
        provider="acme",
        names=["a"],
        normalise=["lower-case"],
        modifiers=[
            {
                "id": "eu",
                "when": {"data_residency": ["eu", "us"]},
                "factor": "1.1",
                "on": ["tokens"],
                "models": [name],
            }
        ],
        aliases=[],
        models=[{"id": name, "ids": sorted({name, name + "-2"}), "rows": [made]}],
    )
    file: Path = tmp_path_factory.mktemp("rates") / "acme.toml"
    file.write_text(
        rate_file(doc, heading="made", source="https://x", checked="2026-11-23"), "utf-8"
    )
    (read,) = read_files([file], {})
    made["checked"] = "2026-11-23"
    assert read == doc
