"""One run of an import, as a command shows it: what a source says differently, and what was written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from spantally_pricing.build import built
from spantally_pricing.document import table_bytes
from spantally_pricing.rate_file import read_files
from spantally_pricing.table import RateTable

from .comparing import differences, plain_names
from .files import import_rates, write_files

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from .cards import Skipped
    from .comparing import Difference, Workload
    from .installed import Sources

Source = Literal["genai-prices", "litellm"]


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one source says beside our table."""

    disagreements: list[Difference]
    """On the names that the source lists: ours before, its after; None on a side that has no price."""
    skipped: list[tuple[str, Skipped]]
    """(provider, model) that the source has and that cannot be a row, and why."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """New imported files."""

    written: list[Path]
    changes: list[Difference]
    """What they change in our table, with our own rate files over them."""


def second_opinion(
    source: Source,
    found: Sources,
    table: RateTable,
    at: datetime,
    workload: Workload | None = None,
) -> Opinion:
    """Compare one source with `table` as of `at`; `workload` weighs the differences and limits them."""
    imported = import_rates(found, at.date(), source)
    theirs = RateTable(table_bytes(imported.providers))
    names = None if workload is not None else plain_names(theirs)
    found_differences = differences(table, theirs, at, names=names, workload=workload)
    return Opinion(found_differences, imported.skipped)


def renew(
    rates: Path, found: Sources, table: RateTable, at: datetime, workload: Workload | None = None
) -> Renewal:
    """Write `rates/imported/*.toml` from the sources and what was there; tell what that changes in `table`.

    The table that ships is built afterwards, with `python -m spantally_pricing.build`.

    Raises:
        RateTableError: the files that were there have faults, or those in `rates` do not go over the new ones.
        OSError: a file cannot be read or written.
    """
    folder = rates / "imported"
    before = read_files(sorted(folder.glob("*.toml")), {})
    written = write_files(import_rates(found, at.date(), before=before), folder)
    return Renewal(written, differences(table, built(rates), at, workload=workload))
