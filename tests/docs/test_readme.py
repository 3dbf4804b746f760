"""The README shows what `make test` prints; what it shows of the demo is compared in tests/e2e/test_demo.py."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"


def made(*arguments: str) -> list[str]:
    """The lines that make prints."""
    return printed("make", "--no-print-directory", *arguments)


def printed(*program: str) -> list[str]:
    done = subprocess.run(program, capture_output=True, text=True, cwd=ROOT, check=True)
    return done.stdout.splitlines()


def test_the_test_targets_are_the_readmes() -> None:
    """`make test` is lint, types and tests; the README shows how its output begins.

    It has checked all types before it comes here, so that what it says then is asked of one file.
    """
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(r"^test: lint types unit ", makefile, re.MULTILINE)
    types = made("--just-print", "types")[-1]
    assert types.endswith(" pyright"), "all that pyproject.toml names"
    checked = made("lint")[-1:] + printed(
        *types.split(), "pricing/src/spantally_pricing/__init__.py"
    )
    shown = README.read_text().partition("output of make test")[2].split("```")[1].splitlines()[1:3]
    assert shown == checked
    help_text = "\n".join(made("help"))
    for target in ("demo", "test", "help"):
        assert f"make {target}" in help_text
