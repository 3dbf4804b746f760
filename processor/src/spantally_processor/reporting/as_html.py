"""A page as one HTML file: style and pictures are inside, no script, nothing to fetch."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from spantally_processor.reporting.page import Chart, Grid, Kind
from spantally_processor.reporting.svg import chart_as_svg
from spantally_processor.reporting.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spantally_processor.reporting.page import Notes, Page


def page_as_html(page: Page) -> str:
    """The page, with its charts."""
    template = files("spantally_processor.reporting") / "page.html"
    return Template(template.read_text(encoding="utf-8")).substitute(
        title=escape(page.title), body="\n".join(_body(page))
    )


def _body(page: Page) -> Iterator[str]:
    yield f"<h1>{escape(page.title)}</h1>"
    for line in page.context:
        yield f'<p class="context">{escape(line)}</p>'
    yield f'<p class="headline parts">{_parts(page.headline)}</p>'
    for parts in (page.opening, *page.remarks):
        if parts:
            yield f'<p class="parts">{_parts(parts)}</p>'
    for block in page.blocks:
        match block:
            case Chart():
                yield f"<h2>{escape(block.title)}</h2>"
                yield f"<figure>{chart_as_svg(block)}</figure>"
            case Grid():
                yield from _grid(block)
            case _:
                yield from _notes(block)


def _grid(grid: Grid) -> Iterator[str]:
    if grid.title:
        yield f"<h2>{escape(grid.title)}</h2>"
    heads = [
        *(f"<th>{escape(name)}</th>" for name in grid.names),
        *(f'<th class="number">{escape(name)}</th>' for name in grid.numbers),
    ]
    yield f'<div class="scroll"><table><thead><tr>{"".join(heads)}</tr></thead><tbody>'
    for row in grid.rows:
        cells = "".join(
            f"<td{_number(place, grid)}>{escape(visible(cell))}</td>"
            for place, cell in enumerate(row.cells)
        )
        kind = f' class="{row.kind.value}"' if row.kind is not Kind.PLAIN else ""
        yield f"<tr{kind}>{cells}</tr>"
    yield "</tbody></table></div>"


def _number(place: int, grid: Grid) -> str:
    return ' class="number"' if place >= len(grid.names) else ""


def _notes(notes: Notes) -> Iterator[str]:
    yield f"<h2>{escape(notes.title)}</h2><ul>"
    for parts in notes.lines:
        yield f'<li class="parts">{_parts(parts)}</li>'
    yield "</ul>"


def _parts(parts: Sequence[str]) -> str:
    return "".join(f"<span>{escape(visible(part))}</span>" for part in parts)
