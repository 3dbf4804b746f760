"""What `spantally untagged` says: who reached a provider with nobody named for it, or by whose key."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from support.ledger import NOON, a_call, a_refused_attempt, an_unpriced_call, book

if TYPE_CHECKING:
    from pathlib import Path

    from spantally_processor.store import Store
    from support.command import Spantally

OWN_KEY, OTHER_KEY = "4c27f018564a5f62", "99aa00bb11cc22dd"


def calls(store: Store, *rows: dict[str, object]) -> None:
    for row in rows:
        book(store, [{"key_fingerprint": OWN_KEY, **row}])


def test_services_that_name_nobody_are_listed_by_provider_and_key(
    store: Store, spantally: Spantally
) -> None:
    later = NOON + timedelta(hours=1)
    calls(
        store,
        a_call(team="t", cost=Decimal("0.50")),
        a_call(service="new-bot", cost=Decimal("0.25"), key_fingerprint=OTHER_KEY),
        a_call(service="new-bot", cost=Decimal("0.125"), team="t", key_fingerprint=OTHER_KEY),
        an_unpriced_call(service="new-bot", start_time=later, key_fingerprint=OTHER_KEY),
        a_refused_attempt(service="new-bot", key_fingerprint=OTHER_KEY),
        an_unpriced_call(service="other", provider="anthropic", key_fingerprint=""),
    )
    first, second = spantally.json("untagged")
    assert first == {
        "service": "new-bot", "provider": "openai", "key_fingerprint": OTHER_KEY,
        "key_is_claimed": None, "calls": 3, "untagged_calls": 2, "unpriced_calls": 1,
        "known_cost": "0.375", "is_lower_bound": True,
        "first_call": NOON.isoformat(), "last_call": later.isoformat(),
    }  # fmt: skip
    assert (first["is_lower_bound"], second["is_lower_bound"]) == (True, True)
    assert type(first["is_lower_bound"]) is bool
    assert second["service"] == "other"
    assert (second["key_fingerprint"], second["known_cost"]) == (None, None)
    text = spantally.run("untagged")
    for word in ("new-bot", OTHER_KEY, "2 of 3", "≥ $0.3750", "2026-11-20", "not said", "unknown"):
        assert word in text


def test_a_tagged_call_by_a_key_that_nobody_has_claimed_is_listed_where_others_are(
    store: Store, spantally: Spantally, tmp_path: Path
) -> None:
    owners = tmp_path / "owners.toml"
    owners.write_text(f'[attribution.api_keys.{OWN_KEY}]\nteam = "search"\n')
    calls(store, a_call(team="t"), a_call(team="t", key_fingerprint=OTHER_KEY),
          a_call(team="t", key_fingerprint=""))  # fmt: skip
    (row,) = spantally.json("untagged", "--attribution", str(owners))
    assert (row["key_fingerprint"], row["key_is_claimed"]) == (OTHER_KEY, False)
    text = spantally.run("untagged", "--attribution", str(owners))
    assert text.splitlines()[1].split() == [
        "shop", "openai", OTHER_KEY, "no", "0", "of", "1", "$0.0100", "2026-11-20"
    ]  # fmt: skip
    assert spantally.json("untagged") == [], "without claims no key is unclaimed"


@pytest.mark.parametrize(
    "call",
    [
        a_call(team="t"),
        a_refused_attempt(),
        a_call(provider="llm.corp.example", provider_source="unknown"),
        a_call(start_time=NOON - timedelta(days=8)),
    ],
    ids=["it names a team", "nothing was billed", "no known provider", "before the period"],
)
def test_nothing_to_tell_is_said_with_exit_code_1(
    call: dict[str, object], store: Store, spantally: Spantally
) -> None:
    calls(store, call)
    week = (NOON - timedelta(days=6)).isoformat()
    assert "nobody named for it" in spantally.run("untagged", "--from", week, exit_code=1)


def test_a_file_that_cannot_be_read_is_named(spantally: Spantally, tmp_path: Path) -> None:
    file = tmp_path / "owners.toml"
    file.write_text('[attribution.api_key]\nx = "y"\n')
    text = spantally.run("untagged", "--attribution", str(file), exit_code=2)
    assert "did you mean 'api_keys'?" in text
