"""The output that the README shows is what its two commands print.

`UPDATE_README=1 pytest tests/docs/test_readme.py` writes the demo's present output into it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
DEMO = re.compile(
    r"(<!-- output of make demo.*?-->\n```text\n)(.*?)(^```$)", re.DOTALL | re.MULTILINE
)


@pytest.fixture(scope="module")
def printed() -> str:
    """What `make demo` prints at 80 columns; `make` adds nothing to it."""
    done = subprocess.run(
        [sys.executable, ROOT / "demo" / "run.py"],
        capture_output=True, text=True, timeout=150, check=False, cwd=ROOT,
        env={**os.environ, "COLUMNS": "80"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_demos_output_in_the_readme_is_what_it_prints(printed: str) -> None:
    if os.environ.get("UPDATE_README"):
        shown = excerpt(printed)
        README.write_text(DEMO.sub(lambda m: m[1] + shown + m[3], README.read_text()))
    match = DEMO.search(README.read_text())
    assert match is not None
    shown = [line for line in match[2].splitlines() if line.strip() not in {"", "…"}]
    assert len(shown) > 20
    really = {settled(line) for line in printed.splitlines()}
    assert [line for line in shown if settled(line) not in really] == []


def test_the_test_targets_are_the_readmes() -> None:
    """`make test` is lint, types and tests; the README shows how its output begins."""
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(r"^test: lint types unit ", makefile, re.MULTILINE)
    checked = subprocess.run(
        ["make", "--no-print-directory", "lint", "types"],
        capture_output=True, text=True, cwd=ROOT, check=True,
    )  # fmt: skip
    shown = README.read_text().partition("output of make test")[2].split("```")[1].splitlines()[1:3]
    assert shown == checked.stdout.splitlines()[-2:]
    help_text = subprocess.run(
        ["make", "help"], capture_output=True, text=True, cwd=ROOT, check=True
    )
    for target in ("demo", "test", "help"):
        assert f"make {target}" in help_text.stdout


def settled(line: str) -> str:
    """A line without what differs from run to run: ids, ports, times, branches, column padding."""
    line = re.sub(r"[│├└─]", " ", line)
    line = re.sub(r"\b[0-9a-f]{12,32}\b", "ID", line)
    line = re.sub(r"127\.0\.0\.1:\d+", "HOST", line)
    line = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "TIME", line)
    line = re.sub(r"\d+(\.\d+)? (ms|s)\b", "DURATION", line)
    return " ".join(line.split())


def excerpt(printed: str) -> str:
    """The parts of the output that a first screen shows: the total, the workflows, the agent's run."""
    lines = printed.splitlines()
    report = next(n for n, line in enumerate(lines) if line.startswith("$ spantally report"))
    teams = next(n for n, line in enumerate(lines) if line.startswith("By team"))
    trace = next(n for n, line in enumerate(lines) if line.startswith("$ spantally trace"))
    checks = next(n for n, line in enumerate(lines) if n > trace and line.startswith("✓"))
    parts = [*lines[report:teams], "…", "", *lines[trace:checks], *lines[checks : checks + 3]]
    return "\n".join(line.rstrip() for line in parts) + "\n"
