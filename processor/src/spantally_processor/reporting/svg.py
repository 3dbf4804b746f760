"""A chart as an SVG picture, drawn by Vega-Lite: nothing is fetched, and no script is left in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import vl_convert

from spantally_processor.reporting.charts import OTHERS
from spantally_processor.reporting.lines import UNATTRIBUTED

if TYPE_CHECKING:
    from spantally_processor.reporting.page import Chart

WIDTH = 720
BAR = 26
"""Pixels, of a bar with its gap."""

COLOURS = (
    "#4c78a8", "#f58518", "#54a24b", "#e45756", "#72b7b2", "#eeca3b", "#b279a2", "#9d755d",
)  # fmt: skip
_GREYS = {UNATTRIBUTED: "#9aa0a6", OTHERS: "#c7cbd1"}

_INK = "currentColor"
"""Text takes the colour of the page around it, light or dark."""


def chart_as_svg(chart: Chart) -> str:
    """The picture; its height follows the number of bars."""
    rows = [
        {"bar": bar, "part": part, "rank": chart.parts.index(part), "cost": float(amount)}
        for (bar, part), amount in chart.amounts.items()
    ]
    has_parts = chart.parts != [""]
    names = chart.parts if has_parts else chart.bars
    bars = {"field": "bar", "type": "nominal", "sort": chart.bars, "title": None}
    money = {"field": "cost", "type": "quantitative", "title": "USD", "axis": {"format": ",.4~f"}}
    encoding: dict[str, object] = {
        "color": {
            "field": "part" if has_parts else "bar",
            "sort": names,
            "scale": {"domain": names, "range": _colours(names, several=has_parts)},
            "legend": {"title": None, "labelLimit": 220} if has_parts else None,
        },
        "order": {"field": "rank"},
    }
    if chart.is_over_time:
        axis = {"labelAngle": -45 if len(chart.bars) > 8 else 0, "labelOverlap": True}
        encoding |= {"x": bars | {"axis": axis, "scale": {"domain": chart.bars}}, "y": money}
        size: dict[str, object] = {"width": WIDTH, "height": 280}
    else:
        encoding |= {"y": bars | {"axis": {"labelLimit": 260}}, "x": money}
        size = {"width": WIDTH - 160, "height": {"step": BAR}}
    return vl_convert.vegalite_to_svg(
        {
            **size,
            "description": chart.title,
            "background": "transparent",
            "padding": {"left": 16, "right": 16, "top": 5, "bottom": 5},
            "data": {"values": rows},
            "mark": {"type": "bar"},
            "encoding": encoding,
            "config": _CONFIG,
        }
    )


def _colours(names: list[str], *, several: bool) -> list[str]:
    return [
        _GREYS.get(name, COLOURS[place % len(COLOURS)] if several else COLOURS[0])
        for place, name in enumerate(names)
    ]


_CONFIG = {
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": _INK,
        "titleColor": _INK,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "domainColor": "#8888",
        "tickColor": "#8888",
        "gridColor": "#8883",
    },
    "legend": {"labelColor": _INK, "labelFontSize": 12},
}
