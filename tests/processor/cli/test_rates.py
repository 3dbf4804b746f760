"""`spantally rates`: what the table knows, what a file changes, what is wrong with it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from spantally_pricing import RateTable
from support.ledger import a_call, book

if TYPE_CHECKING:
    from pathlib import Path

    from spantally_processor.store import Store
    from support.command import Spantally

RATES = """
schema = "rates/1"
provider = "acme"
currency = "USD"
source = "https://acme.example/prices"
checked = 2026-11-23
[[model]]
id = "large"
ids = ["large", "large-{yyyy-mm-dd}"]
  [[model.rates]]
  from = 2026-01-01T00:00:00Z
  input = 4
  output = 20
  [[model.rates]]
  from = 2026-06-01T00:00:00Z
  input = 2
  output = 10
    [[model.rates.tier]]
    above = 1000
    input = 3
    output = 15
    [[model.rates.variant]]
    when = { processing = "batch" }
    factor = 0.5
    on = "tokens"
"""


@pytest.fixture
def acme(tmp_path: Path) -> str:
    path = tmp_path / "acme.toml"
    path.write_text(RATES)
    return str(path)


def test_list_counts_what_each_provider_has(spantally: Spantally, acme: str) -> None:
    said = spantally.json("rates", "list", "--rates", acme)
    by_name = {each["provider"]: each for each in said["providers"]}
    assert {"openai", "anthropic"} < by_name.keys()
    assert by_name["acme"]["models"] == [
        {"id": "large", "ids": ["large", "large-{yyyy-mm-dd}"], "rows": 2}
    ]
    text = spantally.run("rates", "list", "--rates", acme)
    assert "acme                    1 models     2 rows" in text
    assert "large" in spantally.run("rates", "list", "--rates", acme, "--provider", "acme")
    spantally.run("rates", "list", "--provider", "nobody", exit_code=1)


def test_show_has_the_row_in_force_with_every_card(spantally: Spantally, acme: str) -> None:
    (row,) = spantally.json("rates", "show", "large-2026-07-01", "--rates", acme)["rows"]
    cards = {(card["context"].get("processing"), card["at_least"]): card for card in row["cards"]}
    assert row["effective_from"] == "2026-06-01T00:00:00+00:00"
    assert row["source"] == "https://acme.example/prices"
    assert cards[None, 0]["rates"] == {"input": "2", "output": "10"}
    assert cards[None, 1001]["rates"] == {"input": "3", "output": "15"}
    assert cards["batch", 1001]["rates"] == {"input": "1.5", "output": "7.5"}

    early = ("rates", "show", "large", "--rates", acme, "--at", "2026-02-01T00:00:00Z")
    assert "input 4 · output 20" in spantally.run(*early)


def test_history_has_every_row_oldest_first(spantally: Spantally, acme: str) -> None:
    rows = spantally.json("rates", "history", "large", "--rates", acme)["rows"]
    assert [row["effective_from"][:7] for row in rows] == ["2026-01", "2026-06"]
    assert rows[0]["effective_until"] == rows[1]["effective_from"]


def test_an_unknown_model_is_a_finding_with_the_nearest_names(spantally: Spantally) -> None:
    said = spantally.run("rates", "show", "claude-opus-5-6", exit_code=1)
    assert "did you mean" in said
    assert "claude-opus-5-5" in said


@pytest.mark.parametrize("command", ["show", "history"])
def test_a_model_that_another_provider_has_is_not_taken_for_a_misspelt_one(
    spantally: Spantally, command: str
) -> None:
    said = spantally.run("rates", command, "gpt-5", "--provider", "anthropic", exit_code=1)
    assert said.startswith("No rates for a model 'gpt-5' of anthropic; ")
    assert "openai" in said
    assert "did you mean" not in said


def test_validate_names_every_fault_by_file_and_line(spantally: Spantally, acme: str) -> None:
    assert "ok: " in spantally.run("rates", "validate", acme)
    with open(acme, "a") as file:
        file.write("inptu = 2\n")
    said = spantally.run("rates", "validate", acme, exit_code=1)
    assert f"{acme}:{len(RATES.splitlines()) + 1}: " in said
    assert "unknown key 'inptu'; did you mean 'input'?" in said
    faults = spantally.json("rates", "validate", acme)["faults"]
    assert [fault["file"] for fault in faults] == [acme]


def test_validate_without_files_checks_the_bundled_table(spantally: Spantally) -> None:
    said = spantally.json("rates", "validate")
    assert said == {"ok": True, "faults": [], "table_version": RateTable.bundled().version}


def test_diff_is_in_money_and_none_is_no_finding(
    spantally: Spantally, acme: str, tmp_path: Path
) -> None:
    dearer = tmp_path / "dearer.toml"
    dearer.write_text(RATES.replace("input = 2", "input = 2.5"))
    found = spantally.json("rates", "diff", acme, str(dearer))
    plain = [each for each in found if each["context"] == "" and each["at_least"] == 0]
    assert [(each["meter"], each["before"], each["after"]) for each in plain] == [
        ("input_tokens", "2", "2.5")
    ]
    assert Decimal(plain[0]["impact_usd"]) == Decimal(plain[0]["quantity"]) * Decimal("0.5e-6")
    assert "acme large input_tokens: 2 -> 2.5" in spantally.run(
        "rates", "diff", acme, str(dearer), exit_code=1
    )
    assert "No difference" in spantally.run("rates", "diff", acme, acme)
    assert "is no rate table" in spantally.run("rates", "diff", acme, "nothing", exit_code=2)


def test_diff_weighs_with_what_the_ledger_has(
    spantally: Spantally, store: Store, acme: str, tmp_path: Path
) -> None:
    meters = {
        "lines.model": ["large"],
        "lines.meter": ["input_tokens"],
        "lines.quantity": [Decimal(3_000_000)],
        "lines.unit_price": [Decimal(2)],
        "lines.per": [1_000_000],
        "lines.factor": [Decimal(1)],
        "lines.amount": [Decimal(6)],
        "lines.rate_id": ["r"],
        "lines.list_amount": [Decimal(6)],
        "lines.list_rate_id": ["r"],
    }
    calls = [a_call(provider="acme", response_model="large", **meters) for _ in range(2)]
    book(store, calls)
    store.close()
    dearer = tmp_path / "dearer.toml"
    dearer.write_text(RATES.replace("input = 2", "input = 2.5"))

    found = spantally.json("rates", "diff", acme, str(dearer), "--usage", "ledger")

    impacts = {
        (each["model"], each["context"], each["at_least"]): each["impact_usd"] for each in found
    }
    assert impacts["large", "", 0] == "3"


def test_import_asks_an_installed_source_for_a_second_opinion(spantally: Spantally) -> None:
    pytest.importorskip("genai_prices")
    found = spantally.json("rates", "import", "genai-prices")
    assert all(each["before"] != each["after"] for each in found)
    spantally.run("rates", "import", "somebody", exit_code=2)
