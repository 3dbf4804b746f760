"""`python -m spantally.doctor` in processes of its own, against a running processor."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.otlp import a_call, a_request
from support.processor import AWAY, Processor, running, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator

BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def processor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processor]:
    with running(settings_in(tmp_path_factory.mktemp("data"), store=AWAY)) as processor:
        processor.post(a_request(a_call(), a_call()).SerializeToString())
        yield processor


def doctor(
    *arguments: str, launcher: bool = False, **environ: str
) -> subprocess.CompletedProcess[str]:
    before = [BIN / "opentelemetry-instrument"] if launcher else []
    quiet = {"OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"}
    return subprocess.run(
        [*before, sys.executable, "-m", "spantally.doctor", *arguments],
        env={"PATH": os.environ["PATH"], **quiet, **environ},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_the_processors_command_runs_it_for_an_app_that_is_installed_beside_it() -> None:
    by_command, alone = (
        subprocess.run(
            [*command, "--offline", "--json"], env={"PATH": os.environ["PATH"]},
            capture_output=True, text=True, timeout=60, check=False,
        )
        for command in ([BIN / "spantally", "doctor"], [sys.executable, "-m", "spantally.doctor"])
    )  # fmt: skip
    assert json.loads(by_command.stdout) == json.loads(alone.stdout)
    assert by_command.returncode == alone.returncode


def findings(done: subprocess.CompletedProcess[str], about: str) -> list[tuple[str, str]]:
    assert done.returncode in {0, 1}, done.stderr
    rows: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return [(row["level"], row["what"]) for row in rows if row["about"] == about]


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_it_reaches_the_processor_and_says_what_arrived(
    processor: Processor, protocol: str
) -> None:
    address = "http://" + processor.grpc if protocol == "grpc" else processor.http
    done = doctor(
        "--json", "--processor", processor.http,
        OTEL_EXPORTER_OTLP_ENDPOINT=address, OTEL_EXPORTER_OTLP_PROTOCOL=protocol,
    )  # fmt: skip
    takes, received = findings(done, "export")
    assert takes[0] == "ok"
    assert takes[1].endswith(f"({protocol}) takes spans")
    assert "has received 2 spans" in received[1]


def test_a_wrong_protocol_is_found(processor: Processor) -> None:
    done = doctor(
        "--json",
        OTEL_EXPORTER_OTLP_ENDPOINT="http://" + processor.grpc,
        OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf",
    )
    assert done.returncode == 1
    assert "does not take spans" in findings(done, "export")[0][1]


def test_an_endpoint_that_is_not_there_is_found_and_the_exit_code_is_1() -> None:
    done = doctor("--json", OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1")
    assert done.returncode == 1
    ((level, what),) = findings(done, "export")
    assert (level, "cannot be reached" in what) == ("finding", True)


def test_inside_the_launcher_the_guard_is_seen_in_place(processor: Processor) -> None:
    done = doctor(
        "--json",
        launcher=True,
        OTEL_EXPORTER_OTLP_ENDPOINT=processor.http,
        OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf",
    )
    assert ("ok", "the guard that keeps tags from strangers is in place") in findings(done, "tags")
    assert not [what for _, what in findings(done, "hooks") if what == "looked at from outside"]


def test_help_teaches_and_a_wrong_option_is_an_error() -> None:
    assert "opentelemetry-instrument python -m spantally.doctor" in doctor("--help").stdout
    assert doctor("--offlin", "--nonsense").returncode == 2


def test_secrets_are_not_printed(processor: Processor) -> None:
    done = doctor(
        OTEL_EXPORTER_OTLP_ENDPOINT=processor.http,
        OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf",
        OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20canary-1",
        SPANTALLY_HASH_KEY="canary-2",
    )
    assert "canary" not in done.stdout + done.stderr
