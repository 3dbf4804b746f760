"""The Python in our Markdown runs, and what it says it prints is what it prints."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    page
    for page in sorted(ROOT.rglob("*.md"))
    if not any(
        part.startswith(".") or part == "node_modules" for part in page.relative_to(ROOT).parts
    )
]
BLOCK = re.compile(r"^```python\n(.*?)^```$(?:\s*^```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)
WITH_CODE = [page for page in PAGES if BLOCK.search(page.read_text())]
BETWEEN = "-- next block --\n"


@pytest.mark.parametrize("page", WITH_CODE, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_python_of_a_page_runs_and_prints_the_text_blocks_after_it(
    page: Path, tmp_path: Path
) -> None:
    """A page is read from the top: later blocks may use the names of earlier ones."""
    blocks = [(match[1], match[2]) for match in BLOCK.finditer(page.read_text())]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"print({BETWEEN!r}, end='')\n".join(b for b, _ in blocks)],
        capture_output=True, text=True, timeout=60, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for (_, expected), printed in zip(blocks, done.stdout.split(BETWEEN), strict=True):
        assert expected in {None, printed}


def test_every_link_to_a_file_leads_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)} -> {target}"
        for page in PAGES
        for target in re.findall(r"\]\((?!https?://|#)([^)#\s]+)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert broken == []
