"""Our table against the installed genai-prices and LiteLLM maps: every disagreement is explained, or fails.

Compared is every price that both sides have, on every name that both know, at the instant of the last
import. An explanation of a disagreement that is none any more fails too. LiteLLM is not imported; only its
price map is read.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import tomllib
from spantally_pricing import RateTable
from spantally_pricing.document import table_bytes
from spantally_pricing.importing import differences, import_rates, installed
from spantally_pricing.importing.comparing import plain_names

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
ENTRIES = tomllib.loads(Path(__file__).with_name("disagreements.toml").read_text("utf-8"))[
    "disagreement"
]

Point = tuple[str, str, str]
"""(provider, name, meter)."""


def explained(source: str) -> dict[Point, str]:
    return {
        (entry["provider"], model, meter): entry["why"]
        for entry in ENTRIES
        if entry["with"] == source
        for model in entry["models"]
        for meter in entry["meters"]
    }


@pytest.mark.parametrize(("source", "least"), [("genai-prices", 2_000), ("litellm", 1_500)])
def test_every_disagreement_is_explained_and_every_explanation_needed(
    table: RateTable, source: str, least: int
) -> None:
    other = RateTable(table_bytes(import_rates(installed.sources(), AT.date(), source).providers))
    names = set(plain_names(other))
    assert len(names) > least
    found = {
        (each.provider, each.model, each.meter): f"{each.before} there, {each.after} here"
        for each in differences(other, table, AT, names=names)
        if each.before is not None and each.after is not None
    }
    known = explained(source)
    new = {point: said for point, said in found.items() if point not in known}
    assert not new, (
        f"{len(new)} disagreements with {source} that disagreements.toml does not explain"
    )
    differing = {(provider, model) for provider, model, _ in found}
    settled = {(provider, model) for provider, model, _ in known} - differing
    assert not settled, "these do not disagree any more; take them out of disagreements.toml"
