"""What can be wrong with a usage or a rate table.

Both are the caller's to mend, so both say what, which value, what was expected, and (for tables) where.
A rate table is refused as a whole, with every fault in it named at once: a table that is half right
would price half of the calls wrongly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class InvalidUsage(ValueError):
    """The counts of a call contradict themselves, so no price would mean anything."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a rate file."""

    file: str
    line: int
    """Counted from 1; 0 when the fault has no one place."""
    message: str

    def __str__(self) -> str:
        """`file:line: message`, as compilers print it."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message}"


class RateTableError(ValueError):
    """Rate files that cannot be used; `faults` has all that is wrong with them."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        count = "1 fault" if len(self.faults) == 1 else f"{len(self.faults)} faults"
        listed = "\n".join(f"  {fault}" for fault in self.faults)
        super().__init__(f"rate table refused, {count}:\n{listed}")
