"""The tables of a report as CSV: a row for each value, with the same fields and digits as the JSON."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from spantally_processor.reporting.as_json import named_rows
from spantally_processor.reporting.csv_rows import NewlineEnds
from spantally_processor.store.dimensions import names_of, tag_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spantally_processor.reporting.report import Report
    from spantally_processor.store.dimensions import Cut

BY = "by"
"""The column that says which cut a row is of; a sheet that adds up rows of several counts twice."""


def report_as_csv(report: Report) -> str:
    """The rows of every cut; there is none for the total, so that a column can be summed."""
    rows: list[dict[str, object]] = []
    for cut, found in report.by.items():
        for row in named_rows(cut, found):
            if len(cut) == 1:
                row = {tag_name(cut[0]): row.pop("value"), **row}  # noqa: PLW2901 - renamed
            rows.append({BY: ",".join(names_of(cut)), **row})
    keys = [tag_name(key) for cut in report.by for key in cut]
    numbers = [name for row in rows[:1] for name in row if name not in {BY, *keys}]
    written = io.StringIO()
    writer = csv.DictWriter(NewlineEnds(written), [BY, *dict.fromkeys(keys), *numbers])
    writer.writeheader()
    writer.writerows({name: cell(value) for name, value in row.items()} for row in rows)
    return written.getvalue()


def rows_as_csv(rows: Sequence[dict[str, object]], cut: Cut) -> str:
    """Rows of one cut, each with the fields of its JSON; `value` becomes the key's name."""
    renamed = [
        {(tag_name(cut[0]) if name == "value" else name): field for name, field in row.items()}
        for row in rows
    ]
    written = io.StringIO()
    writer = csv.DictWriter(NewlineEnds(written), list(renamed[0]) if renamed else [BY])
    writer.writeheader()
    writer.writerows({name: cell(value) for name, value in row.items()} for row in renamed)
    return written.getvalue()


def cell(value: object) -> object:
    """A value as CSV has it: nothing for what is unknown, booleans in lower case."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else value
