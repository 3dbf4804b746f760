"""A page as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from spantally_processor.reporting.numbers import packed
from spantally_processor.reporting.page import Grid, Kind, Notes
from spantally_processor.reporting.visible import visible

if TYPE_CHECKING:
    from rich.console import Console

    from spantally_processor.reporting.page import Page

_NAME_WIDTH = 12
"""Columns that the first name keeps where a table is too wide; the others are folded narrower still."""
_GAP = 2

_STYLES = {Kind.PLAIN: "", Kind.FAINT: "dim", Kind.TOTAL: "bold"}


def print_page(page: Page, console: Console) -> None:
    """Print a page; its charts are left out."""
    for line in page.context:
        console.print(Text(line, style="dim"))
    if page.context:
        console.print()
    console.print(Text(packed(page.headline, console.width), style="bold"))
    if page.opening:
        console.print(packed(page.opening, console.width, indent="  "), markup=False)
    for parts in page.remarks:
        console.print(packed(parts, console.width, indent="  "), markup=False)
    for block in page.blocks:
        if isinstance(block, Grid):
            console.print()
            _print_grid(block, console)
        elif isinstance(block, Notes):
            console.print()
            console.print(block.title, markup=False)
            for parts in block.lines:
                text = packed(parts, console.width, first="  ", indent="    ")
                console.print(text, markup=False)


def _print_grid(grid: Grid, console: Console) -> None:
    if grid.title:
        console.print(grid.title, markup=False)
    table = Table(box=None, padding=(0, _GAP, 0, 0), header_style="bold", pad_edge=False)
    for place, name in enumerate(grid.names):
        table.add_column(
            name, overflow="fold", min_width=_NAME_WIDTH if not place and len(name) > 1 else None
        )
    for name in grid.numbers:
        table.add_column(name, justify="right", no_wrap=True)
    for row in grid.rows:
        table.add_row(*(Text(visible(cell)) for cell in row.cells), style=_STYLES[row.kind])
    # Names are folded, numbers never cut: where they do not fit so, lines are longer than the terminal.
    if (narrowest := _narrowest(grid)) > console.width:
        table.width = narrowest
    console.print(table, crop=False)


def _narrowest(grid: Grid) -> int:
    """Columns of a terminal that hold every number."""
    titles = (*grid.names, *grid.numbers)
    widths = [
        max(cell_len(visible(cell)) for cell in column)
        for column in zip(titles, *(row.cells for row in grid.rows), strict=True)
    ]
    names = len(grid.names)
    folded = [min(width, _NAME_WIDTH) for width in widths[1:names]]
    return _NAME_WIDTH + sum(folded) + sum(widths[names:]) + _GAP * (len(widths) - 1)
