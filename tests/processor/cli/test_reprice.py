"""The past at other rates: beside what was booked, exact, seen before it is written, and never half."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from spantally_pricing import RateTable
from spantally_processor.periods import Period
from spantally_processor.pricer import Pricer
from spantally_processor.restating import generations, repricing
from spantally_processor.restating.repricing import Repricing
from spantally_processor.store.writing import open_writer
from support.command import Spantally
from support.otlp import a_call, a_request
from support.processor import Processor, running, settings_in
from support.recorded_spans import FOLDER, names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opentelemetry.proto.trace.v1.trace_pb2 import Span

ACME = """
schema = "rates/1"
currency = "USD"
provider = "acme"

[[model]]
id = "m"
ids = ["m"]

[[model.rates]]
from = 2024-01-01T00:00:00Z
input = 3.00
output = 5.00
source = "https://acme.example/prices"
checked = 2026-11-01
"""

CALLS = 6
EACH = Decimal(1000) * 3 / 10**6 + Decimal(100) * 5 / 10**6
"""USD of a call of 1000 tokens in and 100 out, from the rates above."""


def of_acme(minute: int = 0, **changes: object) -> Span:
    asked = {"gen_ai__provider__name": "acme", "gen_ai__request__model": "m"}
    counts = {"gen_ai__usage__input_tokens": 1000, "gen_ai__usage__output_tokens": 100}
    span = a_call(**{**asked, "gen_ai__response__model": "m", **counts, **changes})
    span.start_time_unix_nano += minute * 60 * 10**9
    span.end_time_unix_nano += minute * 60 * 10**9
    return span


@pytest.fixture
def processor(tmp_path: Path) -> Iterator[Processor]:
    """It has calls of a provider without rates, and one of a model that has some."""
    with running(settings_in(tmp_path)) as running_processor:
        teams = ["search", "growth"] * (CALLS // 2)
        unknown = [of_acme(spantally__tag__team=team) for team in teams]
        running_processor.post(a_request(*unknown, a_call()).SerializeToString())
        running_processor.settle()
        yield running_processor


@pytest.fixture
def rates(tmp_path: Path) -> str:
    file = tmp_path / "acme.toml"
    file.write_text(ACME)
    return str(file)


@pytest.fixture
def spantally(tmp_path: Path, processor: Processor) -> Spantally:
    return Spantally(str(tmp_path))


def test_the_table_that_booked_a_call_comes_to_the_same_digits(tmp_path: Path) -> None:
    """Every span that was recorded, in every vocabulary, with stated costs, parts and faults."""
    parts = json.dumps(
        [{"kind": "advisor", "model": "claude-haiku-4-5", "usage": {"input_tokens": 9}}]
    )
    peculiar = [
        a_call(spantally__stated_cost__usd="0.0123", spantally__stated_cost__source="usage.cost"),
        a_call(spantally__usage__parts=parts),
        a_call(gen_ai__usage__input_tokens=-1),
        a_call(spantally__usage__source="partial"),
        a_call(spantally__usage__source="not_billed"),
        a_call(gen_ai__operation__name="invoke_agent"),
        a_call(spantally__service_tier="flex"),
    ]
    with running(settings_in(tmp_path)) as processor:
        for name in names():
            body = (FOLDER / f"{name}.json").read_bytes()
            processor.post(body, content_type="application/json")
        processor.post(a_request(*peculiar).SerializeToString())
        processor.settle()
        (counted,) = processor.rows("select count() from llm_calls")
        with open_writer(f"chdb://{tmp_path}/ledger") as (engine, _):
            again = Repricing(engine, Pricer(RateTable.bundled()), Period())
            changed = [each for part in again.slices for each in again.price(part)]
    assert again.calls == counted[0] > len(names())
    assert changed == []


def test_a_dry_run_shows_the_difference_by_team_and_model_and_writes_nothing(
    spantally: Spantally, rates: str
) -> None:
    found = spantally.json("reprice", "--rates", rates, "--dry-run")
    assert found == [
        {
            "team": team, "provider": "acme", "model": "m", "calls": 3, "booked": None,
            "restated": str(3 * EACH), "booked_unknown": 3, "restated_unknown": 0,
        }
        for team in ("search", "growth")
    ]  # fmt: skip
    text = spantally.run("reprice", "--rates", rates, "--dry-run")
    assert "unknown" in text
    assert "Nothing was written." in text
    assert spantally.exit_code("restatements") == 1


def test_a_restatement_is_beside_what_was_booked_with_who_when_and_why(
    spantally: Spantally, processor: Processor, rates: str
) -> None:
    before = processor.rows("select sum(cost), countIf(cost is null) from llm_calls")
    done = spantally.json(
        "reprice", "--rates", rates, "--why", "acme had no rates", "--author", "ada", "--yes"
    )
    assert (done["state"], done["calls"], done["changed"]) == ("complete", CALLS + 1, CALLS)
    assert (done["author"], done["reason"]) == ("ada", "acme had no rates")
    assert processor.rows("select sum(cost), countIf(cost is null) from llm_calls") == before

    restated = processor.rows(
        "select sum(cost), countIf(cost is null), countIf(booked_cost is null)"
        " from restated_calls(generation = {generation:String})",
        generation=done["generation"],
    )
    assert restated == [(before[0][0] + CALLS * EACH, 0, CALLS)]
    (listed,) = spantally.json("restatements", done["generation"])
    assert [row["restated"] for row in listed["differences"]] == [str(3 * EACH)] * 2
    assert "acme had no rates" in spantally.run("restatements")


def test_what_is_as_booked_is_not_restated(spantally: Spantally) -> None:
    assert "costs what was booked" in spantally.run("reprice", "--dry-run", exit_code=1)
    spantally.run("reprice", "--why", "to be sure", "--yes", exit_code=1)
    assert spantally.exit_code("restatements") == 1


def test_without_a_reason_or_a_yes_nothing_is_written(spantally: Spantally, rates: str) -> None:
    assert "--why" in spantally.run("reprice", "--rates", rates, exit_code=2)
    assert "--yes" in spantally.run("reprice", "--rates", rates, "--why", "x")
    assert spantally.exit_code("restatements") == 1


def test_one_that_was_interrupted_counts_only_when_the_rest_is_in(
    spantally: Spantally,
    processor: Processor,
    rates: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    minutes = [of_acme(n) for n in range(1, 4)]
    processor.post(a_request(*minutes).SerializeToString())
    processor.settle()
    monkeypatch.setattr(repricing, "SLICE_CALLS", 1)
    written: list[int] = []
    write = generations.write

    def interrupted(*arguments: object) -> object:
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(1)
        return write(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(generations, "write", interrupted)
        spantally.exit_code("reprice", "--rates", rates, "--why", "x", "--yes")
    (half,) = spantally.json("restatements")
    assert half["state"] == "running"
    unknown = "select countIf(cost is null) from restated_calls(generation = {generation:String})"
    assert processor.rows(unknown, generation=half["generation"]) == [(CALLS + 3,)]

    assert "begin with" in spantally.run("reprice", "--resume", "2020", exit_code=2)
    done = spantally.json("reprice", "--rates", rates, "--resume", half["generation"])
    assert (done["calls"], done["changed"]) == (CALLS + 4, CALLS + 3)
    assert processor.rows(unknown, generation=half["generation"]) == [(0,)]
    assert "is complete" in spantally.run("reprice", "--resume", half["generation"], exit_code=2)


def test_a_slice_that_is_written_again_changes_nothing(
    spantally: Spantally, processor: Processor, rates: str, tmp_path: Path
) -> None:
    table = RateTable.load([tmp_path / "acme.toml"])
    with open_writer(f"chdb://{tmp_path}/ledger") as (engine, writer):
        found = Repricing(engine, Pricer(table), Period())
        begun = generations.begin(
            writer, author="a", reason="b", period=Period(), table_version=table.version
        )
        (part,) = found.slices
        changed = found.price(part)
        for _ in range(2):
            generations.write(writer, begun, part, changed)
    assert processor.rows("select count(), sum(cost) from restated_spans") == [
        (CALLS, CALLS * EACH)
    ]
