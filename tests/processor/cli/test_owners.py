"""The owner catalogue: checked, loaded, dated; spend at the layers of model, service and owner."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from spantally_processor.app import App
from spantally_processor.errors import ConfigError
from spantally_processor.owners.file import load_owners
from spantally_processor.owners.loading import load
from support.ledger import a_call, an_unpriced_call, book
from support.new_ledger import new_ledger
from support.processor import AWAY, running, settings_in, until

if TYPE_CHECKING:
    from pathlib import Path

    from spantally_processor.store import Store
    from support.command import Spantally

FILE = """
schema = "owners/1"

[[service]]
service = "desk"
team = "guests"
from = 2026-01-01

[[service]]
service = "desk"
team = "rooms"
from = 2026-10-01

[[team]]
team = "guests"
lead = "Ada"
manager = "Grace"
cost_centre = "4711"
from = 2026-01-01

[[team]]
team = "guests"
lead = "Barbara"
manager = "Grace"
cost_centre = "4711"
from = 2026-11-01

[[team]]
team = "rooms"
lead = "Edsger"
from = 2026-01-01
until = 2026-11-15
"""


def written(folder: Path, text: str = FILE) -> Path:
    path = folder / "owners.toml"
    path.write_text(text)
    return path


def rows(store: Store, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in store.rows(query)]


def test_every_fault_is_named_with_its_line(tmp_path: Path) -> None:
    text = """
schema = "owners/2"
[[servce]]
[[service]]
service = "a"
tema = "x"
from = 2026-01-01T00:00:00
[[team]]
team = "t"
from = 2026-02-01
until = 2026-02-01
[[team]]
team = "u"
from = 2026-01-01
until = 2026-03-01
[[team]]
team = "u"
from = 2026-02-01
[[team]]
team = "u"
from = 2026-02-01
lead = 7
[[service]]
service = ""
team = "x"
from = 2026-01-01
"""
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as error:
        load_owners(path)
    assert [fault.removeprefix(f"{path}:") for fault in error.value.faults] == [
        "2: schema is 'owners/2'; expected 'owners/1'",
        "3: 'servce' is unknown; did you mean 'service'?",
        "4: [[service]] lacks team",
        "6: 'tema' is unknown; did you mean 'team'?",
        "7: from is 2026-01-01 00:00:00; expected a day such as 2026-01-01, or a time with its offset",
        "11: until is not after from",
        "16: team 'u' begins before the entry of line 12 ends",
        "22: lead is 7; expected a text",
        "24: service is empty",
    ]


def test_check_names_gaps_teams_and_services_that_nobody_owns(
    store: Store, spantally: Spantally, tmp_path: Path
) -> None:
    path = written(tmp_path)
    assert "5 entries, all is well" in spantally.run("owners", "check", str(path))
    book(store, [a_call(service="desk"), a_call(service="bar"), a_call(service="spa", team="x")])
    gap = '[[team]]\nteam = "rooms"\nfrom = 2026-12-01\n'
    stray = '[[service]]\nservice = "lift"\nteam = "house"\nfrom = 2026-01-01\n'
    found = spantally.json("owners", "check", str(written(tmp_path, FILE + gap + stray)))
    assert found["gaps"] == ["team 'rooms' has no entry from 2026-11-15 to 2026-12-01"]
    assert found["teams_without_entry"] == ["house"]
    assert found["services_without_owner"] == [{"service": "bar", "calls": 1, "cost": "0.01"}]
    path = written(tmp_path)
    assert spantally.exit_code("owners", "check", str(path)) == 1
    assert spantally.exit_code("owners", "check", str(path), "--file-only") == 0
    assert spantally.exit_code("owners", "check", str(written(tmp_path, "x = 1"))) == 2


def test_a_reorganisation_does_not_rewrite_last_quarter(store: Store, tmp_path: Path) -> None:
    assert load(store, load_owners(written(tmp_path)))
    months = [9, 10, 11]
    book(
        store,
        [a_call(service="desk", start_time=datetime(2026, m, 20, tzinfo=UTC)) for m in months],
    )
    book(
        store,
        [a_call(service="desk", team="guests", start_time=datetime(2026, 10, 31, 23, tzinfo=UTC))],
    )
    book(store, [a_call(service="bar")])
    found = rows(
        store,
        "select toMonth(start_time) as month, owner_team, team_source, lead, cost_centre"
        " from owned_calls order by start_time, service desc",
    )
    assert found == [
        (9, "guests", "catalogue", "Ada", "4711"),
        (10, "rooms", "catalogue", "Edsger", ""),
        (10, "guests", "tag", "Ada", "4711"),
        (11, "rooms", "catalogue", "", ""),
        (11, "", "", "", ""),
    ]  # nobody leads rooms after the 15th of November


def test_the_latest_catalogue_holds_and_the_same_again_is_no_version(
    store: Store, tmp_path: Path
) -> None:
    first = load_owners(written(tmp_path))
    assert load(store, first)
    assert not load(store, first)
    second = load_owners(written(tmp_path, FILE.replace('"Edsger"', '"Donald"')))
    assert load(store, second)
    assert load(store, first), "back to what it was"
    assert rows(store, "select uniqExact(loaded_at), uniqExact(version) from llm_owners") == [
        (3, 2)
    ]
    assert rows(store, "select lead from llm_owners_now where name = 'rooms'") == [("Edsger",)]


def test_model_service_and_owner_add_up_to_the_same(store: Store, tmp_path: Path) -> None:
    load(store, load_owners(written(tmp_path)))
    book(
        store,
        [
            a_call(service="desk", cost=Decimal("1.1")),
            a_call(service="desk", team="guests", cost=Decimal("2.02")),
            a_call(service="bar", response_model="other", cost=Decimal("3.003")),
            an_unpriced_call(service="bar"),
        ],
    )
    layers = rows(
        store,
        "select layer, sum(known_cost), sum(calls), sum(unpriced_calls), sum(all_tokens)"
        " from spend_by_layer group by layer order by layer",
    )
    total = Decimal("6.123")
    assert layers == [(name, total, 4, 1, 440) for name in ("model", "owner", "service")]
    owners = rows(
        store,
        "select owner_team, lead, known_cost, calls_by_catalogue from spend_by_owner"
        " order by owner_team",
    )
    assert owners == [
        ("", "", Decimal("3.003"), 0),
        ("guests", "Barbara", Decimal("2.02"), 0),
        ("rooms", "", Decimal("1.1"), 1),
    ]


def test_the_processor_loads_the_catalogue_and_the_rates(tmp_path: Path) -> None:
    path = written(tmp_path)
    leads = "select lead from llm_owners_now where name = 'rooms'"
    new_ledger(tmp_path / "data")  # the prices are still to be written
    with running(settings_in(tmp_path / "data", owners=path)) as processor:
        until(lambda: processor.rows(leads) == [("Edsger",)], timeout_s=90)
        rates = "select count() > 10000 from llm_rates"
        until(lambda: processor.rows(rates) == [(True,)], timeout_s=90)


def test_a_faulty_catalogue_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"owners\.toml:1: schema is None"):
        App(settings_in(tmp_path / "data", store=AWAY, owners=written(tmp_path, "x = 1")))
