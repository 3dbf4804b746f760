"""Clients in other languages read the ledger as they would a server's: Grafana's, Metabase's, Node's.

Each program of `other_clients/` prints one JSON line for each compression that its client has. What
it needs comes from its language's registry; without the tool, or the registry, the test is skipped.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .conftest import AMOUNT

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).parent / "other_clients"
INSTALLING_S = 170

pytestmark = pytest.mark.timeout(400)


def tool(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"there is no {name} here")
    return path


def installed(*command: str | Path, folder: Path) -> str:
    """Fetches and builds; skips where the registry is not reached."""
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=INSTALLING_S
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"{command[0]} did not answer within {INSTALLING_S} s")
    if done.returncode:
        unreachable = ("getaddrinfo", "ENOTFOUND", "dial tcp", "could not transfer", "Unknown host")
        text = done.stdout + done.stderr
        assert any(word.lower() in text.lower() for word in unreachable), text
        pytest.skip(f"{command[0]} does not reach its registry")
    return done.stdout


def answers(command: Sequence[str | Path], folder: Path) -> list[dict[str, Any]]:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def check(found: list[dict[str, Any]], compressions: set[str]) -> None:
    """The three calls of the module's ledger; the unpriced one's cost is unknown, not 0."""
    assert {each["compression"] for each in found} == compressions
    for each in found:
        spend = {
            team: None if cost is None else Decimal(cost) for team, cost in each["spend"].items()
        }
        assert spend == {"growth": AMOUNT, "trust": Decimal("0.01"), "": None}, each
        assert (each["calls"], each["read"]) == (1, 100_000), each
        assert (each["refused"], each["insert"]) == (497, 164), each
        assert "Spans come in as OTLP" in each["insert_text"], each


def test_the_go_client_of_grafanas_plugin(url: str, tmp_path: Path) -> None:
    program = tmp_path / "client"
    installed(tool("go"), "build", "-o", program, ".", folder=HERE / "go")
    check(
        answers([program, url.removeprefix("http://")], tmp_path),
        {"none", "gzip", "lz4", "deflate"},
    )


def test_the_node_client(url: str, tmp_path: Path) -> None:
    npm = tool("npm")
    installed(
        npm, "install", "--no-audit", "--no-fund", "@clickhouse/client@^1.23", folder=tmp_path
    )
    command = [tool("node"), HERE / "client.mjs", url.removeprefix("http://")]
    check(answers(command, tmp_path), {"none", "gzip"})


def test_the_jdbc_driver_of_metabase(url: str, tmp_path: Path) -> None:
    java, maven = tool("java"), tool("mvn")
    goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath"
    paths = tmp_path / "classpath"
    installed(maven, "-q", goal, f"-Dmdep.outputFile={paths}", folder=HERE / "java")
    program = HERE / "java" / "Client.java"
    command = [java, "-cp", paths.read_text().strip(), program, url.removeprefix("http://")]
    found = answers(command, tmp_path)
    check(found, {"0", "1"})
    assert {"llm_calls", "llm_spans", "trace_cost"} <= set(found[0]["tables"])
