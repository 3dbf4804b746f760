"""Help, exit codes, and the same answer with the processor's read interface and without it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from spantally_processor.cli import COMMANDS, doctor
from spantally_processor.store import open_store
from support.ledger import (
    a_call,
    a_refused_attempt,
    a_step,
    an_unpriced_call,
    book,
    served,
    step_of,
)

if TYPE_CHECKING:
    from spantally_processor.store import Store
    from support.command import Spantally

COMMAND = str(Path(sys.executable).with_name("spantally"))

QUESTIONS = (
    ("report",),
    ("report", "--json"),
    ("report", "--by", "region", "--by", "model"),
    ("trace", "--top", "3", "--json"),
    ("trace", "aa", "--json"),
    ("trace", "aa"),
)


def _filled(store: Store) -> None:
    calls = [
        a_call(trace_id="aa11", workflow="concierge", cost=Decimal("1e-18"), tags={"region": "eu"}),
        a_call(
            trace_id="aa11", workflow="payroll", cost=Decimal("123456789012.000000000000000001")
        ),
        an_unpriced_call(trace_id="bb22", attribution_missing=["customer"]),
        a_refused_attempt(trace_id="bb22"),
    ]
    book(store, calls)
    book(store, [a_step(trace_id="aa11"), *map(step_of, calls)], table="trace_steps")


def test_the_answers_are_the_same_served_and_opened_directly(
    store: Store, spantally: Spantally
) -> None:
    _filled(store)
    directly = [spantally.run(*question) for question in QUESTIONS]
    with served(store.query_app) as url:
        store.publish(url)
        asked = [spantally.run(*question) for question in QUESTIONS]
    assert asked == directly
    assert '"cost": "123456789012.000000000000000002"' in directly[1]


def test_another_process_gets_the_same_answer_while_the_ledger_is_owned_and_after(
    tmp_path: Path,
) -> None:
    def report() -> str:
        environment = os.environ | {"SPANTALLY_DATA": str(tmp_path)}
        command = [COMMAND, "report", "--json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        return done.stdout

    store = open_store(f"chdb://{tmp_path}/ledger")
    store.migrate()
    _filled(store)
    with served(store.query_app) as url:
        store.publish(url)
        while_owned = report()
    store.close()
    assert report() == while_owned
    assert "123456789012" in while_owned


def test_an_owner_that_serves_no_reads_is_named_after_a_while(
    store: Store, spantally: Spantally, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment = os.environ | {"SPANTALLY_DATA": str(tmp_path)}
    program = (
        "from spantally_processor.store import reading; reading.PATIENCE_S = 0.3\n"
        "from spantally_processor.cli import main; main(['report'])"
    )
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert f"in use by process {os.getpid()}" in done.stderr
    assert time.monotonic() - started < 10


def test_a_ledger_that_is_not_there_is_exit_code_3_and_is_not_made(
    spantally: Spantally, tmp_path: Path
) -> None:
    for command in (["report"], ["trace", "--top", "1"], ["trace", "ab"]):
        said = spantally.run(*command, exit_code=3)
        assert f"there is no ledger at {tmp_path}/ledger yet" in said
        assert "spantally serve" in said
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_else_is_left_as_it_is(
    spantally: Spantally, tmp_path: Path
) -> None:
    folder = tmp_path / "ledger"
    folder.mkdir()
    (folder / "owner.json").write_text('{"name": "of another program"}')
    (folder / "notes.txt").write_text("mine")
    assert "there is no ledger at" in spantally.run("report", exit_code=3)
    assert {file.name: file.read_text() for file in folder.iterdir()} == {
        "owner.json": '{"name": "of another program"}',
        "notes.txt": "mine",
    }


def test_the_ledgers_own_folder_given_as_the_data_folder_is_recognised(
    store: Store, spantally: Spantally, tmp_path: Path
) -> None:
    said = spantally.run("report", "--data", f"{tmp_path}/ledger", exit_code=3)
    assert f"{tmp_path}/ledger is itself a ledger" in " ".join(said.split())
    assert f"--data {tmp_path}." in " ".join(said.split())


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "http://user:hunter2@127.0.0.1:1/x",
            "cannot reach ClickHouse at http://127.0.0.1:1/x: Connection refused",
        ),
        ("ftp://somewhere", "expected chdb:///absolute/path"),
        ("chdb://relative", "expected an absolute folder"),
    ],
)
def test_a_store_that_cannot_be_read_is_exit_code_3(
    spantally: Spantally, url: str, said: str
) -> None:
    output = spantally.run("report", "--store", url, exit_code=3)
    assert said in output
    assert "hunter2" not in output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["report", "--last", "3x"], "expected 30m, 24h, 7d or 4w"),
        (["report", "--last", ""], "expected 30m, 24h, 7d or 4w"),
        (["report", "--last", "0d"], "expected 30m, 24h, 7d or 4w"),
        (["report", "--from", ""], "'' is not a time"),
        (["report", "--last", "99999999999w"], "longer than time itself"),
        (["report", "--last", "7d", "--from", "2026-11-01"], "not both"),
        (["report", "--from", "yesterday"], "'yesterday' is not a time"),
        (["report", "--from", "2026-11-02", "--to", "2026-11-01"], "the period is empty"),
        (["report", "--by", "total"], "every report has the total"),
        (["report", "--by", "team,"], "'team,' has an empty key"),
        (["report", "--by", "team,team"], "has a key twice"),
        (["report", "--where", "team"], "expected KEY=VALUE"),
        (["report", "--period", "2026-13"], "--period: '2026-13' is not a period"),
        (["report", "--period", "Q3"], "expected 2026-11-20, 2026-W47, 2026-11, 2026-Q4"),
        (["report", "--period", "2026", "--last", "7d"], "give --period, or --last"),
        (["report", "--timezone", "Mars/Base"], "'Mars/Base' is not a time zone"),
        (["report", "--json", "--format", "csv"], "not both"),
        (["report", "--top", "2"], "2 is not in the range"),
        (["trace"], "--top N"),
        (["trace", "ab", "--top", "3"], "--top N"),
        (["trace", "--top", "0"], "0 is not in the range"),
        (["rapport"], "No such command 'rapport'"),
    ],
)
def test_a_wrong_command_line_is_exit_code_2_and_says_what_was_expected(
    store: Store, spantally: Spantally, arguments: list[str], said: str
) -> None:
    assert said in spantally.run(*arguments, exit_code=2)


def test_without_the_instrumentation_the_doctor_says_where_to_run_it(
    spantally: Spantally, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "find_spec", lambda name: None)
    assert "opentelemetry-instrument python -m spantally.doctor" in spantally.run(
        "doctor", exit_code=2
    )


def test_the_help_teaches_and_lists_every_command(spantally: Spantally) -> None:
    text = spantally.run("--help")
    for name, line in COMMANDS.items():
        assert name in text
        assert line.split()[0] in text
    for name in ("report", "trace", "what-if", "break-even"):
        lines = spantally.run(name, "--help").splitlines()
        assert "  Examples:" in lines
        assert all(len(line) <= 80 for line in lines)


def test_the_examples_in_the_help_run(
    store: Store, spantally: Spantally, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # one of them writes a file
    book(store, [a_call(trace_id="4bf92f35aa")])
    for name in ("report", "trace"):
        text = spantally.run(name, "--help").split("Examples:")[1].split("\n\n")[0]
        for line in text.strip().splitlines():
            words = line.split("  ")[0 if not line.startswith("  ") else 2]
            example = words.strip().split(" |")[0].split()[1:]
            assert spantally.exit_code(*example) in {0, 1}, example


def test_the_help_loads_neither_the_engine_nor_the_server() -> None:
    program = (
        "import sys\nfrom spantally_processor.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'chdb', 'clickhouse_connect', 'grpc', 'rich', 'uvicorn'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)


def test_a_report_prints_where_the_terminal_knows_only_ascii(tmp_path: Path) -> None:
    store = open_store(f"chdb://{tmp_path}/ledger")
    store.migrate()
    _filled(store)
    store.close()
    environment = os.environ | {"SPANTALLY_DATA": str(tmp_path), "PYTHONIOENCODING": "ascii"}
    for command in (["report"], ["trace", "aa"]):
        done = subprocess.run([COMMAND, *command], env=environment, capture_output=True, check=True)
        assert b"total" in done.stdout


def test_a_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    store = open_store(f"chdb://{tmp_path}/ledger")
    store.migrate()
    # More than a pipe holds, so that the command is still writing when nobody reads any more.
    book(store, [a_call(customer=f"customer {number:05} {'x' * 80}") for number in range(3000)])
    store.close()
    for form in ("text", "json", "csv"):
        done = subprocess.run(  # noqa: S602 - a shell's pipe is what this is about
            f"{COMMAND} report --by customer --format {form} --data {tmp_path} | head -1;"
            ' test "${PIPESTATUS[*]}" = "0 0"',
            shell=True, executable="/bin/bash", capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, ""), form
        assert len(done.stdout.splitlines()) == 1


@pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="a device that is always full is Linux's"
)
def test_a_full_disk_is_said_and_is_not_taken_for_nothing_found(tmp_path: Path) -> None:
    store = open_store(f"chdb://{tmp_path}/ledger")
    store.migrate()
    book(store, [a_call()])
    store.close()
    ways = ("report > /dev/full", "report -o /dev/full", "export --format focus -o /dev/full",
            "export --format parquet > /dev/full")  # fmt: skip
    for way in ways:
        done = subprocess.run(  # noqa: S602 - a shell opens the device
            f"SPANTALLY_DATA={tmp_path} {COMMAND} {way}",
            shell=True, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 2, way
        assert done.stderr.count("\n") == 1, "one line, no traceback"
        assert "No space left on device" in done.stderr
