"""Tables on a terminal: names are folded, numbers never cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.table import Table

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Column

NAME_WIDTH = 12
"""Columns of a terminal that a name keeps where its table is too wide; rich folds it narrower where it may."""

_GAP = 2


def text_table() -> Table:
    """An empty table without lines."""
    return Table(box=None, padding=(0, _GAP, 0, 0), header_style="bold", pad_edge=False)


def print_table(table: Table, console: Console) -> None:
    """Print a table; where its numbers do not fit, its lines are longer than the terminal."""
    narrowest = sum(map(_narrowest, table.columns)) + _GAP * (len(table.columns) - 1)
    if narrowest > console.width:
        table.width = narrowest
    console.print(table, crop=False)


def _narrowest(column: Column) -> int:
    """Columns of a terminal that the column needs: all of a number, of a name as many as it keeps."""
    width = max(cell_len(str(cell)) for cell in (column.header, *column.cells))
    return width if column.no_wrap else max(column.min_width or 0, min(width, NAME_WIDTH))
