"""The page of promises names tests that exist, and every promise has a row."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
PAGE = (TESTS.parent / "docs" / "reference" / "promises.md").read_text()
NAMED = sorted(set(re.findall(r"`([a-z0-9_/]+\.py)::(test_\w+)`", PAGE)))


@pytest.mark.parametrize(("path", "name"), NAMED, ids=str)
def test_a_test_that_is_named_exists(path: str, name: str) -> None:
    assert re.search(rf"^(async )?def {name}\(", (TESTS / path).read_text(), re.MULTILINE)


def test_every_promise_has_a_row_with_a_test_or_a_gap() -> None:
    rows = re.findall(r"^\| (\d+) \|(.*)\|(.*)\|(.*)\|$", PAGE, re.MULTILINE)

    # 34 is about an analyst's queries: docs/decisions/0006 and tests/processor/query/.
    assert [int(number) for number, *_ in rows] == [n for n in range(1, 41) if n != 34]
    assert all("::" in shown or gap.strip() or "same" in shown for _, _, shown, gap in rows)
