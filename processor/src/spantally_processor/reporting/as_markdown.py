"""A page as Markdown, for a wiki, a ticket or a pull request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spantally_processor.reporting.page import Grid, Kind, Notes
from spantally_processor.reporting.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from spantally_processor.reporting.page import Page

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$])")


def page_as_markdown(page: Page) -> str:
    """The page; its charts are left out."""
    lines = [f"# {_plain(page.title)}", ""]
    lines += [_plain(line) + "  " for line in page.context]
    lines += ["", f"**{_joined(page.headline)}**"]
    for parts in (page.opening, *page.remarks):
        if parts:
            lines += ["", _joined(parts)]
    for block in page.blocks:
        if isinstance(block, Grid):
            lines += [
                "",
                *([f"## {_plain(block.title)}", ""] if block.title else []),
                *_table(block),
            ]
        elif isinstance(block, Notes):
            lines += ["", f"## {_plain(block.title)}", ""]
            lines += [f"- {_joined(parts)}" for parts in block.lines]
    return "\n".join(line.rstrip() if not line.endswith("  ") else line for line in lines) + "\n"


def _table(grid: Grid) -> Iterator[str]:
    yield _row((*grid.names, *grid.numbers))
    yield _row([":--"] * len(grid.names) + ["--:"] * len(grid.numbers), plain=False)
    for row in grid.rows:
        cells = [_plain(cell) for cell in row.cells]
        if row.kind is Kind.TOTAL:
            cells = [f"**{cell}**" if cell else "" for cell in cells]
        yield _row(cells, plain=False)


def _row(cells: Iterable[str], *, plain: bool = True) -> str:
    return f"| {' | '.join(_plain(cell) if plain else cell for cell in cells)} |"


def _joined(parts: Sequence[str]) -> str:
    return " · ".join(_plain(part.strip()) for part in parts)


def _plain(text: str) -> str:
    """Text that means only itself; a line break would end a table."""
    return _SPECIAL.sub(r"\\\1", visible(" ".join(text.split())))
