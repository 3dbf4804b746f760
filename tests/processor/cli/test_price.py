"""`spantally price`: one answer a line, exact, whatever else is in the input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from spantally_pricing import RateTable
from spantally_processor.cli import main

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMAND = str(Path(sys.executable).with_name("spantally"))
ORACLE = Path(
    os.environ.get("SPANTALLY_ORACLE", Path(__file__).parents[3].parent / "shared" / "pricing")
)
STATUS = {"unpriced_or_estimated": "unpriced", "invalid_usage": "invalid"}
"""Statuses of the cases, where ours have another name."""

CONTRACT = """
schema = "contract/1"
provider = "openai"
[[discount]]
id = "volume"
from = 2026-01-01T00:00:00Z
factor = 0.9
on = "tokens"
"""


def a_line(**changes: object) -> dict[str, object]:
    line = {
        "id": "a",
        "provider": "openai",
        "model": "gpt-6-sol",
        "timestamp": "2026-11-10T12:00:00Z",
        "usage": {"input_tokens": 1000, "output_tokens": 10},
        "context": {},
    }
    return {key: value for key, value in (line | changes).items() if value != "absent"}


def price(lines: Sequence[str], *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    """Exit code and answers."""
    done = CliRunner().invoke(main, ["price", *arguments], input="\n".join(lines))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, [json.loads(line) for line in done.stdout.splitlines()]


def test_a_line_is_answered_with_its_cost_and_what_it_is_made_of() -> None:
    code, (said,) = price([json.dumps(a_line(context={"processing": "batch"}))])
    assert code == 0
    assert list(said) == ["id", "status", "cost_usd", "reason", "lines", "table_version"]
    assert (said["id"], said["status"], said["reason"]) == ("a", "priced", None)
    assert said["table_version"] == RateTable.bundled().version
    # gpt-6-sol: 2 USD in and 10 USD out for 1,000,000 tokens, half of that in a batch
    assert Decimal(said["cost_usd"]) == (1000 * Decimal(2) + 10 * Decimal(10)) / 2 / 1_000_000
    for line in said["lines"]:
        amount = line["quantity"] * Decimal(line["unit_price"]) / line["per"]
        for factor in line["factors"].values():
            amount *= Decimal(factor)
        assert Decimal(line["amount"]) == amount


@pytest.mark.parametrize(
    "line",
    [a_line(model="text-embedding-3-small", usage={"input_tokens": 1}), a_line() | {"note": "x"}],
    ids=["a model without output", "a key of the caller's own"],
)
def test_what_says_all_that_its_model_has_rates_for_is_priced(line: dict[str, object]) -> None:
    code, (said,) = price([json.dumps(line)])
    assert (code, said["status"], said["reason"]) == (0, "priced", None)


def test_what_is_not_known_is_said_in_words_with_key_and_value() -> None:
    _, (said,) = price([json.dumps(a_line(context={"processing": "btch"}))])
    assert said["reason"] == "unknown_context"
    assert "processing" in said["detail"]
    assert "btch" in said["detail"]


ANSWERS: dict[str, tuple[str, str, str | None]] = {
    "unknown model": (json.dumps(a_line(model="gpt-9")), "unpriced", "unknown_model"),
    "unknown provider": (json.dumps(a_line(provider="x")), "unpriced", "unknown_provider"),
    "unknown context": (json.dumps(a_line(context={"speed": "warp"})), "unpriced", "unknown_conte"),
    "before history": (
        json.dumps(a_line(timestamp="2020-01-01T00:00:00+01:00")),
        "unpriced",
        "before_history",
    ),
    "no output reported": (
        json.dumps(a_line(usage={"input_tokens": 1})),
        "partially_priced",
        "output_tokens: not reported",
    ),
    "a key that is misspelt": (
        json.dumps(a_line(context="absent") | {"contxt": {"processing": "batch"}}),
        "invalid",
        "contxt is unknown; did you mean 'context'?",
    ),
    "no usage": (json.dumps(a_line(usage={})), "unpriced", "no_usage"),
    "no rate for a meter": (
        json.dumps(a_line(usage={"input_tokens": 1, "pages": 2})),
        "partially_priced",
        "pages",
    ),
    "no JSON": ("{", "invalid", "not JSON"),
    "no object": ("[1]", "invalid", "a line is a JSON object"),
    "bad bytes": ('{"id": "\udc80"}', "invalid", "not JSON"),
    "no provider": (json.dumps(a_line(provider="absent")), "invalid", "provider is None"),
    "model of a wrong kind": (json.dumps(a_line(model=7)), "invalid", "model is 7"),
    "no zone": (json.dumps(a_line(timestamp="2026-11-10T12:00:00")), "invalid", "timestamp is"),
    "no time": (json.dumps(a_line(timestamp="yesterday")), "invalid", "timestamp is 'yesterday'"),
    "before time": (
        json.dumps(a_line(timestamp="0001-01-01T00:00:00+14:00")),
        "invalid",
        "timestamp is",
    ),
    "usage missing": (json.dumps(a_line(usage="absent")), "invalid", "usage is None"),
    "negative": (json.dumps(a_line(usage={"input_tokens": -1})), "invalid", "input_tokens is -1"),
    "fraction": (json.dumps(a_line(usage={"input_tokens": 1.5})), "invalid", "input_tokens is 1.5"),
    "huge": (
        json.dumps(a_line(usage={"input_tokens": 10**30})),
        "invalid",
        "input_tokens is 1e+30",
    ),
    "unknown meter": (
        json.dumps(a_line(usage={"input_token": 1})),
        "invalid",
        "unknown meter 'input_token'; did you mean input_tokens",
    ),
    "part above its whole": (
        json.dumps(a_line(usage={"input_tokens": 1, "cache_read_tokens": 2})),
        "invalid",
        "cache_read_tokens is 2",
    ),
    "context of a wrong kind": (
        json.dumps(a_line(context={"speed": 1})),
        "invalid",
        "context speed",
    ),
}


@pytest.mark.parametrize(("line", "status", "reason"), ANSWERS.values(), ids=ANSWERS)
def test_what_cannot_be_priced_is_said_and_the_rest_goes_on(
    line: str, status: str, reason: str
) -> None:
    done = CliRunner().invoke(
        main,
        ["price"],
        input="\n".join([line, "", json.dumps(a_line(id="next"))]).encode(
            "utf-8", "surrogateescape"
        ),
    )
    first, second = (json.loads(answer) for answer in done.stdout.splitlines())
    assert done.exit_code == 1
    assert first["status"] == status
    assert first["reason"].startswith(reason)
    assert (first["cost_usd"] is None) == (status != "partially_priced")
    assert (second["id"], second["status"]) == ("next", "priced")


def test_with_a_contract_the_list_cost_stands_beside_the_booked_one(tmp_path: Path) -> None:
    file = tmp_path / "contract.toml"
    file.write_text(CONTRACT)
    _, (said,) = price([json.dumps(a_line())], "--rates", str(file))
    at_list = (1000 * Decimal(2) + 10 * Decimal(10)) / 1_000_000
    assert Decimal(said["list_cost_usd"]) == at_list
    assert Decimal(said["cost_usd"]) == at_list * Decimal("0.9")
    assert sum(Decimal(line["list_amount"]) for line in said["lines"]) == at_list


def test_a_faulty_rate_file_prices_nothing(tmp_path: Path) -> None:
    file = tmp_path / "contract.toml"
    file.write_text(CONTRACT.replace("factor", "facto"))
    done = CliRunner().invoke(main, ["price", "--rates", str(file)], input=json.dumps(a_line()))
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"{file}:7: discount volume: unknown key 'facto'; did you mean 'factor'?" in done.stderr


@pytest.mark.skipif(not ORACLE.is_dir(), reason=f"no price cases in {ORACLE}")
def test_every_case_of_the_oracle_through_the_command(tmp_path: Path) -> None:
    files = [ORACLE / f"oracle-{name}.json" for name in ("agree", "hand")]
    cases = [case for file in files for case in json.loads(file.read_text())["cases"]]
    lines = tmp_path / "cases.jsonl"
    lines.write_text("".join(json.dumps(case) + "\n" for case in cases))
    done = subprocess.run(
        [COMMAND, "price", str(lines)], capture_output=True, text=True, check=False
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [case["id"] for case in cases]
    wrong = [
        (case["id"], answer["status"], answer["cost_usd"], case["expected_cost_usd"])
        for case, answer in zip(cases, answers, strict=True)
        if (answer["status"], _exact(answer["cost_usd"]))
        != (_status(case), _exact(case["expected_cost_usd"]))
    ]
    assert not wrong, f"{len(wrong)} of {len(cases)} differ: {wrong[:10]}"


def _status(case: dict[str, Any]) -> str:
    said = case.get("expected_status", "priced")
    return STATUS.get(said, said)


def _exact(amount: str | None) -> Decimal | None:
    return None if amount is None else Decimal(amount)
