"""A page as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from spantally_processor.reporting.numbers import packed
from spantally_processor.reporting.page import Grid, Kind, Notes
from spantally_processor.reporting.text_table import NAME_WIDTH, print_table, text_table
from spantally_processor.reporting.visible import visible

if TYPE_CHECKING:
    from rich.console import Console

    from spantally_processor.reporting.page import Page

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
    table = text_table()
    for place, name in enumerate(grid.names):
        table.add_column(
            name, overflow="fold", min_width=NAME_WIDTH if not place and len(name) > 1 else None
        )
    for name in grid.numbers:
        table.add_column(name, justify="right", no_wrap=True)
    for row in grid.rows:
        table.add_row(*(Text(visible(cell)) for cell in row.cells), style=_STYLES[row.kind])
    print_table(table, console)
