"""Does the ledger agree with itself? One file of `audits/` a check, asked of the tables themselves.

A check's first line says what should hold; its answer is how many rows were compared, how many are wrong,
and one of those. Nothing is mended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from spantally_processor.store.asking import answers
from spantally_processor.store.sql_files import sql_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spantally_processor.periods import Period
    from spantally_processor.store.engine import Engine


class Audited(NamedTuple):
    """What one check found."""

    check: str
    """What should hold."""
    compared: int
    wrong: int
    example: str
    """One that is wrong: trace and span id, and what about it; empty where all is right."""


def audit(engine: Engine, period: Period) -> Iterator[Audited]:
    """Yields each check's answer for the spans that began in a period; raises TransientStoreError."""
    for text in sql_files("audits").values():
        check = text.splitlines()[0].removeprefix("--").strip()
        ((compared, wrong, example),) = answers(
            engine, text, {"from": period.start, "to": period.end}
        )
        yield Audited(check, int(compared or 0), int(wrong or 0), str(example or ""))
