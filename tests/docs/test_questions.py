"""Pages of questions: every command runs on the hotel group and answers as shown."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.command import Spantally
from support.hotel_group import a_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = {"how-to/answer-the-usual-questions.md": 10, "for-finance.md": 4}
"""Page to how many commands it has."""

ASKED = re.compile(r"^\$ spantally ([^\n]*)\n(.*?)(?=^\$|\Z)", re.DOTALL | re.MULTILINE)


def asked(page: str) -> list[tuple[str, str]]:
    """Each command of the page's console blocks, and what it shows."""
    blocks = re.findall(r"```console\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)
    return [found for block in blocks for found in ASKED.findall(block)]


BLOCKS = [each for page in PAGES for each in asked(page)]


@pytest.fixture(scope="module")
def spantally(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spantally]:
    folder = tmp_path_factory.mktemp("questions")
    with a_ledger(folder):
        yield Spantally(str(folder))


def test_the_pages_have_the_questions() -> None:
    assert {page: len(asked(page)) for page in PAGES} == PAGES


@pytest.mark.parametrize(("command", "shown"), BLOCKS, ids=[command for command, _ in BLOCKS])
def test_a_question_is_answered_as_the_page_shows(
    spantally: Spantally, command: str, shown: str
) -> None:
    """What is between two `…` is in the answer, in that order."""
    printed = spantally.run(*shlex.split(command))
    at = 0
    for part in shown.split("…"):
        wanted = part.strip("\n")
        assert wanted in printed[at:], printed[:2000]
        at = printed.index(wanted, at) + len(wanted)
