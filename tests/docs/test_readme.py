"""The README shows what `make test` prints; what it shows of the demo is compared in tests/e2e/test_demo.py."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"


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
