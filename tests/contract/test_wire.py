"""App and processor share attribute names only through one page; both must agree with it."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

from spantally import _wire

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "wire.md"


def documented() -> set[str]:
    """Every attribute in the page's tables, with `{a,b}` spelled out."""
    rows = (line for line in PAGE.read_text().splitlines() if line.startswith("| `"))
    names = (name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1]))
    return {spelled for name in names for spelled in spell_out(name)}


def spell_out(name: str) -> list[str]:
    parts = re.split(r"\{([a-z0-9_,]+)\}", name)
    choices = [part.split(",") if index % 2 else [part] for index, part in enumerate(parts)]
    return ["".join(choice) for choice in itertools.product(*choices)]


def written() -> set[str]:
    """Every attribute name that the instrumentation can write."""
    names = {value for name, value in vars(_wire).items() if name.isupper()}
    return names - {_wire.SCOPE, _wire.TAG_PREFIX, _wire.TAG_CONFLICT_PREFIX}


def test_every_attribute_that_is_written_is_documented() -> None:
    assert written() - documented() == set()


def test_every_documented_attribute_is_written_by_the_app_or_by_the_processor() -> None:
    by_processor = {name for name in documented() if name.startswith("spantally.cost.")}
    assert (
        documented()
        - by_processor
        - written()
        - {"spantally.tag.key", "spantally.tag_conflict.key"}
        == set()
    )
